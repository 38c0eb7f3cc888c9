package ild_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// signInAs signs in as a dialect does, and gives the access token.
func (s server) signInAs(t *testing.T, name string, dialect session.Dialect, kind core.TokenKind) string {
	t.Helper()
	in, err := s.Login(t.Context(), usersapi.Login{Username: name}, secret.New(coretest.Password), "",
		core.Client{Dialect: dialect, Policy: core.Policy{Token: kind}})
	if err != nil {
		t.Fatal(err)
	}
	return in.Access.Reveal()
}

func TestCheckByBearerOfAnyDialect(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.None)
	for dialect, kind := range map[session.Dialect]core.TokenKind{
		session.Legion: core.Pair, session.Nerdcult: core.Opaque, session.ILD: core.Pair, session.Wolf: core.Pair, session.Lynx: core.Single,
	} {
		t.Log(dialect)
		s.get(t, "/sign/check", "Authorization: Bearer "+s.signInAs(t, "ada", dialect, kind)).Is(t, 200,
			`{"authenticated":true,"user":{"id":"`+string(a.ID)+`","email":"ada@example.com","emailVerified":true,"role":"standard"}}`)
	}
}

// The refresh cookie is read and not rotated, for as long as it is unspent.
func TestCheckByTheRefreshCookie(t *testing.T) {
	t.Parallel()
	s := serve(t)
	first := s.member(t, "ada")
	for range 2 {
		got := s.get(t, "/sign/check", first.cookie)
		got.Has(t, 200, `"email":"ada@example.com"`)
		if cookies := got.Header.Values("Set-Cookie"); cookies != nil {
			t.Errorf("a check sets %q", cookies)
		}
		s.Clock.Advance(time.Hour) // far beyond what an access token lives
	}
	second := tokens(t, s.get(t, "/sign/refresh", first.cookie))
	refused(t, s.get(t, "/sign/check", first.cookie), 401, unauthenticated)
	// A spent one is refused, and it is not taken for reuse: the session lives on.
	s.Clock.Advance(11 * time.Second)
	refused(t, s.get(t, "/sign/check", first.cookie), 401, unauthenticated)
	s.get(t, "/sign/check", second.cookie).Has(t, 200)
	s.get(t, "/sign/logout", second.cookie).Has(t, 200)
	refused(t, s.get(t, "/sign/check", second.cookie), 401, unauthenticated)
}

func TestCheckByLynxsCookie(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	token := s.signInAs(t, "ada", session.Lynx, core.Single)
	s.get(t, "/sign/check", "Cookie: token="+token).Has(t, 200, `"email":"ada@example.com"`)
	refused(t, s.get(t, "/sign/check", "Cookie: other="+token), 401, unauthenticated)
	refused(t, s.get(t, "/sign/check", "Cookie: refreshToken="+token), 401, unauthenticated)
}

// Which of a request's credentials counts: the header, then ild's cookie if it is good, then lynx's.
func TestCheckOfSeveral(t *testing.T) {
	t.Parallel()
	s := serve(t)
	spent := s.member(t, "ada")
	in := tokens(t, s.get(t, "/sign/refresh", spent.cookie))
	s.Add("bob", userscontract.None)
	lynx := "; token=" + s.signInAs(t, "bob", session.Lynx, core.Single)
	_, legion := s.signIn(t, userscontract.Person{Username: "eve"})

	s.get(t, "/sign/check", in.cookie+lynx).Has(t, 200, `"email":"ada@example.com"`)
	s.get(t, "/sign/check", spent.cookie+lynx).Has(t, 200, `"email":"bob@example.com"`)
	s.get(t, "/sign/check", strings.Replace(in.cookie, "Cookie: ", "Cookie: other=x; ", 1), "Authorization: Bearer "+legion.Access.Reveal()).
		Has(t, 200, `"email":null`)
	for _, header := range []string{"Authorization: Bearer x", "Authorization: Basic eDp5", "Authorization: "} {
		refused(t, s.get(t, "/sign/check", in.cookie+lynx, header), 401, unauthenticated)
	}
	refused(t, s.get(t, "/sign/check", "Cookie: refreshToken="+legion.Refresh.Reveal()), 401, unauthenticated)
}

// A check is a safe read: another origin's page may send it, and CORS keeps the answer from it.
func TestCheckFromAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	in := s.member(t, "ada")
	got := s.get(t, "/sign/check", in.cookie, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example")
	got.Has(t, 200)
	if allowed := got.Header.Get("Access-Control-Allow-Origin"); allowed != "" {
		t.Errorf("Access-Control-Allow-Origin %q", allowed)
	}
	s.Do(t, http.MethodHead, "/sign/check", "", in.cookie).Is(t, 200, "")
}
