package ild_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

var bothMethods = []string{http.MethodGet, http.MethodPost}

func TestRefresh(t *testing.T) {
	t.Parallel()
	for _, method := range bothMethods {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			first := s.member(t, "ada")
			got := s.Do(t, method, "/sign/refresh", "", first.cookie)
			matches(t, got, 200, `{"token":"…"}`)
			hasCookie(t, got, 2592000)
			if got.Cookie("__Host-device") != "" {
				t.Errorf("a refresh sets %s", got.Cookie("__Host-device"))
			}
			second := tokens(t, got)
			if second.cookie == first.cookie || second.bearer == first.bearer {
				t.Error("a token is the old one")
			}
			s.get(t, "/sign/check", second.bearer).Has(t, 200)
			s.Do(t, method, "/sign/refresh", "", second.cookie).Has(t, 200)
		})
	}
}

func TestRefreshTakesABodyAndLeavesItUnread(t *testing.T) {
	t.Parallel()
	s := serve(t)
	in := s.member(t, "ada")
	s.post(t, "/sign/refresh", `{}`, in.cookie).Has(t, 200)
}

// A second tab gets the same successor for 10 seconds; after that, or one older, ends the session.
func TestReuseEndsTheSession(t *testing.T) {
	t.Parallel()
	s := serve(t)
	first := s.member(t, "ada")
	second := tokens(t, s.get(t, "/sign/refresh", first.cookie))
	if again := tokens(t, s.get(t, "/sign/refresh", first.cookie)); again.cookie != second.cookie {
		t.Error("a second tab gets another successor")
	}
	s.Clock.Advance(11 * time.Second)
	refused(t, s.get(t, "/sign/refresh", first.cookie), 401, staleRefresh)
	refused(t, s.get(t, "/sign/refresh", second.cookie), 401, staleRefresh)
	refused(t, s.get(t, "/sign/check", second.bearer), 401, unauthenticated)
	refused(t, s.get(t, "/sign/check", second.cookie), 401, unauthenticated)
}

// A cookie never outlives its session, which a refresh does not prolong.
func TestRefreshOfAnOldSession(t *testing.T) {
	t.Parallel()
	s := serve(t)
	in := s.member(t, "ada")
	s.Clock.Advance(29 * 24 * time.Hour)
	got := s.get(t, "/sign/refresh", in.cookie)
	hasCookie(t, got, 86400)
	s.Clock.Advance(24 * time.Hour)
	refused(t, s.get(t, "/sign/refresh", tokens(t, got).cookie), 401, staleRefresh)
}

func TestRefreshRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	in := s.member(t, "ada")
	_, legion := s.signIn(t, userscontract.Person{Username: "bob"})
	for name, header := range map[string]string{
		"nothing":            "Accept: */*",
		"garbage":            "Cookie: refreshToken=x",
		"an access token":    strings.Replace(in.bearer, "Authorization: Bearer ", "Cookie: refreshToken=", 1),
		"a Bearer token":     in.bearer,
		"as a Bearer token":  strings.Replace(in.cookie, "Cookie: refreshToken=", "Authorization: Bearer ", 1),
		"in another cookie":  strings.Replace(in.cookie, "refreshToken", "token", 1),
		"of another dialect": "Cookie: refreshToken=" + legion.Refresh.Reveal(),
	} {
		for _, method := range bothMethods {
			t.Log(name, method)
			refused(t, s.Do(t, method, "/sign/refresh", "", header), 401, staleRefresh)
		}
	}
	s.get(t, "/sign/refresh", in.cookie).Has(t, 200)
	if list, err := s.Sessions.List(t.Context(), legion.Account.ID); err != nil || len(list) != 1 {
		t.Errorf("the other dialect's session: %v, %v", list, err)
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	for _, method := range bothMethods {
		for name, header := range map[string]func(signedIn) string{
			"Bearer": func(in signedIn) string { return in.bearer },
			"cookie": func(in signedIn) string { return in.cookie },
		} {
			t.Run(method+" by "+name, func(t *testing.T) {
				t.Parallel()
				s := serve(t)
				in, other := s.member(t, "ada"), tokens(t, s.login(t, "ada", coretest.Password))
				got := s.Do(t, method, "/sign/logout", "", header(in))
				got.Is(t, 200, `{"message":"Logged out."}`)
				if cookie, want := got.Cookie("refreshToken"), "refreshToken=; Max-Age=0; Path=/sign; HttpOnly; Secure; SameSite=Strict"; cookie != want {
					t.Errorf("cookie %q, want %q", cookie, want)
				}
				refused(t, s.get(t, "/sign/check", in.bearer), 401, unauthenticated)
				refused(t, s.get(t, "/sign/refresh", in.cookie), 401, staleRefresh)
				refused(t, s.Do(t, method, "/sign/logout", "", header(in)), 401, unauthenticated)
				s.get(t, "/sign/check", other.bearer).Has(t, 200)
			})
		}
	}
}

func TestLogoutRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	spent := s.member(t, "ada")
	in := tokens(t, s.get(t, "/sign/refresh", spent.cookie))
	_, legion := s.signIn(t, userscontract.Person{Username: "bob"})
	for name, headers := range map[string][]string{
		"nothing":                          nil,
		"garbage":                          {"Cookie: refreshToken=x"},
		"a spent cookie":                   {spent.cookie},
		"another dialect's":                {"Cookie: refreshToken=" + legion.Refresh.Reveal()},
		"in lynx's cookie":                 {strings.Replace(in.bearer, "Authorization: Bearer ", "Cookie: token=", 1)},
		"a bad Bearer beside the cookie":   {in.cookie, "Authorization: Bearer x"},
		"another scheme beside the cookie": {in.cookie, "Authorization: Basic eDp5"},
	} {
		for _, method := range bothMethods {
			t.Log(name, method)
			refused(t, s.Do(t, method, "/sign/logout", "", headers...), 401, unauthenticated)
		}
	}
	s.get(t, "/sign/check", in.bearer).Has(t, 200)
}

// Another origin's page neither rotates the cookie nor ends its session, by GET either; nor does it learn anything.
func TestFromAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	in := s.member(t, "ada")
	for name, headers := range map[string][]string{
		"cross-site":       {"Sec-Fetch-Site: cross-site"},
		"same-site":        {"Sec-Fetch-Site: same-site", "Origin: https://app.example.com"},
		"an older browser": {"Origin: https://evil.example"},
		"a sandbox":        {"Origin: null"},
	} {
		for _, path := range []string{"/sign/refresh", "/sign/logout"} {
			for _, method := range bothMethods {
				t.Log(name, method, path)
				refused(t, s.Do(t, method, path, "", append(headers, in.cookie)...), 403, "Requests from this origin are not allowed.")
			}
		}
	}
	for _, header := range []string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none", "Origin: " + s.URL} {
		in = tokens(t, s.get(t, "/sign/refresh", in.cookie, header))
	}
	s.get(t, "/sign/logout", in.cookie, "Sec-Fetch-Site: same-origin").Has(t, 200)
}

// A sibling domain may set a cookie of the same name, and which of the two is ours can't be told: nobody is signed in as
// somebody else by it.
func TestTheCookieTwice(t *testing.T) {
	t.Parallel()
	s := serve(t)
	in, planted := s.member(t, "ada"), s.member(t, "eve")
	both := planted.cookie + strings.Replace(in.cookie, "Cookie: ", "; ", 1)
	refused(t, s.get(t, "/sign/refresh", both), 401, staleRefresh)
	refused(t, s.get(t, "/sign/logout", both), 401, unauthenticated)
	refused(t, s.get(t, "/sign/check", both), 401, unauthenticated)
	lynx := strings.NewReplacer("Authorization: Bearer ", "token=")
	refused(t, s.get(t, "/sign/check", "Cookie: "+lynx.Replace(planted.bearer)+"; "+lynx.Replace(in.bearer)), 401, unauthenticated)
	s.get(t, "/sign/refresh", in.cookie).Has(t, 200)
}

// A GET that changes something is no safe read, so it answers no HEAD.
func TestHeadChangesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	in := s.member(t, "ada")
	for _, path := range []string{"/sign/refresh", "/sign/logout"} {
		if a := s.Do(t, http.MethodHead, path, "", in.cookie); a.Status != 405 || a.Cookie("refreshToken") != "" {
			t.Errorf("HEAD %s: %d, %v", path, a.Status, a.Header)
		}
	}
	s.get(t, "/sign/check", in.cookie).Has(t, 200)
}
