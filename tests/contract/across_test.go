package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// memberRoutes are routes, one of each dialect, that want somebody signed in and change nothing.
var memberRoutes = map[string]string{
	"legion": "/users/auth/sessions", "nerdcult": "/account/tokens", "ild": "/user/profile", "lynx": "/auth/me",
}

// signInBy signs in through a dialect, and fails the test where that is refused.
func signInBy(t *testing.T, s *kit.Suite, dialect string, acc kit.Account, code string) *kit.Client {
	t.Helper()
	c := s.Client(t)
	if a := c.SignInBy(dialect, acc, code); a.Status != http.StatusOK || c.Bearer == "" {
		t.Fatalf("%s: sign-in: status %d, %.300s", dialect, a.Status, a.Body)
	}
	return c
}

func TestAnAccountOfAnyDialectSignsInThroughAll(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, registered := range kit.Dialects {
		t.Run(registered, func(t *testing.T) {
			t.Parallel()
			acc := s.RegisterBy(t, registered)
			for _, dialect := range kit.Dialects {
				c := signInBy(t, s, dialect, acc, "")
				for owner, path := range memberRoutes {
					bare := s.Client(t)
					bare.Bearer = c.Bearer
					if a := bare.Get(path); a.Status != http.StatusOK {
						t.Errorf("%s's token at %s's %s: status %d", dialect, owner, path, a.Status)
					}
				}
			}
		})
	}
}

func TestASessionOfAnyDialectIsSeenAndEndedThroughOthers(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "lynx")
	owner := signInBy(t, s, "legion", acc, "")
	for _, dialect := range kit.Dialects {
		byLegion, byNerdcult := signInBy(t, s, dialect, acc, ""), signInBy(t, s, dialect, acc, "")
		var ids []string
		for _, session := range owner.Sessions() {
			if session.Dialect == dialect && !session.IsCurrent {
				ids = append(ids, session.ID)
			}
		}
		if len(ids) != 2 {
			t.Fatalf("%s: legion lists %v", dialect, ids)
		}
		owner.Delete("/users/auth/sessions/"+ids[0], nil).Want(http.StatusOK)
		owner.Delete("/account/tokens", object{"token": idPart(t, owner, ids[1])}).Want(http.StatusOK)
		if byLegion.Alive() || byNerdcult.Alive() {
			t.Errorf("a session of %s goes on", dialect)
		}
	}
	if !owner.Alive() {
		t.Error("the session that asked has ended")
	}
}

// idPart is how nerdcult lists a session.
func idPart(t *testing.T, c *kit.Client, session string) string {
	t.Helper()
	list := kit.Object[struct{ Tokens [][2]any }](c.Get("/account/tokens").Want(http.StatusOK))
	for _, pair := range list.Tokens {
		if text, _ := pair[0].(string); strings.HasSuffix(text, "-"+session) {
			return text
		}
	}
	t.Fatalf("%s is not in %v", session, list.Tokens)
	return ""
}

func TestARefreshTokenIsWorthNothingInAnotherDialect(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "legion")
	legion, ild, wolf := signInBy(t, s, "legion", acc, ""), signInBy(t, s, "ild", acc, ""), s.Client(t)
	pair := kit.Object[struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}](wolf.SignInBy("wolf", acc, ""))
	tokens := map[string]string{
		"legion": legion.Cookies["refreshToken"], "ild": ild.Cookies["refreshToken"], "wolf": pair.Refresh,
	}
	bearers := map[string]string{"legion": legion.Bearer, "ild": ild.Bearer, "wolf": pair.Access}
	ask := map[string]func(from string) *kit.Answer{
		"legion": func(from string) *kit.Answer {
			c := s.Client(t)
			c.Bearer, c.Cookies["refreshToken"] = bearers[from], tokens[from]
			return c.Refresh()
		},
		"ild": func(from string) *kit.Answer {
			c := s.Client(t)
			c.Cookies["refreshToken"] = tokens[from]
			return c.Get("/sign/refresh")
		},
		"wolf": func(from string) *kit.Answer { return s.Client(t).Form("/auth/refresh", "refresh_token", tokens[from]) },
	}
	for at, refresh := range ask {
		for from := range tokens {
			if from != at {
				if a := refresh(from); a.Status != http.StatusUnauthorized {
					t.Errorf("%s's refresh token at %s: status %d", from, at, a.Status)
				}
			}
		}
	}
	for at, refresh := range ask { // and none of it has cost a session
		if a := refresh(at); a.Status != http.StatusOK {
			t.Errorf("%s's own refresh token: status %d, %.200s", at, a.Status, a.Body)
		}
	}
}

