package contract

import (
	"net/http"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

// tooMany is how each dialect answers whom it holds up.
var tooMany = map[string]int{
	"legion": http.StatusTooManyRequests, "nerdcult": http.StatusForbidden, "ild": http.StatusTooManyRequests,
	"wolf": http.StatusTooManyRequests, "lynx": http.StatusTooManyRequests,
}

func TestEveryDialectHoldsUpWhoAsksTooOften(t *testing.T) {
	t.Parallel()
	s := limited(t)
	acc := s.RegisterBy(t, "legion")
	heldUp := func(t *testing.T, dialect string, a *kit.Answer) {
		t.Helper()
		a.RefusedBy(dialect, tooMany[dialect]).Waits()
		if cc := a.Header.Get("Cache-Control"); cc != "no-store" {
			t.Errorf("%s: Cache-Control %q", dialect, cc)
		}
		if code := kit.Object[struct{ Error any }](a).Error; dialect == "nerdcult" && code != "throttled" {
			t.Errorf("nerdcult: error %q", code)
		}
	}
	t.Run("an address, whichever dialects it signs in through", func(t *testing.T) {
		c := s.From(t, "203.0.113.7")
		burst(t, 30, time.Minute, func(int) *kit.Answer { return otpLogin(c, object{"username": kit.Name(), "token": "123456"}) })
		for _, dialect := range kit.Dialects {
			heldUp(t, dialect, c.SignInBy(dialect, acc, ""))
		}
		heldUp(t, "nerdcult", c.Post("/account/verify", object{"token": "x"}))
		heldUp(t, "ild", c.Post("/sign/verify", object{"token": "x"}))
		heldUp(t, "wolf", c.Form("/auth/two-factor", "token", "x", "code", "123456"))
		heldUp(t, "lynx", c.Post("/auth/totp/recover", object{"username": "x", "password": "x", "backupCode": "x"}))
	})
	t.Run("an account, whichever dialects its password is guessed through", func(t *testing.T) {
		guess := acc
		for i := range 10 {
			guess.Password = kit.Password()
			a := s.From(t, "203.0.113.20").SignInBy(kit.Dialects[i%len(kit.Dialects)], guess, "")
			if a.Status == tooMany["legion"] {
				t.Fatalf("guess %d is held up", i+1)
			}
		}
		for _, dialect := range kit.Dialects {
			heldUp(t, dialect, s.From(t, "203.0.113.21").SignInBy(dialect, acc, ""))
		}
	})
	t.Run("registrations of an address", func(t *testing.T) {
		c := s.From(t, "203.0.113.30")
		burst(t, 20, time.Hour, func(int) *kit.Answer {
			return c.Post("/users", object{"name": "J", "username": kit.Name(), "isTotpEnable": true})
		})
		for _, dialect := range kit.Dialects {
			heldUp(t, dialect, c.RegisterBy(dialect, newcomer()))
		}
	})
	t.Run("mails to an address", func(t *testing.T) {
		to := kit.Name() + "@example.com"
		for range 3 {
			s.From(t, "203.0.113.40").Post("/sign/reset", object{"email": to}).Want(http.StatusOK)
		}
		heldUp(t, "ild", s.From(t, "203.0.113.41").Post("/sign/reset", object{"email": to}))
	})
	t.Run("reads of an address", func(t *testing.T) {
		c := s.From(t, "203.0.113.50")
		burst(t, 600, time.Minute, func(int) *kit.Answer { return c.Get("/users/auth/sessions") })
		heldUp(t, "nerdcult", c.Get("/account/tokens"))
		heldUp(t, "ild", c.Get("/sign/refresh"))
		heldUp(t, "lynx", c.Get("/auth/me"))
	})
}
