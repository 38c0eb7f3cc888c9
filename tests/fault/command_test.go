package fault

import (
	"maps"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestHealthcheckAndVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, name := range []string{kit.Auth, kit.Users, kit.Mailer} {
		run := func(args ...string) (*kit.Process, int) {
			p, err := r.Command(name, nil, args...)
			if err != nil {
				t.Fatal(err)
			}
			code, err := p.Await(kit.Patience)
			if err != nil {
				t.Fatal(err)
			}
			return p, code
		}
		if p, code := run("version"); code != 0 || strings.TrimSpace(p.Output()) == "" {
			t.Errorf("%s version: exit code %d, %q", name, code, p.Output())
		}
		if p, code := run("healthcheck"); code != 0 {
			t.Errorf("%s healthcheck: exit code %d, %s", name, code, p.Log())
		}
		if p, code := run("nonsense"); code == 0 || strings.Count(p.Log(), "\n") != 1 {
			t.Errorf("%s nonsense: exit code %d, %q", name, code, p.Log())
		}
		if err := r.Kill(name); err != nil {
			t.Fatal(err)
		}
		if _, code := run("healthcheck"); code == 0 {
			t.Errorf("%s is healthy though it is dead", name)
		}
		if err := r.Restart(name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEachServiceSaysWhatItIsMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, missing := range map[string][]string{
		kit.Auth:   {"WATCHWORD_PUBLIC_URL", "WATCHWORD_REDIS_URL", "WATCHWORD_USERS_URL", "WATCHWORD_MAILER_URL"},
		kit.Users:  {"WATCHWORD_PUBLIC_URL", "WATCHWORD_REDIS_URL", "WATCHWORD_MONGODB_URI", "WATCHWORD_AUTH_URL", "WATCHWORD_MAILER_URL"},
		kit.Mailer: {"WATCHWORD_MONGODB_URI", "WATCHWORD_SMTP_URL", "WATCHWORD_MAIL_FROM"},
	} {
		env := map[string]string{"WATCHWORD_PUBLIC_ADDR": "127.0.0.1:0", "WATCHWORD_INTERNAL_ADDR": "127.0.0.1:0"}
		for _, setting := range missing {
			env[setting] = ""
		}
		p, err := r.Command(name, env)
		if err != nil {
			t.Fatal(err)
		}
		code, err := p.Await(kit.Patience)
		if err != nil || code == 0 {
			t.Errorf("%s: exit code %d, %v", name, code, err)
		}
		for _, setting := range missing {
			if !strings.Contains(p.Log(), setting) {
				t.Errorf("%s: %q does not name %s", name, p.Log(), setting)
			}
		}
		if strings.Count(p.Log(), "\n") != len(missing) {
			t.Errorf("%s: %q is not one line for each", name, p.Log())
		}
	}
}

func TestAStopUnderTrafficBreaksNoRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c, _ := r.SignUp(t)
	var mu sync.Mutex
	var answered map[int]int
	var running sync.WaitGroup
	answered = map[int]int{}
	for range 4 {
		with := c.Clone()
		running.Go(func() {
			for {
				a, err := with.Try(kit.Request{Method: "GET", Path: "/users/auth/sessions"})
				if err != nil {
					return // nobody listens any more
				}
				mu.Lock()
				answered[a.Status]++
				mu.Unlock()
			}
		})
	}
	kit.Eventually(t, "traffic", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return answered[http.StatusOK] > 100
	})
	p := r.Process(kit.Auth)
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code, err := p.Await(kit.Patience); err != nil || code != 0 {
		t.Errorf("exit code %d, %v", code, err)
	}
	running.Wait()
	others := maps.Clone(answered)
	delete(others, http.StatusOK)
	if len(others) > 0 {
		t.Errorf("answers that are not well: %v", others)
	}
	if err := r.Restart(kit.Auth); err != nil {
		t.Fatal(err)
	}
}
