package lynx_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

func TestTOTP(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("demo", userscontract.None)
	cookie := s.signIn(t, "demo", "")
	refused(t, s.send(t, http.MethodPost, "/auth/totp", cookie, `{"token":"123456"}`), 412, "2FA process hasn't been started")
	refused(t, s.send(t, http.MethodDelete, "/auth/totp", cookie, ""), 412, "2FA is not enabled")

	enrolled := s.send(t, http.MethodGet, "/api/auth/totp", cookie, "")
	enrolled.Like(t, 200, "enrol", "secret", "uri")
	again := s.send(t, http.MethodGet, "/api/auth/totp", cookie, "")
	again.Is(t, 200, enrolled.Body)
	out := result[struct{ Secret, URI string }](t, enrolled)
	if uri, err := url.Parse(out.URI); err != nil || uri.Scheme != "otpauth" || uri.Host != "totp" || uri.Path != "/Watchword:demo" ||
		uri.RawQuery != "issuer=Watchword&secret="+out.Secret+"&algorithm=SHA1&digits=6&period=30" {
		t.Errorf("URI %q, %v", out.URI, err)
	}

	refused(t, s.send(t, http.MethodPost, "/auth/totp", cookie, `{"token":"12345"}`), 412, "Invalid token format")
	refused(t, s.send(t, http.MethodPost, "/auth/totp", cookie, `{"token":"000000"}`), 403, "Expired or invalid TOTP token")
	enabled := s.send(t, http.MethodPost, "/api/auth/totp", cookie, fmt.Sprintf(`{"token":%q}`, s.Users.Code(a.ID)))
	enabled.Like(t, 200, "enable", "backupCodes")
	refused(t, s.send(t, http.MethodGet, "/auth/totp", cookie, ""), 412, "2FA already enabled")
	refused(t, s.send(t, http.MethodPost, "/auth/totp", cookie, `{"token":"123456"}`), 412, "2FA already enabled, no need to verify")
	s.send(t, http.MethodGet, "/auth/me", cookie, "").Has(t, 200, `"totp":true`)

	refused(t, s.send(t, http.MethodDelete, "/auth/totp", cookie, ""), 403, "2FA token required")
	refused(t, s.send(t, http.MethodDelete, "/auth/totp", cookie, `{"token":"000000"}`), 403, "Expired or invalid TOTP token")
}

func TestDisable(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("demo", userscontract.Required)
	cookie := s.signIn(t, "demo", s.Users.Code(a.ID))
	s.Clock.Advance(minute)
	s.send(t, http.MethodDelete, "/api/auth/totp", cookie, fmt.Sprintf(`{"token":%q}`, s.Users.Code(a.ID))).Like(t, 200, "disable")
	s.signIn(t, "demo", "")
}

func TestRecover(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Users.Add(userscontract.Person{
		Username: "demo", Email: "demo@example.com", Password: coretest.Password, Factor: userscontract.Required,
		BackupCodes: []string{"57E5ht9zD1d3"},
	})
	s.Add("plain", userscontract.None)
	recover := func(name, password, code string) (body string) {
		return fmt.Sprintf(`{"username":%q,"password":%q,"backupCode":%q}`, name, password, code)
	}
	const path = "/api/auth/totp/recover"
	refused(t, s.send(t, http.MethodPost, path, nil, recover("demo", "wrong", "57E5ht9zD1d3")), 403, "Invalid username or password")
	refused(t, s.send(t, http.MethodPost, path, nil, recover("nobody", coretest.Password, "57E5ht9zD1d3")), 403, "Invalid username or password")
	refused(t, s.send(t, http.MethodPost, path, nil, recover("demo", coretest.Password, "aaaaaaaaaaaa")), 403, "Invalid backup code")
	refused(t, s.send(t, http.MethodPost, path, nil, recover("plain", coretest.Password, "57E5ht9zD1d3")), 412, "2FA is not enabled")
	a := s.send(t, http.MethodPost, path, nil, recover("demo", coretest.Password, "57E5ht9zD1d3"))
	a.Like(t, 200, "recover")
	s.send(t, http.MethodGet, "/auth/me", cookie(t, a), "").Has(t, 200, `"totp":false`)
	refused(t, s.send(t, http.MethodPost, path, nil, recover("demo", coretest.Password, "57E5ht9zD1d3")), 412, "2FA is not enabled")
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct{ fresh, bad, taken string }{
		"email":    {"new@example.com", "nobody", "taken@example.com"},
		"username": {"another", "-", "taken"},
		"password": {"staple battery horse correct", "short", ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			s.Add("demo", userscontract.None)
			s.Add("taken", userscontract.None)
			cookie := s.signIn(t, "demo", "")
			path, name := "/api/auth/"+what, "new"+strings.ToUpper(what[:1])+what[1:]
			body := func(value, password string) string {
				return fmt.Sprintf(`{%q:%q,"password":%q}`, name, value, password)
			}
			flags := func(kind string) string {
				return fmt.Sprintf(`"details":{%q:{"email":%t,"username":%t,"password":%t}}`, kind, what == "email", what == "username", what == "password")
			}
			refused(t, s.send(t, http.MethodPatch, path, cookie, body(test.fresh, "wrong")), 400, "Invalid password")
			s.send(t, http.MethodPatch, path, cookie, body(test.bad, coretest.Password)).Has(t, 400, "Invalid field(s)", flags("invalid"))
			if test.taken != "" {
				s.send(t, http.MethodPatch, path, cookie, body(test.taken, coretest.Password)).Has(t, 400, "Field(s) are already used", flags("exists"))
			}
			refused(t, s.send(t, http.MethodPatch, path, nil, body(test.fresh, coretest.Password)), 401, "Unauthorized")
			s.send(t, http.MethodPatch, path, cookie, body(test.fresh, coretest.Password)).Like(t, 200, what)
			s.send(t, http.MethodGet, "/auth/me", cookie, "").Has(t, 200)
		})
	}
}

