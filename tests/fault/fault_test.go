// Package fault stops a store or a service of the suite under traffic, by the real binaries, and holds the rows of the
// failure table: the right requests answer 503 with Retry-After, the others go on, and all is well when it returns.
package fault

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

type object = map[string]any

// rig is a suite of processes with a mail server of its own.
type rig struct {
	*kit.Apart
	sink *kit.Sink
}

func newRig(t *testing.T) rig {
	t.Helper()
	sink := kit.NewSink(t)
	return rig{kit.StartAsunder(t, map[string]string{"WATCHWORD_SMTP_URL": sink.URL()}), sink}
}

// token waits for a mail with one of that purpose.
func (r rig) token(t *testing.T, to string, p kit.Purpose) (token string) {
	t.Helper()
	kit.Within(t, time.Minute, "a mail with a token", func() bool {
		for _, m := range r.sink.To(to) {
			if m.Is(p) {
				token = m.Token()
			}
		}
		return token != ""
	})
	return token
}

// way is how a process is taken away and comes back.
type way struct {
	name     string
	down, up func(r rig, name string) error
}

// ways: a process that is dead refuses connections, one that hangs takes them and never answers.
var ways = []way{
	{"killed", func(r rig, name string) error { return r.Kill(name) }, func(r rig, name string) error { return r.Restart(name) }},
	{
		"hanging",
		func(r rig, name string) error { return r.Process(name).Signal(syscall.SIGSTOP) },
		func(r rig, name string) error { return r.Process(name).Signal(syscall.SIGCONT) },
	},
}

// without runs check while that process is away, under light traffic, and then waits until the suite is well again.
func (r rig) without(t *testing.T, name string, w way, check func()) {
	t.Helper()
	stop := r.traffic(t)
	defer stop()
	if err := w.down(r, name); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if err := w.up(r, name); err != nil {
				t.Errorf("%s did not come back: %v", name, err)
			}
		}()
		check()
	}()
	acc := kit.Account{Username: kit.AdminName, Password: r.AdminPassword()}
	kit.Eventually(t, "a sign-in after the outage", func() bool {
		return r.Client(t).Login(acc.Username, acc.Password).Status == http.StatusOK
	})
}

// traffic asks now and then until the test is over; whatever comes must be well or a 503 that says how long to wait.
func (r rig) traffic(t *testing.T) (stop func()) {
	t.Helper()
	c := r.Client(t)
	c.Took(c.Login(kit.AdminName, r.AdminPassword()).Want(http.StatusOK))
	done := make(chan struct{})
	var running sync.WaitGroup
	for _, path := range []string{"/users", "/users/auth/sessions", "/sign/check", "/csrf-token"} {
		with := c.Clone()
		running.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(50 * time.Millisecond):
				}
				a, err := with.Try(kit.Request{Method: "GET", Path: path})
				if err == nil && a.Status == http.StatusServiceUnavailable {
					a.Waits()
				} else if err == nil && a.Status != http.StatusOK {
					t.Errorf("%s answers %d in the outage: %s", path, a.Status, a.Body)
				}
			}
		})
	}
	return func() {
		close(done)
		running.Wait()
	}
}

// unavailable fails the test unless the answer is a 503 that says how long to wait, and nothing of what is behind.
func unavailable(t *testing.T, what string, a *kit.Answer) {
	t.Helper()
	if a.Status != http.StatusServiceUnavailable {
		t.Errorf("%s: status %d, want 503; body %s", what, a.Status, a.Body)
		return
	}
	if wait := a.Waits(); wait > 60 {
		t.Errorf("%s: says to wait %d s", what, wait)
	}
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: headers %v", what, a.Header)
	}
	if len(a.Header.Values("Set-Cookie")) > 0 {
		t.Errorf("%s: sets %q", what, a.Header.Values("Set-Cookie"))
	}
	for _, word := range []string{"mongo", "redis", "dial", "refused", "127.0.0.1", "timeout", "deadline", ".go:"} {
		if strings.Contains(strings.ToLower(string(a.Body)), word) {
			t.Errorf("%s: the body says %q: %s", what, word, a.Body)
		}
	}
}

