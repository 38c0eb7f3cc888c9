package abuse

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// members are routes that want a session, by dialect.
var members = map[string]string{
	"legion": "/users/auth/sessions", "nerdcult": "/account/tokens", "ild": "/user/profile", "lynx": "/auth/me",
}

// Only an access token, or nerdcult's opaque one, is a Bearer token, in whichever dialect. An API key reads lynx's account
// alone, and only as it is.
func TestJW05(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc, _, codes := enabled(t, s)
	key := keyOf(owner)
	plain := s.RegisterBy(t, "lynx")
	opaque, ild := s.Client(t), s.Client(t)
	opaque.SignInBy("nerdcult", plain, "").Want(http.StatusOK)
	ild.SignInBy("ild", plain, "").Want(http.StatusOK)
	pair := kit.Object[struct {
		RefreshToken string `json:"refresh_token"`
	}](s.Client(t).SignInBy("wolf", plain, "").Want(http.StatusOK))
	challenge := kit.Object[struct{ Token string }](s.Client(t).SignInBy("wolf", acc, "").Want(http.StatusOK))
	head, secret, _ := strings.Cut(opaque.Bearer, ".")
	for name, authorization := range map[string]string{
		"API key as Bearer token": "Bearer " + key, "backup code": "Bearer " + codes[0], "wolf's challenge": "Bearer " + challenge.Token,
		"wolf's refresh token": "Bearer " + pair.RefreshToken, "ild's refresh token": "Bearer " + ild.Cookies["refreshToken"],
		"id of an opaque token": "Bearer " + head, "its secret": "Bearer " + secret, "id without the secret": "Bearer " + head + ".",
		"secret of another's": "Bearer " + head + "." + strings.Repeat("A", len(secret)), "opaque token without Bearer": opaque.Bearer,
	} {
		for dialect, path := range members {
			a := s.Client(t).Do(kit.Request{Method: http.MethodGet, Path: path, Header: map[string]string{"Authorization": authorization}})
			if a.Status != http.StatusUnauthorized {
				t.Errorf("%s at %s's %s: status %d, body %s", name, dialect, path, a.Status, a.Body)
			}
		}
	}
	byKey := s.Client(t)
	byKey.Header["Authorization"] = key
	byKey.Get("/auth/me").Want(http.StatusOK)
	for _, op := range s.Operations() {
		if op.Path == "/auth/me" && op.Method == http.MethodGet || !op.NeedsBearer() && op.Document != "lynx" {
			continue
		}
		a := byKey.Do(kit.Request{Method: op.Method, Path: of(op, nothing), Body: op.ExampleBody()})
		if a.Status < http.StatusBadRequest || a.Status >= http.StatusInternalServerError {
			t.Errorf("an API key at %s %s: status %d, body %s", op.Method, op.Path, a.Status, a.Body)
		}
	}
	for dialect, path := range members {
		if opaque.Get(path).Status != http.StatusOK {
			t.Errorf("an opaque token is refused at %s's %s", dialect, path)
		}
	}
	if got := keyOf(owner); got != key {
		t.Error("an API key has replaced itself")
	}
}

// keyOf is the API key of the client's account.
func keyOf(c *kit.Client) string {
	return kit.Object[struct{ Result struct{ Secret string } }](c.Get("/auth/me").Want(http.StatusOK)).Result.Secret
}

// Whatever an account had through whichever dialect is dead with it.
func TestAZ06(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "lynx")
	clients := map[string]*kit.Client{}
	for _, dialect := range kit.Dialects {
		clients[dialect] = s.Client(t)
		clients[dialect].SignInBy(dialect, acc, "").Want(http.StatusOK)
	}
	key := keyOf(clients["lynx"])
	refresh := kit.Object[struct {
		RefreshToken string `json:"refresh_token"`
	}](s.Client(t).SignInBy("wolf", acc, "")).RefreshToken
	clients["nerdcult"].Delete("/account/delete", nil).Want(http.StatusOK)
	for dialect, c := range clients {
		c.Get("/sign/check").RefusedBy("ild", http.StatusUnauthorized)
		for _, path := range members {
			if a := c.Get(path); a.Status != http.StatusUnauthorized {
				t.Errorf("%s's session at %s: status %d", dialect, path, a.Status)
			}
		}
	}
	clients["ild"].Bearer = ""
	clients["ild"].Get("/sign/refresh").RefusedBy("ild", http.StatusUnauthorized)
	s.Client(t).Form("/auth/refresh", "refresh_token", refresh).RefusedBy("wolf", http.StatusUnauthorized)
	byKey := s.Client(t)
	byKey.Header["Authorization"] = key
	byKey.Get("/auth/me").RefusedBy("lynx", http.StatusUnauthorized)
	for _, dialect := range kit.Dialects {
		unknown := kit.Account{Username: kit.Name(), Email: kit.Name() + "@example.com", Password: acc.Password}
		gone, never := s.Client(t).SignInBy(dialect, acc, ""), s.Client(t).SignInBy(dialect, unknown, "")
		if gone.Status != never.Status || string(gone.Body) != string(never.Body) || gone.Status == http.StatusOK {
			t.Errorf("%s tells of it: %d %s, an unknown account: %d %s", dialect, gone.Status, gone.Body, never.Status, never.Body)
		}
	}
}

