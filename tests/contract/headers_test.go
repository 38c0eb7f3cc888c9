package contract

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// everyStatus gives an answer of each status that can be had from a healthy suite.
func everyStatus(t *testing.T, s *kit.Suite) map[int]*kit.Answer {
	t.Helper()
	c, acc := s.SignUp(t)
	other := s.Register(t)
	anyone := s.Client(t)
	out := map[int]*kit.Answer{}
	for _, a := range []*kit.Answer{
		anyone.Get("/users"),
		anyone.Post("/users", object{"name": "J", "username": kit.Name(), "isTotpEnable": true}),
		anyone.Post("/users", object{}),
		anyone.Get("/users/auth/sessions"),
		c.Delete("/users/"+other.ID, nil),
		anyone.Get("/users/01JEVAG858D9NP6A1NMTKXPRRA"),
		anyone.Get("/users/login/nothing"),
		anyone.Delete("/users", nil),
		anyone.Do(kit.Request{Method: "GET", Path: "/users", Header: map[string]string{"Accept": "text/html"}}),
		anyone.Post("/users", object{"name": "J", "username": acc.Username, "isTotpEnable": true}),
		anyone.Post("/users/login", object{"username": strings.Repeat("x", 70<<10), "password": "x"}),
		anyone.Do(kit.Request{Method: "POST", Path: "/users/login", Body: object{}, Header: map[string]string{"Content-Type": "text/plain"}}),
		anyone.Post("/users", object{"name": "J", "username": "a b", "isTotpEnable": true}),
		anyone.Do(kit.Request{Method: "GET", Path: "/users", Host: "evil.example"}),
	} {
		out[a.Status] = a
	}
	for range 11 {
		a := anyone.Login(acc.Username, kit.Password())
		out[a.Status] = a
	}
	return out
}

func TestSecurityHeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	answers := everyStatus(t, s)
	for _, status := range []int{200, 201, 400, 401, 403, 404, 405, 406, 409, 413, 415, 421, 422, 429} {
		a := answers[status]
		if a == nil {
			t.Errorf("no answer with status %d", status)
			continue
		}
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			for name, want := range map[string]string{
				"X-Content-Type-Options":       "nosniff",
				"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
				"Referrer-Policy":              "no-referrer",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Cache-Control":                "no-store",
				"Content-Type":                 "application/json",
			} {
				if got := a.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			for _, name := range []string{"Server", "X-Powered-By", "Strict-Transport-Security"} {
				if got := a.Header.Get(name); got != "" {
					t.Errorf("%s is %q", name, got)
				}
			}
			if a.Header.Get("X-Request-Id") == "" {
				t.Error("no request id")
			}
			if status == http.StatusUnauthorized && a.Header.Get("Www-Authenticate") == "" {
				t.Error("a 401 without WWW-Authenticate")
			}
		})
	}
}

func TestNoAnswerTellsInternals(t *testing.T) {
	t.Parallel()
	for status, a := range everyStatus(t, kit.Shared(t)) {
		for _, word := range []string{"mongo", "redis", "goroutine", ".go:", "fiber", "fasthttp", "bson", "panic", "127.0.0.1"} {
			if strings.Contains(strings.ToLower(string(a.Body)), word) {
				t.Errorf("a %d says %q: %s", status, word, a.Body)
			}
		}
	}
}

func TestRequestIDsAreOurs(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	a := c.Do(kit.Request{Method: "GET", Path: "/users", Header: map[string]string{"X-Request-Id": "chosen"}})
	if got := a.Header.Get("X-Request-Id"); got == "" || got == "chosen" {
		t.Errorf("request id %q", got)
	}
}

func TestPagesHaveTheirOwnPolicy(t *testing.T) {
	t.Parallel()
	a := kit.Shared(t).Client(t).Get("/verify?token=nonsense")
	csp := a.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("policy %q lacks %q", csp, part)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	if got := a.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
}

func TestAnHTTPSSuiteDemandsHTTPS(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_PUBLIC_URL": "https://accounts.example.com"}})
	for status, a := range everyStatus(t, s) {
		if got := a.Header.Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=") || len(got) < len("max-age=31536000") {
			t.Errorf("a %d has Strict-Transport-Security %q", status, got)
		}
	}
	acc := s.RegisterEmail(t)
	mail := s.Mail(t, acc.Email, func(m kit.Mail) bool { return m.Is(kit.Verify) })
	if want := "https://accounts.example.com/verify?token=" + mail.Token(); mail.Link() != want {
		t.Errorf("link %q, want %q", mail.Link(), want)
	}
	_, claims := payload(t, s.SignIn(t, acc).Bearer)
	if claims["iss"] != "https://accounts.example.com" {
		t.Errorf("issuer %v", claims["iss"])
	}
	s.Client(t).Do(kit.Request{Method: "GET", Path: "/users", Host: "127.0.0.1"}).Refused(http.StatusMisdirectedRequest, "misdirected")
}
