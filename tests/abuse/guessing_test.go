package abuse

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

// Another address for each guess makes the budget of an account no larger.
func TestLG05(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	for i := range 10 {
		s.From(t, fmt.Sprintf("198.51.100.%d", i)).Login(acc.Username, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
	}
	for _, address := range []string{"198.51.100.200", "2001:db8:7:7::1"} {
		s.From(t, address).Login(acc.Username, acc.Password).Refused(http.StatusTooManyRequests, "too_many_requests").Waits()
	}
}

// Whoever waits as long as a 429 says is served again.
func TestLG11(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_LIMIT_SCALE": "1"}})
	c := s.From(t, "203.0.113.7")
	guess := func() *kit.Answer {
		return c.Post("/users/otp/login", object{"username": kit.Name(), "token": "123456"})
	}
	a := guess()
	for a.Status == http.StatusUnauthorized {
		a = guess()
	}
	wait := a.Refused(http.StatusTooManyRequests, "too_many_requests").Waits()
	if wait > 4 {
		t.Fatalf("says to wait %d s: an allowance of 30 a minute comes back every 2 s", wait)
	}
	time.Sleep(time.Duration(wait) * time.Second)
	guess().Refused(http.StatusUnauthorized, "invalid_credentials")
}

// Neither a new challenge nor a new address for each guess makes the budget of wrong codes larger, and a stranger's wrong
// codes cost the owner no password.
func TestTO07(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	app := s.SignIn(t, acc).Enrol(acc.ID, true)
	guess := func(i int, code string) *kit.Answer {
		c := s.From(t, fmt.Sprintf("198.51.100.%d", i))
		a := c.Login(acc.Username, acc.Password).Refused(http.StatusForbidden, "two_factor_required")
		challenge := kit.Data[struct{ Challenge struct{ Token string } }](a).Challenge.Token
		return c.Post("/users/otp/login", object{"username": acc.Username, "token": code, "challenge": challenge})
	}
	for i := range 5 {
		guess(i, app.Wrong()).Want(http.StatusUnauthorized)
	}
	guess(100, app.Code()).Refused(http.StatusTooManyRequests, "too_many_requests").Waits()
}
