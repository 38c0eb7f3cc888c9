package legion_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

const (
	noSession    = "A valid access token is needed."
	staleRefresh = "The refresh token is not valid."
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.None)
	in := s.signIn(t, "ada")
	for _, body := range []string{"", "{}"} {
		got := s.post(t, "/users/auth/refresh", body, in.bearer, in.refresh)
		is(t, got, 200, fmt.Sprintf(`{"success":true,"message":"Token refreshed successfully","data":{"id":%q,"name":"ada",`+
			`"username":"ada","email":"ada@example.com","token":{"accessToken":"…","expiresIn":"…"}}}`, a.ID))
		if got.Cookie("__Host-device") != "" {
			t.Errorf("a refresh sets %s", got.Cookie("__Host-device"))
		}
		pattern := `^refreshToken=` + tokenPattern + `; Max-Age=2332800; Path=/users/auth/refresh; HttpOnly; Secure; SameSite=Strict$`
		if !regexp.MustCompile(pattern).MatchString(got.Cookie("refreshToken")) {
			t.Errorf("cookie %q, want %s", got.Cookie("refreshToken"), pattern)
		}
		in.refresh = "Cookie: " + strings.SplitN(got.Cookie("refreshToken"), ";", 2)[0]
	}
}

// A cookie never outlives its session.
func TestRefreshCookieOfAnOldSession(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	in := s.signIn(t, "ada")
	s.Clock.Advance(29 * 24 * time.Hour)
	s.askCSRF(t)
	got := s.post(t, "/users/auth/refresh", "", in.bearer, in.refresh)
	got.Has(t, 200)
	if !strings.Contains(got.Cookie("refreshToken"), "; Max-Age=86400;") {
		t.Errorf("cookie %q, want a day", got.Cookie("refreshToken"))
	}
}

func TestRefreshRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	s.Add("bob", userscontract.None)
	in, other := s.signIn(t, "ada"), s.signIn(t, "bob")
	for name, test := range map[string]struct {
		headers       []string
		code, message string
	}{
		"nothing":               {nil, "unauthenticated", noSession},
		"no access token":       {[]string{in.refresh}, "unauthenticated", noSession},
		"no cookie":             {[]string{in.bearer}, "invalid_refresh_token", staleRefresh},
		"garbage":               {[]string{in.bearer, "Cookie: refreshToken=x"}, "invalid_refresh_token", staleRefresh},
		"in the wrong cookie":   {[]string{in.bearer, strings.Replace(in.refresh, "refreshToken", "token", 1)}, "invalid_refresh_token", staleRefresh},
		"another's access":      {[]string{other.bearer, in.refresh}, "unauthenticated", noSession},
		"refresh token, Bearer": {[]string{strings.Replace(in.refresh, "Cookie: refreshToken=", "Authorization: Bearer ", 1), in.refresh}, "unauthenticated", noSession},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.post(t, "/users/auth/refresh", "", test.headers...)
			refused(t, a, 401, test.code, test.message)
			if cookies := a.Header.Values("Set-Cookie"); cookies != nil {
				t.Errorf("cookies %q", cookies)
			}
		})
	}
	s.post(t, "/users/auth/refresh", "", in.bearer, in.refresh).Has(t, 200)
}

func TestReuseEndsTheSession(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	in := s.signIn(t, "ada")
	next := s.post(t, "/users/auth/refresh", "", in.bearer, in.refresh)
	s.Clock.Advance(11 * time.Second)
	refused(t, s.post(t, "/users/auth/refresh", "", in.bearer, in.refresh), 401, "invalid_refresh_token", staleRefresh)
	refreshed := "Cookie: " + strings.SplitN(next.Cookie("refreshToken"), ";", 2)[0]
	refused(t, s.post(t, "/users/auth/refresh", "", in.bearer, refreshed), 401, "invalid_refresh_token", staleRefresh)
	refused(t, s.Do(t, http.MethodGet, "/users/auth/sessions", "", in.bearer), 401, "unauthenticated", noSession)
}

// current gives the id of the session that asks.
func (s *server) current(t *testing.T, in signedIn) string {
	t.Helper()
	list := s.Do(t, http.MethodGet, "/users/auth/sessions", "", in.bearer)
	list.Has(t, 200)
	found := regexp.MustCompile(`"id":"([^"]+)","dialect":"legion","agent":"[^"]*","isCurrent":true`).FindStringSubmatch(list.Body)
	if found == nil {
		t.Fatalf("no current session in %s", list.Body)
	}
	return found[1]
}

