package contract

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

// limited is a suite with the limits that everybody has.
func limited(t *testing.T) *kit.Suite {
	t.Helper()
	return kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_LIMIT_SCALE": "1"}})
}

// throttled fails the test unless the answer is legion's 429, and gives the seconds to wait.
func throttled(t *testing.T, a *kit.Answer) int {
	t.Helper()
	wait := a.Refused(http.StatusTooManyRequests, "too_many_requests").Waits()
	if cc := a.Header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("a 429 has Cache-Control %q", cc)
	}
	return wait
}

// burst sends until it is throttled, and demands that this comes after count in per: as allowances come back with time, after
// as many more as came back meanwhile. It gives the seconds to wait.
func burst(t *testing.T, count int, per time.Duration, send func(i int) *kit.Answer) int {
	t.Helper()
	started := time.Now()
	for n := 0; ; n++ {
		a := send(n)
		if a.Status != http.StatusTooManyRequests {
			if back := int(time.Since(started) / (per / time.Duration(count))); n > count+back+1 {
				t.Fatalf("%d in %s are not too many", n, time.Since(started))
			}
			continue
		}
		if n < count {
			t.Errorf("%d are too many, want %d", n, count)
		}
		return throttled(t, a)
	}
}

func TestThirtySignInTriesAMinuteFromAnAddress(t *testing.T) {
	t.Parallel()
	s := limited(t)
	tries := func(c *kit.Client, spoof func(i int) map[string]string) {
		t.Helper()
		wait := burst(t, 30, time.Minute, func(i int) *kit.Answer {
			return c.Do(kit.Request{
				Method: "POST", Path: "/users/otp/login", Body: object{"username": kit.Name(), "token": "123456"}, Header: spoof(i),
			})
		})
		if wait > 60 {
			t.Errorf("says to wait %d s", wait)
		}
	}
	t.Run("through the gateway, whatever the client says of itself", func(t *testing.T) {
		tries(s.Client(t), func(i int) map[string]string {
			fake := fmt.Sprintf("198.51.100.%d", i)
			return map[string]string{
				"X-Forwarded-For": fake, "X-Real-Ip": fake, "Forwarded": "for=" + fake, "Cf-Connecting-Ip": fake, "True-Client-Ip": fake,
				"X-Client-Ip": fake, "X-Forwarded-Host": fake,
			}
		})
	})
	t.Run("behind an ingress, by the right-most address", func(t *testing.T) {
		tries(s.From(t, "203.0.113.7"), func(i int) map[string]string {
			return map[string]string{"X-Forwarded-For": fmt.Sprintf("198.51.100.%d, 203.0.113.7", i)}
		})
		a := s.From(t, "203.0.113.8").Login(kit.Name(), "whatever1")
		a.Refused(http.StatusUnauthorized, "invalid_credentials") // another address is not held up
	})
	t.Run("a whole /64 of IPv6 is one", func(t *testing.T) {
		tries(s.From(t, "203.0.113.7"), func(i int) map[string]string {
			return map[string]string{"X-Forwarded-For": fmt.Sprintf("2001:db8:1:2:%x::%x", i, i)}
		})
	})
	t.Run("all ways to sign in together", func(t *testing.T) {
		c := s.From(t, "203.0.113.9")
		burst(t, 30, time.Minute, func(i int) *kit.Answer {
			if i%5 == 0 {
				return c.Login(kit.Name(), "whatever1")
			}
			return otpLogin(c, object{"username": kit.Name(), "token": "123456"})
		})
		throttled(t, c.Login(kit.Name(), "whatever1"))
		throttled(t, c.VerifyEmail("nonsense"))
	})
}

func TestTwentyRegistrationsAnHourFromAnAddress(t *testing.T) {
	t.Parallel()
	s := limited(t)
	c := s.From(t, "203.0.113.7")
	register := func(c *kit.Client) *kit.Answer {
		return c.Post("/users", object{"name": "J", "username": kit.Name(), "isTotpEnable": true})
	}
	if wait := burst(t, 20, time.Hour, func(int) *kit.Answer { return register(c) }); wait > 3600 {
		t.Errorf("says to wait %d s", wait)
	}
	register(s.From(t, "203.0.113.8")).Want(http.StatusCreated)
}

