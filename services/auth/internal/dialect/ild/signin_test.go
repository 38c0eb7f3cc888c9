package ild_test

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

const jwt = `[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`

// hasCookie demands the refresh cookie to the letter.
func hasCookie(t *testing.T, a webtest.Answer, maxAge int) {
	t.Helper()
	pattern := fmt.Sprintf(`^refreshToken=%s; Max-Age=%d; Path=/sign; HttpOnly; Secure; SameSite=Strict$`, jwt, maxAge)
	if !regexp.MustCompile(pattern).MatchString(a.Cookie("refreshToken")) {
		t.Errorf("cookie %q, want %s", a.Cookie("refreshToken"), pattern)
	}
	if store := a.Header.Get("Cache-Control"); store != "no-store" {
		t.Errorf("Cache-Control is %q", store)
	}
}

// matches demands a status and a body in which … stands for a value that differs from run to run.
func matches(t *testing.T, a webtest.Answer, status int, body string) {
	t.Helper()
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(body), "…", `[^",{}]+`) + "$"
	if a.Status != status || !regexp.MustCompile(pattern).MatchString(a.Body) {
		t.Fatalf("status %d, want %d; body\n%s\nwant\n%s", a.Status, status, a.Body, body)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.None)
	for _, email := range []string{"ada@example.com", "ADA@Example.COM"} {
		got := s.post(t, "/sign/login", fmt.Sprintf(`{"email":%q,"password":%q,"role":"admin"}`, email, coretest.Password), "User-Agent: Curiosity/1.0")
		matches(t, got, 200, `{"token":"…","user":{"id":"`+string(a.ID)+`","email":"ada@example.com","firstName":null,"lastName":null,`+
			`"name":"ada","username":"ada","role":"standard","profileImage":null,"emailVerified":true,"tutorialFinished":false,`+
			`"communities":[],"categories":[],"subscription":{"plan":null,"status":"none","expiresAt":null},"createdAt":"…","updatedAt":"…"}}`)
		hasCookie(t, got, 2592000)
		device := regexp.MustCompile(`^__Host-device=[A-Za-z0-9._-]+; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Strict$`)
		if !device.MatchString(got.Cookie("__Host-device")) {
			t.Errorf("cookie %q, want %s", got.Cookie("__Host-device"), device)
		}
	}
	list, err := s.Sessions.List(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Dialect != session.ILD || list[0].Agent != "Curiosity/1.0" {
		t.Errorf("sessions %+v", list)
	}
}

func TestLoginRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	for name, test := range map[string]struct {
		body    string
		status  int
		message string
	}{
		"wrong password":   {`{"email":"ada@example.com","password":"wrong"}`, 401, wrongCredentials},
		"unknown email":    {`{"email":"bob@example.com","password":"wrong"}`, 401, wrongCredentials},
		"a username":       {`{"email":"ada","password":"` + coretest.Password + `"}`, 401, wrongCredentials},
		"no email":         {`{"password":"x"}`, 400, malformed + ": email (missing)."},
		"no password":      {`{"email":"ada@example.com"}`, 400, malformed + ": password (missing)."},
		"an empty email":   {`{"email":"","password":"x"}`, 400, malformed + ": email (missing)."},
		"an operator":      {`{"email":{"$ne":null},"password":"x"}`, 400, malformed + ": email (wrong_type)."},
		"a password twice": {`{"email":"ada@example.com","password":"x","password":"y"}`, 400, malformed + ": password (duplicate)."},
		"no body":          {"", 400, malformed + ": body (missing)."},
		"half of one":      {`{"email":`, 400, malformed + ": body (wrong_format)."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, s.post(t, "/sign/login", test.body), test.status, test.message)
		})
	}
}

func TestLoginWithASecondFactor(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.Required)
	with := func(password, code string) webtest.Answer {
		return s.post(t, "/sign/login", fmt.Sprintf(`{"email":"ada@example.com","password":%q,"code":%q}`, password, code))
	}
	refused(t, s.login(t, "ada", coretest.Password), 401, "Two-factor code required")
	refused(t, with(coretest.Password, "000000"), 401, "The code is not correct or was used already.")
	code := s.Users.Code(a.ID)
	refused(t, with("wrong", code), 401, wrongCredentials) // which spends no code
	in := with(coretest.Password, code)
	hasCookie(t, in, 2592000)
	s.get(t, "/sign/check", tokens(t, in).bearer).Has(t, 200, `"authenticated":true`)
	refused(t, with(coretest.Password, code), 401, "The code is not correct or was used already.")
}

func TestThrottledLogin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for i := range 30 {
		s.login(t, fmt.Sprintf("nobody%d", i), "wrong").Has(t, 401)
	}
	a := s.login(t, "nobody", "wrong")
	refused(t, a, 429, "Too many requests: wait before trying again.")
	if wait, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
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
		"down":   {fault.Outage(cause), 503, "The service is not available: try again soon.", "1"},
		"broken": {cause, 500, "An unexpected error occurred", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			in := s.member(t, "ada")
			s.post(t, "/sign/reset", `{"email":"ada@example.com"}`).Has(t, 200)
			reset := s.mailed(t)
			verify := s.verification(t, "eve")
			s.Users.Fail(test.err)
			for route, answer := range map[string]webtest.Answer{
				"login":          s.login(t, "ada", coretest.Password),
				"login, unknown": s.login(t, "nobody", coretest.Password),
				"register":       s.register(t, "bob@example.com", coretest.Password),
				"refresh":        s.get(t, "/sign/refresh", in.cookie),
				"verify":         s.verify(t, verify),
				"reset":          s.post(t, "/sign/reset", `{"email":"ada@example.com"}`),
				"reset, unknown": s.post(t, "/sign/reset", `{"email":"nobody@example.com"}`),
				"reset by token": s.reset(t, reset, "staple battery horse correct"),
			} {
				t.Log(route)
				refused(t, answer, test.status, test.message)
				if got := answer.Header.Get("Retry-After"); got != test.retryAfter {
					t.Errorf("Retry-After %q", got)
				}
			}
			// The check asks the session alone, and nothing was spent.
			s.get(t, "/sign/check", in.bearer).Has(t, 200)
			s.Users.Fail(nil)
			s.get(t, "/sign/refresh", in.cookie).Has(t, 200)
			s.verify(t, verify).Has(t, 200)
			s.reset(t, reset, "staple battery horse correct").Has(t, 200)
		})
	}
}

func TestOutsideTheRoutes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	refused(t, s.get(t, "/sign/nothing"), 404, "Resource not found")
	wrong := s.get(t, "/sign/login")
	refused(t, wrong, 405, "This path has other methods.")
	if allow := wrong.Header.Get("Allow"); allow != "POST" {
		t.Errorf("Allow %q", allow)
	}
	const body = `{"email":"ada@example.com","password":"x"}`
	refused(t, s.Do(t, "POST", "/sign/login", "email=x", "Content-Type: application/x-www-form-urlencoded"), 415, "This path takes no body of this type.")
	refused(t, s.Do(t, "POST", "/sign/login", body), 415, "This path takes no body of this type.")
	refused(t, s.post(t, "/sign/login", body, "Accept: text/html"), 406, "Only application/json can be answered.")
	refused(t, s.post(t, "/sign/login", `{"email":"`+strings.Repeat("x", 64<<10)+`"}`), 413, "The body is too large.")
}
