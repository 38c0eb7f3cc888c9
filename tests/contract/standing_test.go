package contract

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

// toldIngress are the headers by which the check tells an ingress who asks.
func toldIngress(a *kit.Answer) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"X-Auth-User-Id", "X-Auth-User-Role", "X-Auth-Email-Verified", "X-Auth-User-Email"} {
		if value := a.Header.Get(name); value != "" {
			out[name] = value
		}
	}
	return out
}

func TestTheCheckFollowsTheAccount(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "lynx")
	owner, byCookie := signInBy(t, s, "lynx", acc, ""), s.Client(t)
	byCookie.SignInBy("ild", acc, "").Want(http.StatusOK)
	byCookie.Bearer = ""
	id := idOf(owner)
	says := func(want map[string]string) {
		t.Helper()
		want["X-Auth-User-Id"] = id
		for name, c := range map[string]*kit.Client{"Bearer": owner, "cookie": byCookie} {
			if diff := cmp.Diff(want, toldIngress(c.Get("/sign/check").Want(http.StatusOK))); diff != "" {
				t.Errorf("by the %s (-want +got):\n%s", name, diff)
			}
		}
	}
	says(map[string]string{"X-Auth-User-Role": "standard", "X-Auth-Email-Verified": "false"})
	s.Client(t).Post("/sign/verify", object{"token": s.Token(t, acc.Email, kit.Verify)}).Want(http.StatusOK)
	says(map[string]string{"X-Auth-User-Role": "standard", "X-Auth-Email-Verified": "true", "X-Auth-User-Email": acc.Email})

	changed := newcomer().Email
	owner.Patch("/auth/email", object{"newEmail": changed, "password": acc.Password}).Want(http.StatusOK)
	says(map[string]string{"X-Auth-User-Role": "standard", "X-Auth-Email-Verified": "false"})
	s.Client(t).Post("/account/verify", object{"token": s.Token(t, changed, kit.Verify)}).Want(http.StatusOK)
	says(map[string]string{"X-Auth-User-Role": "standard", "X-Auth-Email-Verified": "true", "X-Auth-User-Email": changed})

	s.Admin(t).Put("/users/"+id+"/role", object{"role": "admin"}).Want(http.StatusOK) // ends the account's sessions
	for name, c := range map[string]*kit.Client{"Bearer": owner, "cookie": byCookie} {
		if a := c.Get("/sign/check").Want(http.StatusUnauthorized); len(toldIngress(a)) > 0 {
			t.Errorf("by the %s: tells %v beside a refusal", name, toldIngress(a))
		}
	}
	acc.Email = changed
	owner = signInBy(t, s, "ild", acc, "")
	byCookie.SignInBy("ild", acc, "").Want(http.StatusOK)
	byCookie.Bearer = ""
	says(map[string]string{"X-Auth-User-Role": "admin", "X-Auth-Email-Verified": "true", "X-Auth-User-Email": changed})
}

func TestAPasswordChangedThroughAnyDialectEndsTheSessionsOfAll(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for by, change := range map[string]func(c *kit.Client, id, now, next string) *kit.Answer{
		"lynx": func(c *kit.Client, _, now, next string) *kit.Answer {
			return c.Patch("/auth/password", object{"password": now, "newPassword": next})
		},
		"ild": func(c *kit.Client, _, now, next string) *kit.Answer {
			return c.Put("/user/changepassword", object{"currentPassword": now, "newPassword": next})
		},
		"legion": func(c *kit.Client, id, now, next string) *kit.Answer {
			return c.Put("/users/"+id+"/password", object{"password": now, "newPassword": next})
		},
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			acc := s.RegisterBy(t, by)
			owner, others := signInBy(t, s, by, acc, ""), map[string]*kit.Client{}
			for _, dialect := range kit.Dialects {
				others[dialect] = signInBy(t, s, dialect, acc, "")
			}
			next := acc
			next.Password = kit.Password()
			change(owner, idOf(owner), acc.Password, next.Password).Want(http.StatusOK)
			for dialect, c := range others {
				for of, path := range memberRoutes {
					if a := c.Get(path); a.Status != http.StatusUnauthorized {
						t.Errorf("%s's token at %s's %s: status %d", dialect, of, path, a.Status)
					}
				}
				if c := s.Client(t); c.SignInBy(dialect, acc, "").Status == http.StatusOK {
					t.Errorf("the old password signs in through %s", dialect)
				}
			}
			if !owner.Alive() {
				t.Error("the session that asked has ended")
			}
			signInBy(t, s, by, next, "")
		})
	}
}

func TestLynxsManualRecovery(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "lynx")
	c := signInBy(t, s, "lynx", acc, "")
	enrolled := kit.Object[struct{ Result struct{ URI string } }](c.Get("/auth/totp").Want(http.StatusOK)).Result
	c.Post("/auth/totp", object{"token": kit.NewAuthenticator(t, enrolled.URI).Code()}).Want(http.StatusOK)
	s.Client(t).SignInBy("lynx", acc, "").RefusedBy("lynx", http.StatusForbidden)
	s.SetAccount(t, acc.Username, map[string]any{"totp.enabled": false}) // what the document has the operator type
	for _, dialect := range kit.Dialects {
		signInBy(t, s, dialect, acc, "")
	}
	me := kit.Object[struct{ Result struct{ TOTP bool } }](c.Get("/auth/me").Want(http.StatusOK)).Result
	if me.TOTP {
		t.Error("the account still has a second factor")
	}
	c.Patch("/auth/username", object{"newUsername": kit.Name(), "password": acc.Password}).Want(http.StatusOK) // without a code
	c.Get("/auth/totp").Want(http.StatusOK)                                                                    // and it may be enrolled again
}
