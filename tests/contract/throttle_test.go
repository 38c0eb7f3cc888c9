package contract

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestTenWrongPasswordsInARow(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t) // a scale of limits by time does not touch failures in a row
	acc := s.RegisterEmail(t)
	ways := []object{
		{"username": acc.Username}, {"username": strings.ToUpper(acc.Username)}, {"email": acc.Email}, {"email": strings.ToUpper(acc.Email)},
	}
	attempt := func(i int, password string) *kit.Answer {
		body := object{"password": password}
		for name, value := range ways[i%len(ways)] {
			body[name] = value
		}
		return s.Client(t).Post("/users/login", body)
	}
	for i := range 10 {
		attempt(i, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
	}
	for i := range ways {
		if wait := throttled(t, attempt(i, acc.Password)); wait > 30 || wait < 20 {
			t.Errorf("says to wait %d s, want 30 at first", wait)
		}
	}
}

func TestUnknownNamesHaveTheSameBudget(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	gone := deleted(t, s)
	tries := func(username string) (list []int) {
		for range 12 {
			list = append(list, s.Client(t).Login(username, kit.Password()).Status)
		}
		return list
	}
	known := tries(s.Register(t).Username)
	for name, username := range map[string]string{"unknown": kit.Name(), "deleted": gone.Username} {
		if diff := cmp.Diff(known, tries(username)); diff != "" {
			t.Errorf("a known and a(n) %s name answer (-known +got):\n%s", name, diff)
		}
	}
}

func TestADeviceThatSignedInBeforeKeepsItsOwnBudget(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc := s.SignUp(t)
	stranger := s.Client(t)
	for range 11 {
		stranger.Login(acc.Username, kit.Password())
	}
	throttled(t, stranger.Login(acc.Username, acc.Password))
	owner.Login(acc.Username, acc.Password).Want(http.StatusOK) // at once, without waiting
	for range 10 {
		owner.Login(acc.Username, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
	}
	throttled(t, owner.Login(acc.Username, acc.Password)) // a device is no way around the limit
	forged := s.Client(t)
	forged.Cookies["__Host-device"] = owner.Cookies["__Host-device"] + "A"
	throttled(t, forged.Login(acc.Username, acc.Password))
}

func TestSuccessClearsTheCountOfWrongPasswords(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	for range 2 {
		for range 9 {
			s.Client(t).Login(acc.Username, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
		}
		s.Client(t).Login(acc.Username, acc.Password).Want(http.StatusOK)
	}
}

func TestAPasswordChangeGuessesAtTheSameBudget(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	for range 10 {
		c.Put("/users/"+acc.ID+"/password", object{"password": kit.Password(), "newPassword": kit.Password()}).
			Refused(http.StatusUnauthorized, "invalid_credentials")
	}
	throttled(t, c.Put("/users/"+acc.ID+"/password", object{"password": acc.Password, "newPassword": kit.Password()}))
	throttled(t, s.Client(t).Login(acc.Username, acc.Password))
	if !c.Alive() {
		t.Error("the session ended")
	}
}

func TestWrongPasswordsAtOnceDoNotWidenTheBudget(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	c := s.Client(t)
	c.Get("/csrf-token")
	count := map[int]int{}
	for range 4 { // few at a time: the pool of hashes takes no more on a busy machine
		answers := make([]*kit.Answer, 5)
		kit.Parallel(len(answers), func(i int) { answers[i] = c.Clone().Login(acc.Username, kit.Password()) })
		for status, n := range statuses(answers) {
			count[status] += n
		}
	}
	// One that was let through and then shed is counted, as it is counted before the hash.
	looked, shed := count[http.StatusUnauthorized], count[http.StatusServiceUnavailable]
	if looked > 10 || looked+shed != 10 {
		t.Errorf("statuses %v, want 10 that are looked at", count)
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
