package ild_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

func (s server) register(t *testing.T, email, password string) webtest.Answer {
	t.Helper()
	return s.post(t, "/sign/register", fmt.Sprintf(`{"email":%q,"password":%q,"firstName":"Ada","lastName":"Lovelace"}`, email, password))
}

func TestRegister(t *testing.T) {
	t.Parallel()
	s := serve(t)
	got := s.register(t, "Ada@example.com", coretest.Password)
	matches(t, got, 201, `{"id":"…","email":"Ada@example.com","firstName":"Ada","lastName":"Lovelace","name":"Ada Lovelace","username":"Ada",`+
		`"role":"standard","profileImage":null,"emailVerified":false,"tutorialFinished":false,"communities":[],"categories":[],`+
		`"subscription":{"plan":null,"status":"none","expiresAt":null},"createdAt":"…","updatedAt":"…"}`)
	if cookies := got.Header.Values("Set-Cookie"); cookies != nil {
		t.Errorf("a registration signs in: %q", cookies)
	}
	s.login(t, "ada", coretest.Password).Has(t, 200, `"firstName":"Ada"`)
}

// The username is made of the email's local part, with a suffix where somebody has it already.
func TestRegisterMakesAUsername(t *testing.T) {
	t.Parallel()
	s := serve(t)
	username := func(email string) string {
		var user struct{ Username string }
		a := s.register(t, email, coretest.Password)
		a.Has(t, 201)
		if err := json.Unmarshal([]byte(a.Body), &user); err != nil {
			t.Fatal(a.Body, err)
		}
		return user.Username
	}
	if first := username("ada@example.com"); first != "ada" {
		t.Errorf("username %q", first)
	}
	if second := username("ada@example.org"); !regexp.MustCompile(`^ada[a-z0-9]{1,8}$`).MatchString(second) {
		t.Errorf("username %q", second)
	}
}

func TestRegisterRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	for name, test := range map[string]struct{ email, password, message string }{
		"taken email":      {"ADA@example.com", coretest.Password, "The email is taken: email (taken)."},
		"malformed email":  {"nobody", coretest.Password, "The email is not an address: email (wrong_format)."},
		"refused password": {"eve@example.com", "short", "This password can't be used: password (too_short)."},
		"its own email":    {"eve@example.com", "eve@example.com", "This password can't be used: password (equals_login)."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, s.register(t, test.email, test.password), 400, test.message)
		})
	}
	for _, body := range []string{
		`{"password":"x","firstName":"Ada","lastName":"Lovelace"}`,
		`{"email":null,"password":"x","firstName":"Ada","lastName":"Lovelace"}`,
		`{"email":"eve@example.com","firstName":"Ada","lastName":"Lovelace"}`,
		`{"email":"eve@example.com","password":"x","lastName":"Lovelace"}`,
		`{"email":"eve@example.com","password":"x","firstName":"Ada"}`,
		`{"email":"eve@example.com","password":"x","firstName":["Ada"],"lastName":"Lovelace"}`,
	} {
		s.post(t, "/sign/register", body).Has(t, 400, `{"error":"Bad Request","message":"`+malformed+`: `)
	}
}

func TestRegisterWhileClosed(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Users.Closed = true
	refused(t, s.register(t, "ada@example.com", coretest.Password), 403, "Registration is closed.")
}

// While accounts are concealed a taken email looks as a free one does.
func TestRegisterWhileConcealed(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Users.Conceal = true
	owner := s.Add("ada", userscontract.None)
	a := s.register(t, "ada@example.com", "another good password")
	a.Has(t, 201, `"email":"ada@example.com"`, `"emailVerified":false`)
	var user struct{ ID string }
	if err := json.Unmarshal([]byte(a.Body), &user); err != nil || user.ID == "" || user.ID == string(owner.ID) {
		t.Errorf("%v: %s", err, a.Body)
	}
	refused(t, s.login(t, "ada", "another good password"), 401, wrongCredentials)
}
