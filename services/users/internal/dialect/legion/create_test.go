package legion_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/dialect/legion"
)

func post(t *testing.T, s *server, body string) answer {
	t.Helper()
	return s.do(t, http.MethodPost, "/users", "", body)
}

func TestCreateWithPassword(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	got := s.do(t, http.MethodPost, "/users", "",
		`{"name":" John Doe ","username":"jhondoe123","isTotpEnable":"false","password":"`+coretest.Password+`","email":"John.Doe@example.com","role":"admin","kats":9,"id":"x"}`,
		"Accept-Language: de-AT,en;q=0.5")
	a, err := s.Store.GetByUsername(t.Context(), "u:jhondoe123")
	check(t, err)
	got.is(t, http.StatusCreated, `{"success":true,"message":"User created successfully!","data":{"id":"`+string(a.ID)+
		`","name":"John Doe","username":"jhondoe123","email":"John.Doe@example.com","isActive":true,"createdAt":"`+created+`"}}`)
	if a.Role != "standard" || a.Kats != 0 {
		t.Errorf("members that nobody may set were taken: role %q, kats %d", a.Role, a.Kats)
	}
	m := s.Relay(t, a.ID)[mailapi.Verification]
	if m.To != "John.Doe@example.com" || m.Locale != "de-AT" || m.Data["token"] == "" {
		t.Errorf("mail for the address: %+v", m)
	}
}

func TestCreateWithAuthenticator(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	for name, flag := range map[string]string{"ada": `true`, "bob": `"true"`} {
		got := post(t, s, `{"name":"A","username":"`+name+`","isTotpEnable":`+flag+`}`)
		var body struct {
			Data struct {
				ID      string
				Email   *string
				OTPAuth string
			}
		}
		check(t, json.Unmarshal([]byte(got.body), &body))
		u, err := url.Parse(body.Data.OTPAuth)
		check(t, err)
		q := u.Query()
		if got.status != http.StatusCreated || u.Host != "totp" || u.Path != "/"+name || q.Get("issuer") != "Watchword" ||
			q.Get("algorithm") != "SHA256" || len(q.Get("secret")) != 52 {
			t.Errorf("status %d, otpauth %s", got.status, u)
		}
		if body.Data.Email != nil || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("email %v, Cache-Control %q", body.Data.Email, got.header.Get("Cache-Control"))
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	s.Add(t, coretest.Person{Username: "taken", Email: "taken@example.com"})
	const good = `"password":"` + coretest.Password + `"`
	for _, c := range []struct {
		name, body string
		status     int
		code       string
		field      string
	}{
		{"no name", `{"username":"ada",` + good + `}`, 400, "bad_request", "name: missing"},
		{"no username", `{"name":"Ada",` + good + `}`, 400, "bad_request", "username: missing"},
		{"neither way in", `{"name":"Ada","username":"ada"}`, 400, "bad_request", "password: missing"},
		{"neither way in, said so", `{"name":"Ada","username":"ada","isTotpEnable":false}`, 400, "bad_request", "password: missing"},
		{"flag of another kind", `{"name":"Ada","username":"ada","isTotpEnable":"yes",` + good + `}`, 400, "bad_request", "isTotpEnable: wrong_type"},
		{"flag null", `{"name":"Ada","username":"ada","isTotpEnable":null,` + good + `}`, 400, "bad_request", "isTotpEnable: wrong_type"},
		{"username an object", `{"name":"Ada","username":{"$ne":null},` + good + `}`, 400, "bad_request", "username: wrong_type"},
		{"malformed email", `{"name":"Ada","username":"ada","email":"ada","isTotpEnable":true}`, 400, "email_malformed", "email: wrong_format"},
		{"empty email", `{"name":"Ada","username":"ada","email":"","isTotpEnable":true}`, 400, "email_malformed", "email: wrong_format"},
		{"username's letters", `{"name":"Ada","username":"a da",` + good + `}`, 422, "username_refused", "username: wrong_format"},
		{"username like an email", `{"name":"Ada","username":"ada@example.com",` + good + `}`, 422, "username_refused", "username: wrong_format"},
		{"blank name", `{"name":"  ","username":"ada",` + good + `}`, 422, "name_refused", "name: wrong_length"},
		{"short password", `{"name":"Ada","username":"ada","password":"short"}`, 422, "password_refused", "password: too_short"},
		{"empty password beside an authenticator", `{"name":"Ada","username":"ada","isTotpEnable":true,"password":""}`, 422, "password_refused", "password: too_short"},
		{"password that is the username", `{"name":"Ada","username":"adalovelace","password":"AdaLovelace"}`, 422, "password_refused", "password: equals_login"},
		{"taken username", `{"name":"Ada","username":"TAKEN",` + good + `}`, 409, "username_taken", "username: taken"},
		{"taken email", `{"name":"Ada","username":"ada","email":"Taken@EXAMPLE.com",` + good + `}`, 409, "email_taken", "email: taken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			post(t, s, c.body).refuses(t, c.status, c.code, c.field)
		})
	}
}