// asks are requests by what they are.
type asks map[string]func() *kit.Answer

// unavailable sends them all at once, as each may take as long as a time-out, and demands a 503 of each. Those of a pair
// "x, known" and "x, unknown" must be answered alike.
func (list asks) unavailable(t *testing.T) {
	t.Helper()
	names := slices.Sorted(maps.Keys(list))
	answers := make([]*kit.Answer, len(names))
	kit.Parallel(len(names), func(i int) { answers[i] = list[names[i]]() })
	bodies := map[string]string{}
	for i, name := range names {
		unavailable(t, name, answers[i])
		what, who, paired := strings.Cut(name, ", ")
		if body := string(answers[i].Body); paired && who == "unknown" && bodies[what] != body {
			t.Errorf("%s: known %s, unknown %s", what, bodies[what], body)
		} else if paired {
			bodies[what] = body
		}
	}
}

// people are the accounts and sessions of a row.
type people struct {
	acc              kit.Account
	in, out, refresh *kit.Client // signed in: to look, to sign out, to refresh
	token            string      // mailed to acc, not used
}

// people makes a row's accounts.
func (r rig) people(t *testing.T) people {
	t.Helper()
	p := people{acc: r.RegisterEmail(t)}
	p.token = r.token(t, p.acc.Email, kit.Verify)
	p.in, p.out, p.refresh = r.SignIn(t, p.acc), r.SignIn(t, p.acc), r.SignIn(t, p.acc)
	return p
}

// whole fails unless the session that saw the outage is alive and its refresh token was not spent by it.
func (p people) whole(t *testing.T, r rig) {
	t.Helper()
	kit.Eventually(t, "the session", p.in.Alive)
	kit.Eventually(t, "the refresh", func() bool {
		a := p.refresh.Refresh()
		if a.Status == http.StatusUnauthorized {
			t.Fatalf("the refresh token was spent by the outage: %s", a.Body)
		}
		return a.Status == http.StatusOK
	})
	r.SignIn(t, p.acc)
}

// verifies uses the mailed token. Where it was asked with while something hung, that may have been done once it went on: then
// the address is confirmed, and the token spent.
func (p people) verifies(t *testing.T, r rig) {
	t.Helper()
	if a := r.Client(t).VerifyEmail(p.token); a.Status != http.StatusOK {
		a.Refused(http.StatusUnprocessableEntity, "invalid_token")
		kit.Eventually(t, "a confirmed address", func() bool {
			return strings.Contains(string(p.in.Get("/sign/check").Want(http.StatusOK).Body), `"emailVerified":true`)
		})
	}
}

// pair are an ask of something that is known, and of something that isn't.
func (list asks) pair(what string, ask func(c *kit.Client, name string) *kit.Answer, r rig, t *testing.T, known, unknown string) {
	list[what+", known"] = func() *kit.Answer { return ask(r.Client(t), known) }
	list[what+", unknown"] = func() *kit.Answer { return ask(r.Client(t), unknown) }
}

// signIns are what fails wherever a sign-in is impossible.
func (r rig) signIns(t *testing.T, p people) asks {
	list := asks{
		"sign-in by code": func() *kit.Answer {
			return r.Client(t).Post("/users/otp/login", object{"username": p.acc.Username, "token": "123456"})
		},
		"refresh":      p.refresh.Refresh,
		"verification": func() *kit.Answer { return r.Client(t).VerifyEmail(p.token) },
	}
	list.pair("sign-in", func(c *kit.Client, name string) *kit.Answer { return c.Login(name, p.acc.Password) }, r, t, p.acc.Username, kit.Name())
	list.addMails(r, t, p.acc.Email)
	return list
}

// addMails adds the requests that ask for a mail.
func (list asks) addMails(r rig, t *testing.T, known string) {
	for what, path := range map[string]string{"forgotten password": "/users/auth/password/forgot", "another link": "/users/auth/email/resend"} {
		list.pair(what, func(c *kit.Client, email string) *kit.Answer { return c.Post(path, object{"email": email}) }, r, t,
			known, kit.Name()+"@example.com")
	}
}
