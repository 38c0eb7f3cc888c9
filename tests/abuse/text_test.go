package abuse

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// Nothing that is sent comes back as markup, whatever the client says that it takes.
func TestCS08(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	const markup = `<script>alert(1)</script>`
	escaped := url.QueryEscape(markup)
	for _, accept := range []string{"", "text/html", "text/html,*/*;q=0.8"} {
		c := s.Client(t)
		c.Header["Accept"] = accept
		for _, r := range []kit.Request{
			{Method: "GET", Path: "/users/" + escaped},
			{Method: "GET", Path: "/users?page=" + escaped},
			{Method: "GET", Path: "/nothing/" + escaped},
			{Method: "GET", Path: "/verify?token=" + escaped},
			{Method: "GET", Path: "/reset?token=" + escaped},
			{Method: "GET", Path: "/openapi/" + escaped},
			{Method: "GET", Path: "/users", Header: map[string]string{"Authorization": markup}},
			{Method: "GET", Path: "/csrf-token", Header: map[string]string{"Cookie": "__Host-csrf=" + escaped, "Origin": markup}},
			{Method: "POST", Path: "/users/login", Body: object{"username": markup, "password": markup}},
			{Method: "POST", Path: "/users/login", Body: []byte(`{"` + markup + `":1,"` + markup + `":2}`)},
		} {
			a := c.Do(r)
			html := strings.HasPrefix(a.Header.Get("Content-Type"), "text/html")
			if strings.Contains(string(a.Body), "<script>alert") && html {
				t.Errorf("%s %s gives it back: %s", r.Method, r.Path, a.Body)
			}
			page := strings.HasPrefix(r.Path, "/verify") || strings.HasPrefix(r.Path, "/reset")
			if html != page {
				t.Errorf("%s %s with Accept %q: Content-Type %q", r.Method, r.Path, accept, a.Header.Get("Content-Type"))
			}
			if a.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: a browser may guess the type", r.Method, r.Path)
			}
		}
	}
}

// However a path is written, it opens nothing that its plain form doesn't.
func TestIN07(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	for _, path := range []string{
		"/users/auth/sessions", "/users/auth/sessions/", "//users/auth/sessions", "/users//auth/sessions", "/users/./auth/sessions",
		"/users/x/../auth/sessions", "/users/auth/%73essions", "/users/auth%2fsessions", "/users/auth%252fsessions", "/users/auth/sessions%00",
		"/users/auth/sessions%20", "/users/auth/sessions;a=b", "/users/auth/sessions?/csrf-token", "/USERS/AUTH/SESSIONS", "/csrf-token/../users/auth/sessions",
		"/csrf-token%2f..%2fusers/auth/sessions", `/users\auth\sessions`, "/.well-known/../users/auth/sessions", "/users/auth/sessions#/csrf-token",
		"/internal/v1/accounts/get", "/users/../internal/v1/accounts/get", "/users/%2e%2e/internal/v1/accounts/get", "/users/..;/metrics", "/users/../metrics", "/metrics",
		"/" + strings.Repeat("a/", 2000),
	} {
		for name, listener := range map[string]string{
			"auth": s.Services["auth"].Public, "users": s.Services["users"].Public, "gateway": s.Gateway,
		} {
			text := "GET " + path + " HTTP/1.1\r\nHost: " + address(t, listener) + "\r\nConnection: close\r\n\r\n"
			if got := send(t, listener, text, kit.Patience); got.first() < 400 || got.first() >= 500 {
				t.Errorf("%s %.80s: %v", name, path, got)
			}
		}
	}
	for _, path := range []string{"/users/" + acc.ID + "/", "//users/" + acc.ID, "/users/./" + acc.ID, "/Users/" + acc.ID, "/users/%2e/" + acc.ID} {
		for _, listener := range []string{s.Services["users"].Public, s.Gateway} {
			text := "DELETE " + path + " HTTP/1.1\r\nHost: " + address(t, listener) + "\r\nConnection: close\r\n\r\n"
			if got := send(t, listener, text, kit.Patience); got.first() < 400 || got.first() >= 500 {
				t.Errorf("DELETE %s: %v", path, got)
			}
		}
	}
	s.SignIn(t, acc)
}

// One event is one line, whatever a client puts into it.
func TestLO01(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	forged := "{\"level\":\"ERROR\",\"msg\":\"forged\"}"
	c := s.From(t, "198.51.100.1") // the gateway would keep some of it from the services
	for _, text := range []string{"a\n" + forged, "a\r\n" + forged, "a\x1b[2J", "a\u2028" + forged, "a\u202e" + forged, "a\u0085" + forged, `a","msg":"forged`} {
		c.Login(text, text)
		c.Post("/users", object{"name": text, "username": text, "email": text, "password": text}).Want(http.StatusUnprocessableEntity)
		c.Get("/users/" + url.PathEscape(text))
		c.Get("/users?page=" + url.QueryEscape(text))
		c.Post("/users/auth/password/forgot", object{"email": text}).Want(http.StatusBadRequest)
		c.Post("/users/auth/email/verify", object{"token": text}).Want(http.StatusUnprocessableEntity)
	}
	lines := 0
	for line := range strings.Lines(s.Process.Log()) {
		var event struct{ Msg, Level, Time string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Msg == "" || event.Level == "" || event.Msg == "forged" {
			t.Errorf("no event: %s", line)
		}
		for _, r := range line {
			if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r == 0x2028 {
				t.Errorf("%U is written as it is", r)
			}
		}
		lines++
	}
	if lines < 40 {
		t.Errorf("%d lines only", lines)
	}
}

// What is for operators is on no listener that the ingress may reach.
func TestLO06(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, path := range []string{
		"/metrics", "/healthz", "/readyz", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/internal", "/internal/v1/verify-password",
		"/users/metrics", "/users/debug/pprof/", "/auth/metrics", "/.well-known/metrics", "/docs/../metrics", "/.git/config", "/.env",
	} {
		for name, listener := range map[string]string{"auth": s.Services["auth"].Public, "users": s.Services["users"].Public, "gateway": s.Gateway} {
			text := "GET " + path + " HTTP/1.1\r\nHost: " + address(t, listener) + "\r\nConnection: close\r\n\r\n"
			if got := send(t, listener, text, kit.Patience); got.first() != http.StatusNotFound && got.first() != http.StatusBadRequest {
				t.Errorf("%s %s: %v", name, path, got)
			}
		}
	}
}