func TestLogout(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	in := s.signIn(t, "ada")
	id := s.current(t, in)
	out := s.post(t, "/users/auth/logout", "", in.bearer, in.refresh)
	out.Is(t, 200, fmt.Sprintf(`{"success":true,"message":"User logged out successfully!","data":{"id":%q}}`, id))
	want := "refreshToken=; Max-Age=0; Path=/users/auth/refresh; HttpOnly; Secure; SameSite=Strict"
	if out.Cookie("refreshToken") != want {
		t.Errorf("cookie %q, want %q", out.Cookie("refreshToken"), want)
	}
	refused(t, s.post(t, "/users/auth/refresh", "", in.bearer, in.refresh), 401, "invalid_refresh_token", staleRefresh)
	refused(t, s.post(t, "/users/auth/logout", "", in.bearer), 401, "unauthenticated", noSession)
}

// Logout takes an access token that is in time, and nothing else.
func TestLogoutRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	in := s.signIn(t, "ada")
	s.Do(t, http.MethodGet, "/users/auth/logout", "", in.bearer).Has(t, 405)
	refused(t, s.post(t, "/users/auth/logout", "", in.refresh), 401, "unauthenticated", noSession)
	s.Clock.Advance(16 * time.Minute)
	refused(t, s.post(t, "/users/auth/logout", "", in.bearer), 401, "unauthenticated", noSession)
	s.post(t, "/users/auth/refresh", "", in.bearer, in.refresh).Has(t, 200)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	const form = "2006-01-02T15:04:05.000Z"
	made := s.Clock.Now()
	first := s.signIn(t, "ada")
	s.Clock.Advance(time.Second)
	s.post(t, "/users/auth/refresh", "", first.bearer, first.refresh).Has(t, 200)
	second := s.signIn(t, "ada")
	one, two := s.current(t, first), s.current(t, second)
	item := func(id string, current bool, made time.Time, refreshed string) string {
		return fmt.Sprintf(`{"id":%q,"dialect":"legion","agent":"Go-http-client/1.1","isCurrent":%v,"createdAt":%q,"refreshedAt":%s,"expiresAt":%q}`,
			id, current, made.Format(form), refreshed, made.Add(30*24*time.Hour).Format(form))
	}
	s.Do(t, http.MethodGet, "/users/auth/sessions", "", first.bearer).Is(t, 200,
		`{"success":true,"message":"Sessions list retrieved successfully!","data":{"sessions":[`+
			item(two, false, s.Clock.Now(), "null")+","+item(one, true, made, `"`+s.Clock.Now().Format(form)+`"`)+`]}}`)
}

func TestEndSession(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	s.Add("bob", userscontract.None)
	here, there, foreign := s.signIn(t, "ada"), s.signIn(t, "ada"), s.signIn(t, "bob")
	end := func(id string) webtest.Answer {
		return s.send(t, http.MethodDelete, "/users/auth/sessions/"+id, "", here.bearer)
	}
	id := s.current(t, there)
	end(id).Is(t, 200, fmt.Sprintf(`{"success":true,"message":"Session ended successfully!","data":{"id":%q}}`, id))
	for _, id := range []string{id, s.current(t, foreign), "x", "..%2f..%2fusers"} {
		refused(t, end(id), 404, "session_not_found", "There is no such session.")
	}
	s.current(t, foreign)
}

func TestEndOtherSessions(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	here, there := s.signIn(t, "ada"), s.signIn(t, "ada")
	s.signIn(t, "ada")
	s.send(t, http.MethodDelete, "/users/auth/sessions", "", here.bearer).Is(t, 200,
		`{"success":true,"message":"Other sessions ended successfully!","data":{"ended":2}}`)
	s.current(t, here)
	refused(t, s.Do(t, http.MethodGet, "/users/auth/sessions", "", there.bearer), 401, "unauthenticated", noSession)
}

// Whoever has no session, or garbage for one, gets 401 in the dialect's words; nobody is anonymous by mistake.
func TestMembersOnly(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	for _, route := range []string{
		"GET /users/auth/sessions", "POST /users/auth/logout", "DELETE /users/auth/sessions", "DELETE /users/auth/sessions/01JX5J8W6V3M5Q9Z7T2B4N6P8S",
	} {
		method, path, _ := strings.Cut(route, " ")
		for _, header := range []string{"Accept: */*", "Authorization: Bearer x", "Authorization: Basic eDp5", "Authorization: Bearer", "Cookie: token=x"} {
			a := s.send(t, method, path, "", header)
			refused(t, a, 401, "unauthenticated", noSession)
			if a.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("WWW-Authenticate %q", a.Header.Get("WWW-Authenticate"))
			}
		}
	}
}
