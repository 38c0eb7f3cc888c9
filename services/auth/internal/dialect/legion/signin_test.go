package legion_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

const (
	wrongCredentials = "The credentials are not correct."
	malformed        = "The request is not in the expected format."
	tokenPattern     = `[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`
)

func login(name string) string {
	return fmt.Sprintf(`{"username":%q,"password":%q}`, name, coretest.Password)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.None)
	expires := strconv.FormatInt(s.Clock.Now().Add(15*time.Minute).Unix(), 10)
	for _, body := range []string{
		login("ada"),
		login("ADA"),
		fmt.Sprintf(`{"email":"Ada@Example.com","password":%q}`, coretest.Password),
		fmt.Sprintf(`{"username":"","email":"ada@example.com","password":%q}`, coretest.Password),
		fmt.Sprintf(`{"username":null,"email":"ada@example.com","password":%q,"role":"admin"}`, coretest.Password),
	} {
		got := s.post(t, "/users/login", body)
		is(t, got, 200, fmt.Sprintf(`{"success":true,"message":"User authenticated successfully!","data":{"id":%q,"name":"ada",`+
			`"username":"ada","email":"ada@example.com","token":{"accessToken":"…","expiresIn":%q}}}`, a.ID, expires))
		hasCookies(t, got, 2332800)
		if store := got.Header.Get("Cache-Control"); store != "no-store" {
			t.Errorf("Cache-Control is %q", store)
		}
	}
}

// hasCookies demands the two cookies of a sign-in to the letter.
func hasCookies(t *testing.T, a webtest.Answer, maxAge int) {
	t.Helper()
	refresh := fmt.Sprintf(`^refreshToken=%s; Max-Age=%d; Path=/users/auth/refresh; HttpOnly; Secure; SameSite=Strict$`, tokenPattern, maxAge)
	device := `^__Host-device=[A-Za-z0-9._-]+; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Strict$`
	for name, pattern := range map[string]string{"refreshToken": refresh, "__Host-device": device} {
		if !regexp.MustCompile(pattern).MatchString(a.Cookie(name)) {
			t.Errorf("cookie %q, want %s", a.Cookie(name), pattern)
		}
	}
}

func TestAccountWithoutEmail(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Users.Add(userscontract.Person{Username: "ada", Password: coretest.Password})
	s.post(t, "/users/login", login("ada")).Has(t, 200, `"email":null`)
}

func TestLoginRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	for name, test := range map[string]struct {
		body, fields string
		status       int
		code         string
		message      string
	}{
		"wrong password":    {`{"username":"ada","password":"wrong"}`, "", 401, "invalid_credentials", wrongCredentials},
		"unknown name":      {`{"username":"bob","password":"wrong"}`, "", 401, "invalid_credentials", wrongCredentials},
		"unknown email":     {`{"email":"bob@example.com","password":"wrong"}`, "", 401, "invalid_credentials", wrongCredentials},
		"no email at all":   {`{"email":"bob","password":"wrong"}`, "", 401, "invalid_credentials", wrongCredentials},
		"neither":           {`{"password":"x"}`, `{"username":"missing"}`, 400, "bad_request", malformed},
		"no password":       {`{"username":"ada"}`, `{"password":"missing"}`, 400, "bad_request", malformed},
		"null password":     {`{"username":"ada","password":null}`, `{"password":"wrong_type"}`, 400, "bad_request", malformed},
		"password a number": {`{"username":"ada","password":1}`, `{"password":"wrong_type"}`, 400, "bad_request", malformed},
		"an operator":       {`{"username":{"$ne":null},"password":"x"}`, `{"username":"wrong_type"}`, 400, "bad_request", malformed},
		"twice":             {`{"username":"ada","password":"x","password":"y"}`, `{"password":"duplicate"}`, 400, "bad_request", malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.post(t, "/users/login", test.body)
			if test.fields == "" {
				refused(t, a, test.status, test.code, test.message)
			} else {
				refused(t, a, test.status, test.code, test.message, test.fields)
			}
			if cookies := a.Header.Values("Set-Cookie"); cookies != nil {
				t.Errorf("cookies %q", cookies)
			}
		})
	}
}

