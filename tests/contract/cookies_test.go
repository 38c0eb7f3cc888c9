package contract

import (
	"net/http"
	"slices"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// sets fails the test unless the answer sets that cookie, with exactly those attributes behind its value.
func sets(t *testing.T, a *kit.Answer, name, attributes string) {
	t.Helper()
	cookie := a.Cookie(name)
	if cookie == nil {
		t.Fatalf("no cookie %s in %q", name, a.Header.Values("Set-Cookie"))
	}
	if want := name + "=" + cookie.Value + attributes; !slices.Contains(a.Header.Values("Set-Cookie"), want) {
		t.Errorf("cookies %q, want %q", a.Header.Values("Set-Cookie"), want)
	}
}

func TestCookiesAreWrittenAsTheContract(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "lynx")
	const guarded = "; HttpOnly; Secure; SameSite=Strict"
	t.Run("ild", func(t *testing.T) {
		c := s.Client(t)
		sets(t, c.SignInBy("ild", acc, "").Want(http.StatusOK), "refreshToken", "; Max-Age=2592000; Path=/sign"+guarded)
		renewed := c.Get("/sign/refresh").Want(http.StatusOK).Cookie("refreshToken")
		if renewed == nil || renewed.Path != "/sign" || renewed.MaxAge > 2592000 || renewed.MaxAge < 2592000-3600 {
			t.Errorf("a refresh sets %v", renewed)
		}
		c.Bearer = ""
		a := c.Get("/sign/logout").Want(http.StatusOK)
		if sets(t, a, "refreshToken", "; Max-Age=0; Path=/sign"+guarded); a.Cookie("refreshToken").Value != "" {
			t.Error("a cookie is not taken away")
		}
	})
	t.Run("lynx", func(t *testing.T) {
		c := s.Client(t)
		sets(t, c.SignInBy("lynx", acc, "").Want(http.StatusOK), "token", "; Max-Age=604800; Path=/"+guarded)
		c.Bearer = ""
		a := c.Delete("/auth/me", nil).Want(http.StatusOK)
		if sets(t, a, "token", "; Max-Age=0; Path=/"+guarded); a.Cookie("token").Value != "" {
			t.Error("a cookie is not taken away")
		}
		c.Delete("/auth/me", nil).RefusedBy("lynx", http.StatusUnauthorized)
	})
	t.Run("nerdcult and wolf have none", func(t *testing.T) {
		for _, dialect := range []string{"nerdcult", "wolf"} {
			a := s.Client(t).SignInBy(dialect, acc, "").Want(http.StatusOK)
			if a.Cookie("token") != nil || a.Cookie("refreshToken") != nil {
				t.Errorf("%s sets %q", dialect, a.Header.Values("Set-Cookie"))
			}
		}
	})
}

func TestACookieAuthenticatesItsOwnDialectAndTheCheckAlone(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "lynx")
	for dialect, name := range map[string]string{"lynx": "token", "ild": "refreshToken"} {
		owner := signInBy(t, s, dialect, acc, "")
		c := s.Client(t)
		c.Cookies[name] = owner.Cookies[name]
		for other, path := range memberRoutes {
			want := http.StatusUnauthorized
			if other == "lynx" && dialect == "lynx" {
				want = http.StatusOK
			}
			if a := c.Get(path); a.Status != want {
				t.Errorf("%s's cookie at %s's %s: status %d, want %d", dialect, other, path, a.Status, want)
			}
		}
		c.Get("/sign/check").Want(http.StatusOK)
		c.Form("/auth/logout").RefusedBy("wolf", http.StatusUnauthorized)
		if !owner.Alive() {
			t.Errorf("%s's session was ended by its cookie elsewhere", dialect)
		}
	}
}

func TestACookieFromAnotherOriginChangesNothing(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_ORIGINS": listedOrigin}})
	acc := s.RegisterBy(t, "lynx")
	routes := map[string][]kit.Request{
		"ild": {
			{Method: "GET", Path: "/sign/refresh"},
			{Method: "POST", Path: "/sign/refresh"},
			{Method: "GET", Path: "/sign/logout"},
			{Method: "POST", Path: "/sign/logout"},
		},
		"lynx": {
			{Method: "GET", Path: "/auth/totp"},
			{Method: "DELETE", Path: "/auth/me"},
			{Method: "POST", Path: "/auth/newSecret"},
			{Method: "PATCH", Path: "/auth/email", Body: object{"newEmail": newcomer().Email, "password": acc.Password}},
		},
	}
	for dialect, requests := range routes {
		c := s.Client(t)
		c.SignInBy(dialect, acc, "").Want(http.StatusOK)
		c.Bearer = "" // by the cookie alone
		for _, r := range requests {
			for _, header := range []map[string]string{
				{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site", "Origin": s.Gateway}, {"Origin": "https://evil.example"}, {"Origin": "null"},
			} {
				r.Header = header
				a := c.Do(r).RefusedBy(dialect, http.StatusForbidden)
				if set := a.Header.Values("Set-Cookie"); len(set) > 0 {
					t.Errorf("%s %s sets %q", r.Method, r.Path, set)
				}
			}
		}
		own := requests[0]
		own.Header = map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": listedOrigin}
		c.Do(own).Want(http.StatusOK)
	}
	signInBy(t, s, "ild", acc, "") // the email is what it was
}

func TestAnswersWithATokenAreNotStored(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "legion")
	unstored := func(a *kit.Answer) *kit.Answer {
		t.Helper()
		if got := a.Want(http.StatusOK).Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q; body %.200s", got, a.Body)
		}
		return a
	}
	clients := map[string]*kit.Client{}
	for _, dialect := range kit.Dialects {
		c := s.Client(t)
		a := unstored(c.SignInBy(dialect, acc, ""))
		if clients[dialect] = c; dialect == "wolf" {
			refresh := kit.Object[struct {
				RefreshToken string `json:"refresh_token"`
			}](a).RefreshToken
			unstored(c.Form("/auth/refresh", "refresh_token", refresh))
		}
	}
	unstored(clients["legion"].Refresh())
	unstored(clients["nerdcult"].Get("/account/tokens"))
	unstored(clients["ild"].Get("/sign/refresh"))
	lynx := clients["lynx"]
	unstored(lynx.Get("/auth/me"))
	key := kit.Object[struct{ Result struct{ Secret string } }](unstored(lynx.Post("/auth/newSecret", nil))).Result.Secret
	unstored(lynx.Do(kit.Request{Method: "GET", Path: "/auth/me", Header: map[string]string{"Authorization": key}}))
	uri := kit.Object[struct{ Result struct{ URI string } }](unstored(lynx.Get("/auth/totp"))).Result.URI
	app := kit.NewAuthenticator(t, uri)
	codes := kit.Object[struct {
		Result struct{ BackupCodes []string }
	}](unstored(lynx.Post("/auth/totp", object{"token": app.Code()}))).Result.BackupCodes
	unstored(s.Client(t).SignInBy("wolf", acc, "")) // a challenge
	unstored(s.Client(t).SignInBy("wolf", acc, app.Code()))
	unstored(s.Client(t).Post("/auth/totp/recover", object{"username": acc.Username, "password": acc.Password, "backupCode": codes[0]}))
}