// No dialect tells a wrong password from an unknown account, and a registration that waits is told of to who knows its
// password alone; nerdcult tells an unknown name, as its document has it, and then only that.
func TestLG01(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	known, waits, unknown := s.RegisterBy(t, "lynx"), newcomer(), newcomer()
	s.Client(t).Attempt("wolf", waits)
	s.Token(t, waits.Email, kit.Pending)
	for _, dialect := range kit.Dialects {
		answers := map[string]string{}
		for name, acc := range map[string]kit.Account{"known": known, "waiting": waits, "unknown": unknown} {
			acc.Password = kit.Password()
			a := s.Client(t).SignInBy(dialect, acc, "")
			if a.Status < http.StatusBadRequest || a.Status >= http.StatusInternalServerError {
				t.Errorf("%s, %s: status %d", dialect, name, a.Status)
			}
			answers[name] = string(a.Body)
		}
		if dialect == "nerdcult" {
			answers["known"] = answers["unknown"]
		}
		if told := slices.Compact(slices.Sorted(maps.Values(answers))); len(told) != 1 {
			t.Errorf("%s tells them apart: %q", dialect, answers)
		}
	}
	for dialect, status := range map[string]int{"nerdcult": http.StatusFailedDependency, "wolf": http.StatusForbidden} {
		s.Client(t).SignInBy(dialect, waits, "").RefusedBy(dialect, status)
	}
}

func newcomer() kit.Account {
	a := kit.Account{Username: kit.Name(), Password: kit.Password()}
	a.Email = a.Username + "@example.com"
	return a
}

// Wrong passwords are counted together, whichever dialect they come through and by whichever name.
func TestLG03(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "lynx")
	wrong := acc
	for range 2 {
		for _, dialect := range kit.Dialects {
			wrong.Password = kit.Password()
			if a := s.Client(t).SignInBy(dialect, wrong, ""); a.Status != http.StatusUnauthorized && a.Status != http.StatusForbidden || a.Header.Get("Retry-After") != "" {
				t.Fatalf("%s: status %d, body %s", dialect, a.Status, a.Body)
			}
		}
	}
	for _, dialect := range kit.Dialects {
		status := http.StatusTooManyRequests
		if dialect == "nerdcult" {
			status = http.StatusForbidden
		}
		s.Client(t).SignInBy(dialect, acc, "").RefusedBy(dialect, status).Waits()
	}
}

// A registration that waits is no account: it takes no name, and nothing but its link makes it one.
func TestRS10(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, dialect := range []string{"nerdcult", "wolf"} {
		squatter := newcomer()
		s.Client(t).Attempt(dialect, squatter)
		link := s.Token(t, squatter.Email, kit.Pending)
		s.Client(t).Post("/users/auth/password/reset", object{"token": link, "password": kit.Password()}).Refused(http.StatusUnprocessableEntity, "invalid_token")
		s.Client(t).Post("/sign/reset/"+link, object{"password": kit.Password()}).RefusedBy("ild", http.StatusBadRequest)
		s.Client(t).Post("/sign/reset", object{"email": squatter.Email}).Want(http.StatusOK)
		for _, m := range s.Mails(t, squatter.Email) {
			if m.Is(kit.Reset) {
				t.Errorf("%s: a registration that waits is mailed a reset", dialect)
			}
		}
		for _, guess := range []string{"", link[:len(link)-1], link + "A", strings.ToUpper(link), s.Token(t, s.RegisterBy(t, "legion").Email, kit.Verify)[:20]} {
			if a := s.Client(t).Post("/account/verify", object{"token": guess}); a.Status != http.StatusNotFound && a.Status != http.StatusBadRequest {
				t.Errorf("%s: verify with %q: status %d", dialect, guess, a.Status)
			}
		}
		owner := newcomer()
		owner.Username = squatter.Username
		s.Client(t).Attempt("lynx", owner)
		s.Client(t).SignInBy("lynx", owner, "").Want(http.StatusOK)
		if a := s.Client(t).Post("/account/verify", object{"token": link}); a.Status < http.StatusBadRequest {
			t.Errorf("%s: the name was taken from its owner: status %d", dialect, a.Status)
		}
		s.Client(t).SignInBy("lynx", owner, "").Want(http.StatusOK)
	}
}

// ild's list begins behind an id and nowhere else, and is for admins alone.
func TestAZ08(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	admin := s.Admin(t)
	first := kit.Object[[]struct{ ID string }](admin.Get("/user?limit=1").Want(http.StatusOK))
	if len(first) != 1 {
		t.Fatalf("a list of %d", len(first))
	}
	for _, query := range []string{
		"limit=0", "limit=-1", "limit=01", "limit=1.5", "limit=1e3", "limit=+1", "limit=%201", "limit=2147483648", "limit=", "limit[$gt]=1", "limit=1&limit=2",
		"after=", "after=x", "after=" + strings.ToLower(first[0].ID), "after=" + first[0].ID + "'", "after[$gt]=", "after=%7B%22$gt%22:%22%22%7D", "after=8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
		"after=" + first[0].ID + "&after=" + first[0].ID,
	} {
		if a := admin.Get("/user?" + query); a.Status != http.StatusBadRequest && !(strings.Contains(query, "[$gt]") && a.Status == http.StatusOK) {
			t.Errorf("%s: status %d, body %.200s", query, a.Status, a.Body)
		}
	}
	if got := kit.Object[[]any](admin.Get("/user?after=7ZZZZZZZZZZZZZZZZZZZZZZZZZ").Want(http.StatusOK)); len(got) != 0 {
		t.Errorf("behind the last id: %d users", len(got))
	}
	for _, query := range []string{"", "?limit=1", "?after=" + first[0].ID} {
		s.Client(t).Get("/user"+query).RefusedBy("ild", http.StatusUnauthorized)
		signedInBy(t, s, "ild").Get("/user"+query).RefusedBy("ild", http.StatusForbidden)
	}
}
