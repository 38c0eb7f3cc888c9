package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

const listedOrigin = "https://app.example.com"

// strangers are origins that are not listed, though some look like it.
var strangers = []string{
	"null", "https://evil.example", "https://app.example.com.evil.example", "https://evilapp.example.com", "http://app.example.com",
	"https://app.example.com:444", "https://sub.app.example.com", "HTTPS://APP.EXAMPLE.COM", "https://app.example.com/",
}

func TestChangesComeFromTheSameOriginOrAListedOne(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_ORIGINS": listedOrigin}})
	c := s.Client(t)
	attempt := func(site, origin string) *kit.Answer {
		return c.Do(kit.Request{
			Method: "POST", Path: "/users/login", Body: object{"username": kit.Name(), "password": "whatever1"},
			Header: map[string]string{"Sec-Fetch-Site": site, "Origin": origin},
		})
	}
	origins := append([]string{"", listedOrigin, s.Gateway}, strangers...)
	for _, site := range []string{"", "same-origin", "none", "same-site", "cross-site", "nonsense"} {
		for _, origin := range origins {
			passes := origin == listedOrigin || site == "same-origin" || site == "none"
			if site == "" {
				passes = passes || origin == "" || origin == s.Gateway
			}
			t.Run("site="+site+" origin="+origin, func(t *testing.T) {
				if passes {
					attempt(site, origin).Refused(http.StatusUnauthorized, "invalid_credentials")
				} else {
					attempt(site, origin).Refused(http.StatusForbidden, "origin_refused")
				}
			})
		}
	}
}

func TestACrossSiteRefreshIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, _ := s.SignUp(t)
	a := c.Do(kit.Request{Method: "POST", Path: "/users/auth/refresh", Header: map[string]string{"Sec-Fetch-Site": "cross-site"}})
	a.Refused(http.StatusForbidden, "origin_refused")
	if set := a.Header.Values("Set-Cookie"); len(set) > 0 {
		t.Errorf("sets %q", set)
	}
	c.Refresh().Want(http.StatusOK)
}

func TestReadsMayComeFromAnywhere(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for _, path := range []string{"/users", "/csrf-token"} {
		a := c.Do(kit.Request{Method: "GET", Path: path, Header: map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}})
		a.Want(http.StatusOK)
		if got := a.Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s: any page may read the answer: %q", path, got)
		}
	}
}

func TestListedOriginsMayReadAnswers(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_ORIGINS": listedOrigin + ",https://other.example.com"}})
	c := s.Client(t)
	get := func(path, origin string) *kit.Answer {
		return c.Do(kit.Request{Method: "GET", Path: path, Header: map[string]string{"Origin": origin}})
	}
	for _, path := range []string{"/users", "/csrf-token", "/users/01JEVAG858D9NP6A1NMTKXPRRA", "/users/auth/sessions", "/nothing"} {
		for _, origin := range append([]string{listedOrigin, "https://other.example.com"}, strangers...) {
			a := get(path, origin)
			listed := origin == listedOrigin || origin == "https://other.example.com"
			allow, credentials := a.Header.Get("Access-Control-Allow-Origin"), a.Header.Get("Access-Control-Allow-Credentials")
			if path == "/nothing" { // the gateway's, which no page may read
				continue
			}
			if listed && (allow != origin || credentials != "true") || !listed && (allow != "" || credentials != "") {
				t.Errorf("%s from %s: allow %q, credentials %q", path, origin, allow, credentials)
			}
			if !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Origin") {
				t.Errorf("%s from %s: Vary %q", path, origin, a.Header.Values("Vary"))
			}
		}
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_ORIGINS": listedOrigin}})
	preflight := func(path, origin string) *kit.Answer {
		return s.Client(t).Do(kit.Request{Method: "OPTIONS", Path: path, Header: map[string]string{
			"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,x-csrf-token",
		}})
	}
	for _, path := range []string{"/users", "/users/login", "/users/01JEVAG858D9NP6A1NMTKXPRRA"} {
		a := preflight(path, listedOrigin).Want(http.StatusNoContent)
		headers := strings.ToLower(a.Header.Get("Access-Control-Allow-Headers"))
		for _, name := range []string{"authorization", "content-type", "if-match", "x-csrf-token"} {
			if !strings.Contains(headers, name) {
				t.Errorf("%s: allowed headers %q lack %s", path, headers, name)
			}
		}
		if a.Header.Get("Access-Control-Allow-Origin") != listedOrigin || a.Header.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
		for _, origin := range strangers {
			if a := preflight(path, origin); a.Status < 400 || a.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: a preflight from %s answers %d", path, origin, a.Status)
			}
		}
	}
}

func TestNoOriginIsListedByDefault(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, origin := range append([]string{listedOrigin, s.Gateway}, strangers...) {
		a := s.Client(t).Do(kit.Request{Method: "GET", Path: "/users", Header: map[string]string{"Origin": origin}})
		if got := a.Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s may read: %q", origin, got)
		}
	}
}