func TestCreateIsLimited(t *testing.T) {
	t.Parallel()
	const body = `{"name":"Ada","username":"ada","email":"Ada@example.com","password":"` + coretest.Password + `"}`
	t.Run("by address and by recipient", func(t *testing.T) {
		t.Parallel()
		s := serve(t, legion.Masked)
		if got := post(t, s, body); got.status != http.StatusCreated {
			t.Fatal(got.body)
		}
		want := []string{
			"registration 127.0.0.1", "mail_address 127.0.0.1", "mail_recipient_hour ada@example.com", "mail_recipient_day ada@example.com",
		}
		if diff := cmp.Diff(want, s.Limits.Taken()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	for _, rule := range []limit.Rule{limit.Registration(), limit.MailAddress(), limit.MailHour(), limit.MailDay()} {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, legion.Masked)
			s.Limits.Refuse(rule)
			got := post(t, s, body)
			got.refuses(t, http.StatusTooManyRequests, "too_many_requests")
			if got.header.Get("Retry-After") != "60" {
				t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
			}
			if n, err := s.Store.Count(t.Context(), true); n != 0 || err != nil {
				t.Errorf("%d accounts were made, %v", n, err)
			}
		})
	}
}

func TestCreateWhileRegistrationIsClosed(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked, func(d *core.Deps) { d.Settings.Registration = false })
	post(t, s, `{"name":"Ada","username":"ada","isTotpEnable":true}`).refuses(t, http.StatusForbidden, "registration_closed")
}

func TestCreateWhileAccountsAreConcealed(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked, func(d *core.Deps) { d.Settings.Conceal = true })
	owner := s.Add(t, coretest.Person{Username: "owner", Email: "ada@example.com"})
	body := func(username, email string) string {
		return `{"name":"Ada","username":"` + username + `","email":"` + email + `","password":"` + coretest.Password + `"}`
	}
	var free, taken map[string]any
	for email, into := range map[string]*map[string]any{"bob@example.com": &free, "ada@example.com": &taken} {
		got := post(t, s, body("ada-"+email[:3], email))
		if got.status != http.StatusCreated {
			t.Fatalf("%s: %d %s", email, got.status, got.body)
		}
		var out struct{ Data map[string]any }
		check(t, json.Unmarshal([]byte(got.body), &out))
		for _, own := range []string{"id", "username", "email"} {
			delete(out.Data, own)
		}
		*into = out.Data
	}
	if diff := cmp.Diff(free, taken); diff != "" {
		t.Errorf("answers differ (-free +taken):\n%s", diff)
	}
	if m := s.Relay(t, owner.ID)[mailapi.AddressTaken]; m.To != "ada@example.com" {
		t.Errorf("mail to the owner: %+v", m)
	}
	post(t, s, body("owner", "ada@example.com")).refuses(t, http.StatusConflict, "username_taken", "username: taken")
}