func TestChangesNeedTheCodeOfASecondFactor(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("demo", userscontract.Required)
	cookie := s.signIn(t, "demo", s.Users.Code(a.ID))
	s.Clock.Advance(minute)
	change := func(code string) (status int, body string) {
		got := s.send(t, http.MethodPatch, "/auth/username", cookie, fmt.Sprintf(`{"newUsername":"another","password":%q,"token":%q}`, coretest.Password, code))
		return got.Status, got.Body
	}
	for _, test := range []struct {
		code    string
		status  int
		message string
	}{{"", 403, "2FA token required"}, {"000000", 403, "Expired or invalid TOTP token"}} {
		if status, body := change(test.code); status != test.status || body != fmt.Sprintf(`{"success":false,"message":%q}`, test.message) {
			t.Error(status, body)
		}
	}
	if status, body := change(s.Users.Code(a.ID)); status != 200 {
		t.Error(status, body)
	}
}

// Where users fails, no route takes it for something wrong with the request, and none tells the cause.
func TestUsersFails(t *testing.T) {
	t.Parallel()
	cause := errors.New("no server at 192.0.2.1")
	for name, test := range map[string]struct {
		err        error
		status     int
		message    string
		retryAfter string
	}{
		"down":   {fault.Outage(cause), 503, "The service is not available, try again soon", "1"},
		"broken": {cause, 500, "Something went wrong", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			s.Add("demo", userscontract.None)
			cookie := s.signIn(t, "demo", "")
			s.Users.Fail(test.err)
			for _, request := range []struct{ method, path, body string }{
				{http.MethodGet, "/auth/me", ""},
				{http.MethodPost, "/auth/login", `{"username":"demo","password":"x"}`},
				{http.MethodPost, "/auth/register", `{"username":"another","email":"another@example.com","password":"x"}`},
				{http.MethodGet, "/auth/totp", ""},
				{http.MethodPost, "/auth/totp", `{"token":"123456"}`},
				{http.MethodDelete, "/auth/totp", `{"token":"123456"}`},
				{http.MethodPost, "/auth/totp/recover", `{"username":"demo","password":"x","backupCode":"y"}`},
				{http.MethodPatch, "/auth/email", `{"newEmail":"another@example.com","password":"x"}`},
				{http.MethodPatch, "/auth/password", `{"newPassword":"another","password":"x"}`},
				{http.MethodPatch, "/auth/username", `{"newUsername":"another","password":"x"}`},
				{http.MethodPost, "/auth/newSecret", ""},
			} {
				t.Log(request.method, request.path)
				a := s.send(t, request.method, request.path, cookie, request.body)
				refused(t, a, test.status, test.message)
				if got := a.Header.Get("Retry-After"); got != test.retryAfter {
					t.Errorf("Retry-After %q", got)
				}
			}
		})
	}
}
