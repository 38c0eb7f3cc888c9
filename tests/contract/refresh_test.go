package contract

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestRefreshAnswersAsTheDocument(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	c := s.SignIn(t, acc)
	before, token := c.Bearer, c.Cookies["refreshToken"]
	a := c.Refresh().Says(http.StatusOK, "Token refreshed successfully")
	if diff := cmp.Diff([]string{"email", "id", "name", "token", "username"}, members(t, a)); diff != "" {
		t.Errorf("members of data (-want +got):\n%s", diff)
	}
	got := c.Took(a)
	if got.ID != acc.ID || got.Username != acc.Username || got.Email == nil || *got.Email != acc.Email {
		t.Errorf("data %s", a.Body)
	}
	cookie := a.Cookie("refreshToken")
	if cookie == nil || cookie.Value == token || cookie.MaxAge != 2332800 || cookie.Path != "/users/auth/refresh" ||
		!cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie %+v", cookie)
	}
	if c.Bearer == before {
		t.Error("the access token is the same")
	}
	if strings.Contains(string(a.Body), cookie.Value) {
		t.Error("the refresh token is in the body too")
	}
	if cc := a.Header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("Cache-Control %q", cc)
	}
	if !c.Alive() {
		t.Error("the new access token is refused")
	}
}

func TestASecondTabGetsTheSameSuccessor(t *testing.T) {
	t.Parallel()
	first, _ := kit.Shared(t).SignUp(t)
	second := first.Clone()
	a := first.Refresh().Want(http.StatusOK).Cookie("refreshToken").Value
	b := second.Refresh().Want(http.StatusOK).Cookie("refreshToken").Value
	if a != b {
		t.Error("the token that was spent last has another successor now")
	}
	first.Refresh().Want(http.StatusOK)
}

func TestAnOlderRefreshTokenEndsTheSession(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	other := s.SignIn(t, acc)
	stolen := c.Clone()
	for range 2 {
		c.Took(c.Refresh().Want(http.StatusOK))
	}
	if !c.Alive() {
		t.Fatal("the session is not alive before")
	}
	stolen.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	if c.Alive() {
		t.Error("the access token of the session still works")
	}
	c.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	if !other.Alive() {
		t.Error("another session of the account ended too")
	}
}

func TestASpentRefreshTokenIsReuseAfterTheGrace(t *testing.T) {
	t.Parallel()
	c, _ := kit.Shared(t).SignUp(t)
	stolen := c.Clone()
	c.Took(c.Refresh().Want(http.StatusOK))
	time.Sleep(10*time.Second + 200*time.Millisecond) // the grace itself; no condition tells that it is over
	stolen.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	if c.Alive() {
		t.Error("the session lives on")
	}
}

func TestManyRefreshesAtOnceMakeOneSuccessor(t *testing.T) {
	t.Parallel()
	c, _ := kit.Shared(t).SignUp(t)
	tokens := make([]string, 50)
	kit.Parallel(len(tokens), func(i int) {
		tokens[i] = c.Clone().Refresh().Want(http.StatusOK).Cookie("refreshToken").Value
	})
	distinct := map[string]bool{}
	for _, token := range tokens {
		distinct[token] = true
	}
	if len(distinct) != 1 {
		t.Errorf("%d successors of one token", len(distinct))
	}
}

func TestRefreshDoesNotExtendTheSession(t *testing.T) {
	t.Parallel()
	c, _ := kit.Shared(t).SignUp(t)
	before := c.Sessions()[0]
	c.Took(c.Refresh().Want(http.StatusOK))
	after := c.Sessions()[0]
	if before.ID != after.ID || before.ExpiresAt != after.ExpiresAt || before.CreatedAt != after.CreatedAt {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if before.RefreshedAt != nil || after.RefreshedAt == nil {
		t.Errorf("refreshedAt is %v, then %v", before.RefreshedAt, after.RefreshedAt)
	}
	created, err := time.Parse(time.RFC3339, after.CreatedAt)
	if err != nil {
		t.Fatal(err)
	}
	expires, err := time.Parse(time.RFC3339, after.ExpiresAt)
	if err != nil {
		t.Fatal(err)
	}
	if life := expires.Sub(created); life != 30*24*time.Hour {
		t.Errorf("a session lives %s", life)
	}
}

func TestRefreshWantsTheAccessTokenOfTheSameSession(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	stranger, _ := s.SignUp(t)
	another := s.SignIn(t, acc)
	for name, bearer := range map[string]string{
		"none": "", "another account's": stranger.Bearer, "another session's": another.Bearer,
		"the refresh token": c.Cookies["refreshToken"], "nonsense": "nonsense", "cut short": c.Bearer[:len(c.Bearer)-3],
	} {
		t.Run(name, func(t *testing.T) {
			with := c.Clone()
			with.Bearer = bearer
			if a := with.Refresh(); a.Status != http.StatusUnauthorized {
				t.Errorf("status %d, body %s", a.Status, a.Body)
			}
		})
	}
	c.Refresh().Want(http.StatusOK) // nothing of that touched the session
}

func TestRefreshTakesAnExpiredAccessToken(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, _ := s.SignUp(t)
	header, claims := payload(t, c.Bearer)
	expired := maps.Clone(claims)
	for _, name := range []string{"iat", "nbf", "exp"} {
		expired[name] = claims[name].(float64) - 3600
	}
	fresh := c.Bearer
	c.Bearer = kit.JWT(t, header, expired, kit.ES256(s.SigningKey(t)))
	if c.Alive() {
		t.Error("an expired access token is an authority by itself")
	}
	c.Refresh().Want(http.StatusOK)
	c.Bearer = fresh
	if !c.Alive() {
		t.Error("the session ended")
	}
}

func TestRefreshWantsTheCookie(t *testing.T) {
	t.Parallel()
	c, _ := kit.Shared(t).SignUp(t)
	token := c.Cookies["refreshToken"]
	delete(c.Cookies, "refreshToken")
	c.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	c.Post("/users/auth/refresh", object{"refreshToken": token}).Refused(http.StatusUnauthorized, "invalid_refresh_token")
	c.Cookies["refreshToken"] = token
	c.Refresh().Want(http.StatusOK)
}

func TestNoEditOfARefreshTokenIsAccepted(t *testing.T) {
	t.Parallel()
	c, _ := kit.Shared(t).SignUp(t)
	token := c.Cookies["refreshToken"]
	edits := []string{token + "A", token + "=", token + ".", strings.ToUpper(token), "." + token}
	for i := 0; i < len(token); i += 5 {
		other := byte('A')
		if token[i] == other {
			other = 'B'
		}
		edits = append(edits, token[:i], token[:i]+string(other)+token[i+1:])
	}
	for _, edit := range edits {
		with := c.Clone()
		with.Cookies["refreshToken"] = edit
		if a := with.Refresh(); a.Status != http.StatusUnauthorized && a.Status != http.StatusBadRequest {
			t.Errorf("an edited token answers %d: %s", a.Status, a.Body)
		}
	}
	c.Refresh().Want(http.StatusOK)
}

func TestARefusedRefreshClearsNoCookie(t *testing.T) {
	t.Parallel()
	c, _ := kit.Shared(t).SignUp(t)
	a := c.Do(kit.Request{Method: "POST", Path: "/users/auth/refresh", Header: map[string]string{"X-CSRF-Token": ""}})
	a.Refused(http.StatusForbidden, "csrf_invalid")
	if set := a.Header.Values("Set-Cookie"); len(set) > 0 {
		t.Errorf("sets %q", set)
	}
	c.Refresh().Want(http.StatusOK)
}
