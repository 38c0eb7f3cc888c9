package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestNerdcultRefuses(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "nerdcult")
	c := signInBy(t, s, "nerdcult", acc, "")
	for _, body := range []object{{}, {"token": 1}, {"token": nil}, {"token": "x", "password": 1}} {
		s.Client(t).Post("/account/verify", body).RefusedBy("nerdcult", http.StatusBadRequest)
	}
	for _, path := range []string{"/account/delete", "/account/tokens"} {
		for site, origin := range map[string]string{"cross-site": "https://evil.example", "same-site": "", "": "null"} {
			c.Do(kit.Request{
				Method: "DELETE", Path: path, Body: object{"token": c.Bearer}, Header: map[string]string{"Sec-Fetch-Site": site, "Origin": origin},
			}).RefusedBy("nerdcult", http.StatusForbidden)
		}
	}
	if !c.Alive() {
		t.Error("a refused request ended the session")
	}
}

func TestWolfRefusesWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for path, fields := range map[string][]string{
		"/auth/register": {"username", "email", "password"}, "/auth/login": {"email", "password"},
		"/auth/two-factor": {"token", "code"}, "/auth/refresh": {"refresh_token"},
	} {
		for i, missing := range fields {
			var others []string
			for j, field := range fields {
				if j != i {
					others = append(others, field, "whatever1")
				}
			}
			a := s.Client(t).Form(path, others...).RefusedBy("wolf", http.StatusBadRequest)
			if !namesField(t, a, "wolf", missing, "missing") {
				t.Errorf("%s does not name %s: %s", path, missing, a.Body)
			}
		}
	}
}

// openRoutes are those of lynx that nobody has to be signed in for.
var openRoutes = []string{"/auth/login", "/auth/register", "/auth/totp/recover"}

func TestLynxWantsASession(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c := signInBy(t, s, "lynx", s.RegisterBy(t, "lynx"), "")
	key := kit.Object[struct{ Result struct{ Secret string } }](c.Get("/auth/me").Want(http.StatusOK)).Result.Secret
	asked := 0
	for _, op := range s.Operations() {
		if op.Document != "lynx" || strings.Contains(strings.Join(openRoutes, " ")+" ", op.Path+" ") {
			continue
		}
		asked++
		for name, header := range map[string]map[string]string{
			"nothing": nil, "a bad token": {"Authorization": "Bearer x"}, "a bad cookie": {"Cookie": "token=x"},
			"two cookies": {"Cookie": "token=" + c.Cookies["token"] + "; token=" + c.Cookies["token"]},
			"an API key":  {"Authorization": key}, "an API key as a token": {"Authorization": "Bearer " + key},
		} {
			if name == "an API key" && op.Method+op.Path == "GET/auth/me" { // which is what it is for
				continue
			}
			bare := s.Client(t)
			bare.Get("/csrf-token")
			a := bare.Do(kit.Request{Method: op.Method, Path: op.Path, Body: op.ExampleBody(), Header: header})
			if a.Status != http.StatusUnauthorized {
				t.Errorf("%s %s with %s: status %d, %s", op.Method, op.Path, name, a.Status, a.Body)
				continue
			}
			a.RefusedBy("lynx", http.StatusUnauthorized)
		}
	}
	if asked != 9 {
		t.Errorf("%d routes asked", asked)
	}
	c.Get("/auth/me").Want(http.StatusOK)
}
