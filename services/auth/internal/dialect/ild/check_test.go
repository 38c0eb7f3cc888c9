package ild_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

// signIn makes an account and signs it in through legion, which needs no email.
func (s server) signIn(t *testing.T, p userscontract.Person) (usersapi.Account, core.SignedIn) {
	t.Helper()
	p.Password = coretest.Password
	a := s.Users.Add(p)
	in, err := s.Login(t.Context(), usersapi.Login{Username: p.Username}, secret.New(p.Password), "", core.Client{Dialect: session.Legion})
	if err != nil {
		t.Fatal(err)
	}
	return a, in
}

// told are the headers for an ingress.
func told(a webtest.Answer) map[string][]string {
	headers := map[string][]string{}
	for _, name := range []string{"X-Auth-User-Id", "X-Auth-User-Role", "X-Auth-User-Email", "X-Auth-Email-Verified"} {
		if values := a.Header.Values(name); values != nil {
			headers[name] = values
		}
	}
	return headers
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		person  userscontract.Person
		body    string // behind the id
		headers map[string][]string
	}{
		"verified": {
			userscontract.Person{Username: "ada", Email: "ada@example.com", Verified: true},
			`"email":"ada@example.com","emailVerified":true,"role":"standard"`,
			map[string][]string{"X-Auth-User-Role": {"standard"}, "X-Auth-User-Email": {"ada@example.com"}, "X-Auth-Email-Verified": {"true"}},
		},
		"not verified": {
			userscontract.Person{Username: "ada", Email: "ada@example.com"},
			`"email":"ada@example.com","emailVerified":false,"role":"standard"`,
			map[string][]string{"X-Auth-User-Role": {"standard"}, "X-Auth-Email-Verified": {"false"}},
		},
		"no email": {
			userscontract.Person{Username: "ada"},
			`"email":null,"emailVerified":false,"role":"standard"`,
			map[string][]string{"X-Auth-User-Role": {"standard"}, "X-Auth-Email-Verified": {"false"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			a, in := s.signIn(t, test.person)
			test.headers["X-Auth-User-Id"] = []string{string(a.ID)}
			for method, body := range map[string]string{
				http.MethodGet:  `{"authenticated":true,"user":{"id":"` + string(a.ID) + `",` + test.body + `}}`,
				http.MethodHead: "",
			} {
				// What a client says of itself goes nowhere.
				got := s.Do(t, method, "/sign/check", "", "Authorization: Bearer "+in.Access.Reveal(), "X-Auth-User-Id: somebody", "X-Auth-User-Email: somebody@example.com")
				got.Is(t, 200, body)
				if diff := cmp.Diff(test.headers, told(got)); diff != "" {
					t.Errorf("%s: headers (-want +got):\n%s", method, diff)
				}
			}
		})
	}
}

func TestCheckRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	_, in := s.signIn(t, userscontract.Person{Username: "ada"})
	_, gone := s.signIn(t, userscontract.Person{Username: "bob"})
	who, err := session.NewAuthenticator(s.Access, s.Sessions).Authenticate(t.Context(), gone.Access.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Logout(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string]string{
		"nothing":         "Accept: */*",
		"garbage":         "Authorization: Bearer x",
		"a refresh token": "Authorization: Bearer " + in.Refresh.Reveal(),
		"a session ended": "Authorization: Bearer " + gone.Access.Reveal(),
	} {
		got := s.Do(t, http.MethodGet, "/sign/check", "", header)
		got.Is(t, 401, `{"error":"Unauthorized","message":"Authentication required"}`)
		if diff := cmp.Diff(map[string][]string{}, told(got)); diff != "" {
			t.Errorf("%s: headers (-want +got):\n%s", name, diff)
		}
	}
	s.Do(t, http.MethodPost, "/sign/check", "").Is(t, 405, `{"error":"Method Not Allowed","message":"This path has other methods."}`)
	s.Do(t, http.MethodGet, "/sign/unknown", "").Is(t, 404, `{"error":"Not Found","message":"Resource not found"}`)
}

// The check follows the account while the session goes on.
func TestCheckFollowsTheAccount(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a, in := s.signIn(t, userscontract.Person{Username: "ada", Email: "ada@example.com"})
	if err := s.Sessions.Update(t.Context(), a.ID, session.Standing{Epoch: a.Epoch, Role: "admin", Email: "new@example.com", EmailVerified: true}); err != nil {
		t.Fatal(err)
	}
	s.Do(t, http.MethodGet, "/sign/check", "", "Authorization: Bearer "+in.Access.Reveal()).Is(t, 200,
		`{"authenticated":true,"user":{"id":"`+string(a.ID)+`","email":"new@example.com","emailVerified":true,"role":"admin"}}`)
}