func TestThreeMailsAnHourToARecipientThatSomebodyAskedFor(t *testing.T) {
	t.Parallel()
	s := limited(t)
	known := s.RegisterEmail(t).Email // the first of its three
	unknown := kit.Name() + "@example.com"
	ask := func(i int, path, email string) *kit.Answer {
		return s.From(t, fmt.Sprintf("203.0.113.%d", i)).Post(path, object{"email": email})
	}
	const forgot, resend = "/users/auth/password/forgot", "/users/auth/email/resend"
	ask(1, forgot, known).Want(http.StatusOK)
	ask(2, resend, strings.ToUpper(known)).Want(http.StatusOK)
	throttled(t, ask(3, forgot, known))
	throttled(t, ask(4, resend, known))
	for i := range 3 {
		ask(10+i, forgot, unknown).Want(http.StatusOK)
	}
	throttled(t, ask(20, forgot, unknown)) // so a refusal tells nothing
	s.NothingMore(t)
	if got := len(s.Mails(t, known)); got != 3 {
		t.Errorf("%d mails", got)
	}
}

func TestSixtyMailsAnHourAskedForFromAnAddress(t *testing.T) {
	t.Parallel()
	s := limited(t)
	c := s.From(t, "203.0.113.7")
	burst(t, 60, time.Hour, func(int) *kit.Answer {
		return c.Post("/users/auth/password/forgot", object{"email": kit.Name() + "@example.com"})
	})
}

func TestSixtyRefreshesAMinuteOfASession(t *testing.T) {
	t.Parallel()
	s := limited(t)
	c, _ := s.SignUp(t)
	burst(t, 60, time.Minute, func(int) *kit.Answer {
		a := c.Refresh()
		if a.Status == http.StatusOK {
			c.Took(a)
		}
		return a
	})
	if !c.Alive() {
		t.Error("a throttled refresh ended the session")
	}
	other, _ := s.SignUp(t)
	other.Refresh().Want(http.StatusOK)
}

func TestSixHundredReadsAMinuteFromAnAddress(t *testing.T) {
	t.Parallel()
	s := limited(t)
	acc := s.Register(t)
	c := s.From(t, "203.0.113.7")
	burst(t, 600, time.Minute, func(int) *kit.Answer { return c.Get("/users/" + acc.ID) })
	s.From(t, "203.0.113.8").Get("/users").Want(http.StatusOK)
	owner := s.SignIn(t, acc)
	checks := s.From(t, "203.0.113.9")
	checks.Bearer = owner.Bearer
	for range 700 { // an ingress asks for all its users
		if a := checks.Get("/sign/check"); a.Status != http.StatusOK {
			t.Fatalf("/sign/check: status %d", a.Status)
		}
	}
}

func TestOwnSuccessDoesNotRefillAnAddress(t *testing.T) {
	t.Parallel()
	s := limited(t)
	own := s.Register(t)
	c := s.From(t, "203.0.113.7")
	burst(t, 30, time.Minute, func(i int) *kit.Answer {
		if i%10 == 9 {
			return c.Login(own.Username, own.Password)
		}
		return otpLogin(c, object{"username": kit.Name(), "token": "123456"})
	})
}

func TestForwardedAddressesOfAPeerThatIsNotTrustedAreIgnored(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_LIMIT_SCALE": "1", "WATCHWORD_TRUSTED_PROXIES": "192.0.2.0/24"}})
	burst(t, 30, time.Minute, func(i int) *kit.Answer {
		return otpLogin(s.From(t, fmt.Sprintf("198.51.100.%d", i%250)), object{"username": kit.Name(), "token": "123456"})
	})
}

func TestAFloodOfSignInsIsShed(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	owner, _ := s.SignUp(t)
	c := s.Client(t)
	c.Impatient = true
	c.Get("/csrf-token")
	answers := make([]*kit.Answer, 60)
	kit.Parallel(len(answers)+1, func(i int) {
		if i == len(answers) {
			owner.Get("/sign/check").Want(http.StatusOK) // what needs no hash goes on
			return
		}
		answers[i] = c.Clone().Login(kit.Name(), kit.Password())
	})
	count := statuses(answers)
	if count[http.StatusServiceUnavailable] == 0 || count[http.StatusUnauthorized]+count[http.StatusServiceUnavailable] != len(answers) {
		t.Errorf("statuses %v, want some served and the rest told to come again", count)
	}
	for _, a := range answers {
		if a.Status == http.StatusServiceUnavailable {
			a.Waits()
		}
	}
	kit.Eventually(t, "a sign-in after the flood", func() bool {
		return s.Client(t).Login(kit.AdminName, s.AdminPassword()).Status == http.StatusOK
	})
}