func TestAChallengeIsWorthNothingInAnotherDialect(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterBy(t, "legion")
	c := s.SignIn(t, acc)
	app := c.Enrol(idOf(c), true)
	legions := kit.Data[struct{ Challenge struct{ Token string } }](s.Client(t).Login(acc.Username, acc.Password)).Challenge.Token
	wolfs := kit.Object[struct{ Token string }](s.Client(t).SignInBy("wolf", acc, "")).Token
	code := app.Code()
	otpLogin(s.Client(t), object{"username": acc.Username, "token": code, "challenge": wolfs}).Want(http.StatusUnauthorized)
	s.Client(t).Form("/auth/two-factor", "token", legions, "code", code).Want(http.StatusUnauthorized)
	s.Client(t).Form("/auth/two-factor", "token", wolfs, "code", code).Want(http.StatusOK) // the code was not spent
}

func idOf(c *kit.Client) string {
	return kit.Object[struct{ User struct{ ID string } }](c.Get("/sign/check")).User.ID
}

func TestASecondFactorIsAskedForThroughEveryDialect(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, dialect := range kit.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			acc := s.RegisterBy(t, "legion")
			c := s.SignIn(t, acc)
			app := c.Enrol(idOf(c), true)
			half := s.Client(t)
			if half.SignInBy(dialect, acc, ""); half.Bearer != "" {
				t.Error("a password alone signs in")
			}
			wrong := s.Client(t)
			if a := wrong.SignInBy(dialect, acc, app.Wrong()); a.Status == http.StatusOK || wrong.Bearer != "" {
				t.Error("a wrong code signs in")
			}
			signInBy(t, s, dialect, acc, app.Code())
		})
	}
}

// A stranger registers somebody else's address and leaves whatever can be left there. The owner of the address resets, and
// nothing of it is left.
func TestAResetHealsAnAccountThatAStrangerMade(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, dialect := range []string{"legion", "ild", "lynx"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			stranger := s.RegisterBy(t, dialect)
			session := signInBy(t, s, "lynx", stranger, "")
			key := kit.Object[struct{ Result struct{ Secret string } }](session.Get("/auth/me")).Result.Secret
			enrolled := kit.Object[struct{ Result struct{ URI string } }](session.Get("/auth/totp").Want(http.StatusOK)).Result
			app := kit.NewAuthenticator(t, enrolled.URI)
			codes := kit.Object[struct {
				Result struct{ BackupCodes []string }
			}](
				session.Post("/auth/totp", object{"token": app.Code()}).Want(http.StatusOK)).Result.BackupCodes

			owner := stranger
			owner.Password = kit.Password()
			s.Client(t).Post("/sign/reset", object{"email": owner.Email}).Want(http.StatusOK)
			s.Client(t).Post("/sign/reset/"+s.Token(t, owner.Email, kit.Reset), object{"password": owner.Password}).Want(http.StatusOK)

			if session.Alive() {
				t.Error("the stranger's session goes on")
			}
			code := app.Code() // one for all: nothing spends it, and the next would be half a minute away
			for _, other := range kit.Dialects {
				if c := s.Client(t); c.SignInBy(other, stranger, code).Status == http.StatusOK && c.Bearer != "" {
					t.Errorf("the stranger's password signs in through %s", other)
				}
			}
			byKey := s.Client(t)
			byKey.Header["Authorization"] = key
			byKey.Get("/auth/me").Want(http.StatusUnauthorized)
			s.Client(t).Post("/auth/totp/recover", object{
				"username": owner.Username, "password": owner.Password, "backupCode": codes[0],
			}).Want(http.StatusPreconditionFailed)
			signInBy(t, s, dialect, owner, "")
		})
	}
}

// Where the account is not made before its link is used, the owner can't be made to confirm a stranger's password.
func TestTheOwnerOfAnAddressConfirmsNoStrangersPassword(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, dialect := range []string{"nerdcult", "wolf"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			stranger := kit.Account{Username: kit.Name(), Password: kit.Password()}
			stranger.Email = stranger.Username + "@example.com"
			owner := stranger
			owner.Password = kit.Password()
			s.Client(t).Attempt(dialect, stranger)
			strangers := s.Token(t, stranger.Email, kit.Pending)
			s.Client(t).Attempt(dialect, owner)
			owners := s.Mail(t, owner.Email, func(m kit.Mail) bool { return m.Is(kit.Pending) && m.Token() != strangers }).Token()
			verify := func(token string, password any) *kit.Answer {
				return s.Client(t).Post("/account/verify", object{"token": token, "password": password})
			}
			s.Client(t).Post("/account/verify", object{"token": strangers}).Want(http.StatusUnauthorized)
			verify(strangers, owner.Password).Want(http.StatusUnauthorized)
			verify(owners, owner.Password).Want(http.StatusOK)
			verify(strangers, stranger.Password).Want(http.StatusNotFound)
			signInBy(t, s, "legion", owner, "")
			if a := s.Client(t).SignInBy("legion", stranger, ""); a.Status != http.StatusUnauthorized {
				t.Errorf("the stranger's password: status %d", a.Status)
			}
		})
	}
}
