package lynx_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("demo", userscontract.None)
	for _, name := range []string{"demo", "DEMO", "demo@example.com"} {
		a := s.login(t, name, coretest.Password, "")
		a.Like(t, 200, "login")
		pattern := `^token=[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Strict$`
		if !regexp.MustCompile(pattern).MatchString(a.Cookie("token")) {
			t.Errorf("cookie %q", a.Cookie("token"))
		}
	}
	refused(t, s.login(t, "demo", "wrong", ""), 403, "Invalid username or password")
	refused(t, s.login(t, "nobody", coretest.Password, ""), 403, "Invalid username or password")
}

func TestLoginWithASecondFactor(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("demo", userscontract.Required)
	s.login(t, "demo", coretest.Password, "").Like(t, 403, "login-code-required")
	refused(t, s.login(t, "demo", coretest.Password, "000000"), 403, "Expired or invalid TOTP token")
	s.login(t, "demo", coretest.Password, s.Users.Code(a.ID)).Like(t, 200, "login")
}

func TestTheCookieLivesAsLongAsItsSession(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("demo", userscontract.None)
	cookie := s.signIn(t, "demo", "")
	s.Clock.Advance(7*24*time.Hour - 11*time.Second)
	s.send(t, http.MethodGet, "/auth/me", cookie, "").Has(t, 200)
	s.Clock.Advance(time.Minute)
	refused(t, s.send(t, http.MethodGet, "/auth/me", cookie, ""), 401, "Unauthorized")
}

func TestMe(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("demo", userscontract.None)
	cookie := s.signIn(t, "demo", "")
	a := s.send(t, http.MethodGet, "/api/auth/me", cookie, "")
	a.Like(t, 200, "me", "id", "secret")
	key := result[struct{ Secret string }](t, a).Secret
	if !regexp.MustCompile(`^[A-Za-z0-9]{32}$`).MatchString(key) {
		t.Errorf("the secret is %q", key)
	}
	bearer := []string{"Authorization: Bearer " + strings.TrimPrefix(cookie[0], "Cookie: token=")}
	s.send(t, http.MethodGet, "/auth/me", bearer, "").Is(t, 200, a.Body)
	s.send(t, http.MethodGet, "/auth/me", []string{"Authorization: " + key}, "").Is(t, 200, a.Body)
	refused(t, s.send(t, http.MethodGet, "/auth/me", nil, ""), 401, "Unauthorized")
	refused(t, s.send(t, http.MethodGet, "/auth/me", []string{"Authorization: " + strings.Repeat("x", 32)}, ""), 401, "Unauthorized")
	// What is said in Authorization counts, whatever cookie there is.
	refused(t, s.send(t, http.MethodGet, "/auth/me", append(cookie, "Authorization: Bearer x"), ""), 401, "Unauthorized")
}

// An API key shows the account and does nothing else.
func TestAnAPIKeyChangesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("demo", userscontract.None)
	cookie := s.signIn(t, "demo", "")
	key := result[struct{ Secret string }](t, s.send(t, http.MethodGet, "/auth/me", cookie, "")).Secret
	for _, header := range []string{"Authorization: " + key, "Authorization: Bearer " + key} {
		refused(t, s.send(t, http.MethodPost, "/auth/newSecret", []string{header}, ""), 401, "Unauthorized")
		refused(t, s.send(t, http.MethodGet, "/auth/totp", []string{header}, ""), 401, "Unauthorized")
		refused(t, s.send(t, http.MethodDelete, "/auth/me", []string{header}, ""), 401, "Unauthorized")
	}
}

func TestNewSecret(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("demo", userscontract.None)
	cookie := s.signIn(t, "demo", "")
	old := result[struct{ Secret string }](t, s.send(t, http.MethodGet, "/auth/me", cookie, "")).Secret
	a := s.send(t, http.MethodPost, "/api/auth/newSecret", cookie, "")
	a.Like(t, 200, "newSecret", "secret")
	fresh := result[struct{ Secret string }](t, a).Secret
	s.send(t, http.MethodGet, "/auth/me", []string{"Authorization: " + fresh}, "").Has(t, 200, fresh)
	refused(t, s.send(t, http.MethodGet, "/auth/me", []string{"Authorization: " + old}, ""), 401, "Unauthorized")
}

