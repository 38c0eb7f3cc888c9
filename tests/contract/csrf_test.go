package contract

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestCSRFTokenAndItsCookie(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	a := c.Get("/csrf-token").Want(http.StatusOK)
	token := kit.Data[struct{ CSRFToken string }](a).CSRFToken
	want := "__Host-csrf=" + token + "; Max-Age=86400; Path=/; HttpOnly; Secure; SameSite=Strict"
	if token == "" || !slices.Contains(a.Header.Values("Set-Cookie"), want) {
		t.Errorf("cookies %q, want %q", a.Header.Values("Set-Cookie"), want)
	}
	if cc := a.Header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("Cache-Control %q", cc)
	}
}

func TestEveryChangeNeedsTheCSRFToken(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, _ := s.SignUp(t)
	for _, op := range s.Operations() {
		if op.Document != "legion" || op.Method == http.MethodGet {
			continue
		}
		t.Run(op.Method+" "+op.Path, func(t *testing.T) {
			r := kit.Request{Method: op.Method, Path: op.Example(), Body: op.ExampleBody(), Header: map[string]string{"X-CSRF-Token": ""}}
			c.Do(r).Refused(http.StatusForbidden, "csrf_invalid")
		})
	}
	if !c.Alive() {
		t.Error("a refused request ended the session")
	}
}

func TestCSRFTokenMustMatchItsCookieAndBeOurs(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	fetch := func() string {
		return kit.Data[struct{ CSRFToken string }](s.Client(t).Get("/csrf-token")).CSRFToken
	}
	first, second := fetch(), fetch()
	changed := first[:len(first)-4] + "AAAA"
	if changed == first {
		changed = first[:len(first)-4] + "BBBB"
	}
	for name, pair := range map[string]struct{ header, cookie string }{
		"of two pairs": {first, second}, "no cookie": {first, ""}, "no header": {"", first}, "neither": {"", ""},
		"made up": {"abc.def", "abc.def"}, "one letter": {"a", "a"}, "changed": {changed, changed},
		"cut short": {first[:len(first)-1], first[:len(first)-1]}, "longer": {first + "A", first + "A"},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.Client(t)
			h := map[string]string{"X-CSRF-Token": pair.header, "Cookie": ""}
			if pair.cookie != "" {
				h["Cookie"] = "__Host-csrf=" + pair.cookie
			}
			c.Do(kit.Request{Method: "POST", Path: "/users/login", Body: object{"username": "somebody", "password": "whatever1"}, Header: h}).
				Refused(http.StatusForbidden, "csrf_invalid")
		})
	}
	c := s.Client(t)
	c.Do(kit.Request{
		Method: "POST", Path: "/users/login", Body: object{"username": kit.Name(), "password": "whatever1"},
		Header: map[string]string{"X-CSRF-Token": first, "Cookie": "__Host-csrf=" + first},
	}).Refused(http.StatusUnauthorized, "invalid_credentials")
}

func TestCSRFTokenOutlivesSignInAndSignOut(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	token := c.Cookies["__Host-csrf"]
	c.Post("/users/auth/logout", nil).Want(http.StatusOK)
	c.Took(c.Login(acc.Username, acc.Password).Want(http.StatusOK))
	if c.Cookies["__Host-csrf"] != token {
		t.Error("the token changed")
	}
}

func TestCSRFTokenMayBeSentWithAGet(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for _, token := range []string{"nonsense", strings.Repeat("x", 300)} {
		c.Do(kit.Request{Method: "GET", Path: "/users", Header: map[string]string{"X-CSRF-Token": token, "Content-Type": "application/json"}}).
			Want(http.StatusOK)
	}
}

func TestCSRFTokenOfAnotherInstallationIsRefused(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	token := kit.Data[struct{ CSRFToken string }](kit.Start(t, kit.Options{}).Client(t).Get("/csrf-token")).CSRFToken
	s.Client(t).Do(kit.Request{
		Method: "POST", Path: "/users/login", Body: object{"username": "somebody", "password": "whatever1"},
		Header: map[string]string{"X-CSRF-Token": token, "Cookie": "__Host-csrf=" + token},
	}).Refused(http.StatusForbidden, "csrf_invalid")
}