func TestLoginWithASecondFactor(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.Required)
	asked := s.post(t, "/users/login", login("ada"))
	is(t, asked, 403, fmt.Sprintf(`{"success":false,"message":"A code of the authenticator is needed too.",`+
		`"data":{"challenge":{"token":"…","expiresIn":"%d"}},"error":{"code":"two_factor_required"}}`, s.Clock.Now().Add(5*time.Minute).Unix()))
	if cookies := asked.Header.Values("Set-Cookie"); cookies != nil {
		t.Errorf("cookies %q", cookies)
	}
	challenge := regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(asked.Body)[1]
	met := func(name, code string) webtest.Answer {
		return s.post(t, "/users/otp/login", fmt.Sprintf(`{"username":%q,"token":%q,"challenge":%q}`, name, code, challenge))
	}
	refused(t, met("bob", s.Users.Code(a.ID)), 401, "invalid_credentials", wrongCredentials)
	refused(t, met("ada", "no code"), 401, "invalid_code", "The code is not correct or was used already.")
	got := met("ada", s.Users.Code(a.ID))
	is(t, got, 200, fmt.Sprintf(`{"success":true,"message":"User authenticated successfully!","data":{"id":%q,"name":"ada",`+
		`"username":"ada","email":"ada@example.com","token":{"accessToken":"…","expiresIn":"…"}}}`, a.ID))
	hasCookies(t, got, 2332800)
	refused(t, met("ada", s.Users.Code(a.ID)), 401, "invalid_challenge", "The challenge is unknown, spent or has lapsed.")

	s.Clock.Advance(time.Minute)
	both := s.post(t, "/users/login", fmt.Sprintf(`{"username":"ada","password":%q,"token":%q}`, coretest.Password, s.Users.Code(a.ID)))
	both.Has(t, 200, `"message":"User authenticated successfully!"`)
}

func TestLoginByCodeAlone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.Optional)
	body := fmt.Sprintf(`{"username":"ada","token":%q}`, s.Users.Code(a.ID))
	s.post(t, "/users/otp/login", body).Has(t, 200, `"message":"User authenticated successfully!"`)
	refused(t, s.post(t, "/users/otp/login", body), 401, "invalid_credentials", wrongCredentials)
	refused(t, s.post(t, "/users/otp/login", `{"username":"ada"}`), 400, "bad_request", malformed, `{"token":"missing"}`)
	off := serve(t, func(d *core.Deps) { d.Settings.CodeSignIn = false })
	refused(t, off.post(t, "/users/otp/login", body), 403, "code_signin_disabled", "Sign-in by code alone is switched off.")
}

func TestThrottledLogin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for i := range 30 {
		s.post(t, "/users/login", fmt.Sprintf(`{"username":"nobody%d","password":"wrong"}`, i)).Has(t, 401)
	}
	a := s.post(t, "/users/login", login("nobody"))
	refused(t, a, 429, "too_many_requests", "Too many requests: wait before trying again.")
	if wait, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
}

func TestUsersDown(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	s.Users.Fail(fault.Outage(nil))
	for _, name := range []string{"ada", "nobody"} {
		a := s.post(t, "/users/login", login(name))
		refused(t, a, 503, "unavailable", "The service is not available: try again soon.")
		if a.Header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
	}
}

// A device that signed in before sends its cookie, and gets the same one back with the account that was added.
func TestDeviceCookie(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	s.Add("bob", userscontract.None)
	first := s.signIn(t, "ada")
	var device [2]string
	for i, sent := range []string{first.device, first.device + "x"} { // the second is not ours any more
		a := s.post(t, "/users/login", login("bob"), sent)
		a.Has(t, 200)
		device[i] = regexp.MustCompile(`^__Host-device=k1\.([^.]+)\.`).FindStringSubmatch(a.Cookie("__Host-device"))[1]
	}
	known := regexp.MustCompile(`k1\.([^.]+)\.`).FindStringSubmatch(first.device)[1]
	if device[0] != known || device[1] == known {
		t.Errorf("devices %v, known was %s", device, known)
	}
}

func TestSessionIsOfTheDialect(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.None)
	s.post(t, "/users/login", login("ada"), "User-Agent: Curiosity/1.0").Has(t, 200)
	list, err := s.Sessions.List(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Dialect != session.Legion || list[0].Agent != "Curiosity/1.0" {
		t.Errorf("session %+v", list[0])
	}
}

// Every route that changes something wants the dialect's token, and a refusal takes no cookie away.
func TestCSRF(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	in := s.signIn(t, "ada")
	for _, route := range []string{
		"POST /users/login", "POST /users/otp/login", "POST /users/auth/refresh", "POST /users/auth/logout",
		"DELETE /users/auth/sessions", "DELETE /users/auth/sessions/01JX5J8W6V3M5Q9Z7T2B4N6P8S", "POST /users/auth/password/forgot",
		"POST /users/auth/password/reset", "POST /users/auth/email/verify", "POST /users/auth/email/resend",
	} {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(route, " ")
			a := s.Do(t, method, path, `{}`, "Content-Type: application/json", in.bearer, in.refresh)
			refused(t, a, http.StatusForbidden, "csrf_invalid", "The CSRF token is missing or not valid.")
			if cookies := a.Header.Values("Set-Cookie"); cookies != nil {
				t.Errorf("cookies %q", cookies)
			}
		})
	}
}