func TestLogout(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("demo", userscontract.None)
	cookie := s.signIn(t, "demo", "")
	a := s.send(t, http.MethodDelete, "/api/auth/me", cookie, "")
	a.Like(t, 200, "logout")
	if got := a.Cookie("token"); got != "token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict" {
		t.Errorf("cookie %q", got)
	}
	refused(t, s.send(t, http.MethodDelete, "/api/auth/me", cookie, ""), 401, "Unauthorized")
	refused(t, s.send(t, http.MethodDelete, "/api/auth/me", nil, ""), 401, "Unauthorized")
}

func TestRegister(t *testing.T) {
	t.Parallel()
	s := serve(t)
	register := func(username, email, password string) (status int, body string) {
		a := s.send(t, http.MethodPost, "/api/auth/register", nil, fmt.Sprintf(`{"username":%q,"email":%q,"password":%q}`, username, email, password))
		return a.Status, a.Body
	}
	if status, body := register("demo", "demo@example.com", coretest.Password); status != 200 || body != `{"success":true,"result":"Account created"}` {
		t.Fatal(status, body)
	}
	s.signIn(t, "demo", "")
	for name, test := range map[string]struct{ username, email, password, sample string }{
		"a refused password": {"eve", "eve@example.com", "short", "register-invalid"},
		"both are taken":     {"demo", "demo@example.com", coretest.Password, "register-taken"},
	} {
		a := s.send(t, http.MethodPost, "/api/auth/register", nil, fmt.Sprintf(`{"username":%q,"email":%q,"password":%q}`, test.username, test.email, test.password))
		t.Log(name)
		a.Like(t, 400, test.sample)
	}
	s.send(t, http.MethodPost, "/auth/register", nil, `{"username":"-","email":"nobody","password":"short"}`).Is(t, 400,
		`{"success":false,"message":"Invalid field(s)","details":{"invalid":{"email":true,"username":true,"password":true}}}`)
	s.send(t, http.MethodPost, "/auth/register", nil, fmt.Sprintf(`{"username":"eve","password":%q}`, coretest.Password)).Is(t, 400,
		`{"success":false,"message":"Invalid field(s)","details":{"invalid":{"email":true,"username":false,"password":false}}}`)
}

// Another origin's page can't use the cookie for anything but reading, which CORS keeps it from.
func TestTheCookieFromAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("demo", userscontract.None)
	cookie := s.signIn(t, "demo", "")
	cross := append(cookie, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example")
	for _, request := range [][2]string{{http.MethodPost, "/auth/newSecret"}, {http.MethodDelete, "/auth/me"}, {http.MethodGet, "/auth/totp"}} {
		refused(t, s.send(t, request[0], request[1], cross, ""), 403, "Requests from this origin are not allowed")
	}
	s.send(t, http.MethodGet, "/auth/me", cookie, "").Has(t, 200)
}

func TestOutsideTheRoutes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	refused(t, s.send(t, http.MethodGet, "/auth/nothing", nil, ""), 404, "Not found")
	refused(t, s.send(t, http.MethodPut, "/auth/me", nil, ""), 405, "Method not allowed")
	refused(t, s.Do(t, http.MethodPost, "/auth/totp/recover", "a=b", "Content-Type: text/plain"), 415, "The body must be application/json")
	refused(t, s.send(t, http.MethodPost, "/auth/login", nil, fmt.Sprintf(`{"username":%q}`, strings.Repeat("x", 64<<10))), 413, "The body is too large")
	s.send(t, http.MethodPost, "/auth/login", nil, `{"username":1,"password":"x"}`).Has(t, 400, "Invalid field(s)", `"username":true`)
}
