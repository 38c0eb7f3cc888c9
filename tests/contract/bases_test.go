package contract

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestAuthIsServedBelowAPIToo(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, op := range s.Operations() {
		if op.Document != "wolf" && op.Document != "lynx" {
			continue
		}
		t.Run(op.Document+" "+op.Method+" "+op.Path, func(t *testing.T) {
			t.Parallel()
			ask := func(base string) *kit.Answer {
				r := kit.Request{Method: op.Method, Path: base + op.Path, Body: op.ExampleBody()}
				if op.Document == "wolf" {
					r = formTo(r.Path)
				}
				return s.Client(t).Do(r)
			}
			want, got := ask(""), ask("/api")
			if diff := cmp.Diff(string(want.Body), string(got.Body)); want.Status != got.Status || diff != "" {
				t.Errorf("status %d below /api, else %d (-else +below /api):\n%s", got.Status, want.Status, diff)
			}
			if got.Status == http.StatusNotFound {
				t.Errorf("unknown: %s", got.Body)
			}
			for _, base := range []string{"", "/api"} {
				s.Client(t).Do(kit.Request{Method: "TRACE", Path: base + op.Path}).Want(http.StatusMethodNotAllowed)
			}
		})
	}
	acc := s.RegisterBy(t, "lynx")
	c := signInBy(t, s, "lynx", acc, "")
	for _, path := range []string{"/auth/me", "/api/auth/me"} { // one cookie for both
		byCookie := s.Client(t)
		byCookie.Cookies["token"] = c.Cookies["token"]
		byCookie.Get(path).Want(http.StatusOK)
	}
	for _, path := range []string{"/api", "/api/", "/api/users", "/api/account/tokens", "/api/sign/check", "/api/api/auth/me"} {
		s.Client(t).Get(path).Want(http.StatusNotFound)
	}
}

func TestTheTypeChoosesBetweenDialectsThatShareAPath(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, path := range []string{"/auth/login", "/api/auth/login", "/auth/register", "/api/auth/register"} {
		send := func(contentType, body string) *kit.Answer {
			t.Helper()
			return s.Client(t).Do(kit.Request{
				Method: "POST", Path: path, Body: []byte(body), Header: map[string]string{"Content-Type": contentType},
			})
		}
		for _, json := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON"} {
			send(json, `{}`).RefusedBy("lynx", http.StatusBadRequest)
		}
		for _, form := range []string{mediaForm, mediaForm + ";charset=UTF-8", "Application/X-WWW-Form-Urlencoded"} {
			send(form, "x=y").RefusedBy("wolf", http.StatusBadRequest)
		}
		for _, other := range []string{
			"", "text/plain", "application/xml", "multipart/form-data; boundary=x", "text/json", "application/json, " + mediaForm, "json",
			"application/json; charset=utf-16", "application/problem+json",
		} {
			send(other, `{}`).RefusedBy("lynx", http.StatusUnsupportedMediaType)
		}
		send(mediaForm+"; charset=latin1", "x=y").RefusedBy("wolf", http.StatusUnsupportedMediaType)
		s.Client(t).Do(kit.Request{Method: "POST", Path: path}).Want(http.StatusBadRequest)
	}
}
