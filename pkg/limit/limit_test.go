package limit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/storetest"
)

// clock is a time that tests move. It starts at the real one, as the server lets keys lapse by its own.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// refusals counts what an observer is told.
type refusals struct {
	mu sync.Mutex
	of map[string]int
}

func (r *refusals) add(rule string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]int{}
	}
	r.of[rule]++
}

type fixture struct {
	*limit.Limiter
	cfg   limit.Config
	clock *clock
	told  *refusals
}

func setup(t *testing.T, scale float64) *fixture {
	t.Helper()
	f := &fixture{clock: newClock(), told: &refusals{}}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	f.cfg = limit.Config{Redis: storetest.Redis(t), Key: key, Scale: scale, Now: f.clock.now, Refused: f.told.add}
	f.Limiter = limit.New(f.cfg)
	return f
}

// wait gives how long a refusal says to wait; 0 for none.
func wait(t testing.TB, err error) time.Duration {
	t.Helper()
	if err == nil {
		return 0
	}
	var refused *fault.Fault
	if !errors.As(err, &refused) || refused.Reason != fault.Throttled || refused.RetryAfter <= 0 {
		t.Errorf("not a refusal with a time to wait: %v", err)
		return 0
	}
	return refused.RetryAfter
}

func rules() []limit.Rule {
	return []limit.Rule{limit.SignIn(), limit.Registration(), limit.MailHour(), limit.MailDay(), limit.MailAddress(), limit.Reads()}
}

// takers are the implementations that a rule is used with, under one clock.
func (f *fixture) takers(t testing.TB, rule limit.Rule, scale float64) map[string]func(key string) error {
	t.Helper()
	takers := map[string]func(string) error{"local": limit.NewLocal(rule, scale, f.clock.now, f.told.add).Take}
	if rule != limit.Reads() {
		takers["redis"] = func(key string) error { return f.Take(t.Context(), rule, key) }
	}
	return takers
}

func TestTheAllowanceIsExact(t *testing.T) {
	t.Parallel()
	for _, rule := range rules() {
		for _, scale := range []float64{0.5, 1, 3} {
			f := setup(t, scale)
			takers := f.takers(t, rule, scale)
			for name, take := range takers {
				want := int(float64(rule.Count) * scale)
				for n := range want {
					if w := wait(t, take("a")); w != 0 {
						t.Fatalf("%s %s: number %d of %d waits %v", name, rule.Name, n+1, want, w)
					}
				}
				w := wait(t, take("a"))
				if w == 0 {
					t.Fatalf("%s %s: number %d of %d passes", name, rule.Name, want+1, want)
				}
				if wait(t, take("b")) != 0 {
					t.Errorf("%s %s: another key waits too", name, rule.Name)
				}
				f.clock.advance(w) // waiting that long is enough, and for one only
				if again := wait(t, take("a")); again != 0 {
					t.Errorf("%s %s: waits %v after waiting %v", name, rule.Name, again, w)
				}
				if wait(t, take("a")) == 0 {
					t.Errorf("%s %s: two pass after the wait of one", name, rule.Name)
				}
				f.clock.advance(rule.Per) // and a whole window gives all of it back
				for range want {
					if w := wait(t, take("a")); w != 0 {
						t.Fatalf("%s %s: waits %v after a whole window", name, rule.Name, w)
					}
				}
			}
			if got, want := f.told.of[rule.Name], 2*len(takers); got != want {
				t.Errorf("%s: %d refusals were told, want %d", rule.Name, got, want)
			}
		}
	}
}

// TestNoWindowHoldsMoreThanTwice: GCRA allows a burst and then its rate, so never above the double in any window.
func TestNoWindowHoldsMoreThanTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := newClock()
		rule := limit.Rule{Name: "x", Count: rapid.IntRange(1, 20).Draw(rt, "count"), Per: time.Minute}
		l := limit.NewLocal(rule, 1, c.now, func(string) {})
		var passed []time.Time
		for range 200 {
			c.advance(time.Duration(rapid.IntRange(0, 10_000).Draw(rt, "ms")) * time.Millisecond)
			if l.Take("a") == nil {
				passed = append(passed, c.now())
			}
		}
		for i, from := range passed {
			n := 0
			for _, at := range passed[i:] {
				if at.Sub(from) < rule.Per {
					n++
				}
			}
			if n > 2*rule.Count {
				rt.Fatalf("%d within a window of %d", n, rule.Count)
			}
		}
	})
}

func TestParallelAttemptsStayWithinTheAllowance(t *testing.T) {
	t.Parallel()
	f := setup(t, 1)
	replicas := []*limit.Limiter{limit.New(f.cfg), limit.New(f.cfg), limit.New(f.cfg)}
	for name, attempt := range map[string]func(l *limit.Limiter) error{
		"Take":    func(l *limit.Limiter) error { return l.Take(t.Context(), limit.SignIn(), "a") },
		"Attempt": func(l *limit.Limiter) error { return l.Attempt(t.Context(), "a") },
	} {
		var passed atomic.Int64
		var wg sync.WaitGroup
		for n := range 20 {
			wg.Go(func() {
				for range 25 {
					if wait(t, attempt(replicas[n%3])) == 0 {
						passed.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if got, want := passed.Load(), map[string]int64{"Take": 30, "Attempt": 10}[name]; got != want {
			t.Errorf("%s: %d of 500 passed, want %d", name, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	want := map[int64]time.Duration{
		0: 0, 1: 0, 9: 0, 10: 30 * time.Second, 11: time.Minute, 12: 2 * time.Minute, 13: 4 * time.Minute,
		14: 8 * time.Minute, 15: 16 * time.Minute, 16: 32 * time.Minute, 17: time.Hour, 18: time.Hour, 1 << 40: time.Hour,
	}
	got := map[int64]time.Duration{}
	for n := range want {
		got[n] = limit.Backoff(n)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestAttemptsWaitByBackoff fails without end: what the script waits is what Backoff says, and refusals count nothing.
func TestAttemptsWaitByBackoff(t *testing.T) {
	t.Parallel()
	f := setup(t, 100) // failures in a row are never scaled
	for n := range int64(20) {
		want := limit.Backoff(n)
		if want > 0 {
			for _, d := range []time.Duration{0, want - time.Second, time.Second - time.Millisecond} {
				f.clock.advance(d)
				want -= d
				if got := wait(t, f.Attempt(t.Context(), "ann")); got != want {
					t.Fatalf("after %d failures: wait %v, want %v", n, got, want)
				}
			}
			f.clock.advance(want)
		}
		if got := wait(t, f.Attempt(t.Context(), "ann")); got != 0 {
			t.Fatalf("attempt %d waits %v", n+1, got)
		}
	}
	if wait(t, f.Attempt(t.Context(), "bob")) != 0 {
		t.Error("another key waits too")
	}
	if f.told.of["failures"] != 30 {
		t.Errorf("told %v", f.told.of)
	}
}

func TestSuccessClearsFailuresAndNothingElse(t *testing.T) {
	t.Parallel()
	f := setup(t, 1)
	ctx := t.Context()
	for range 10 {
		if wait(t, f.Attempt(ctx, "ann")) != 0 {
			t.Fatal("waits")
		}
	}
	for range 30 {
		if wait(t, f.Take(ctx, limit.SignIn(), "ann")) != 0 {
			t.Fatal("waits")
		}
	}
	if err := f.Succeeded(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		if wait(t, f.Attempt(ctx, "ann")) != 0 {
			t.Errorf("attempt %d after a success waits", n+1)
		}
	}
	if wait(t, f.Take(ctx, limit.SignIn(), "ann")) == 0 {
		t.Error("a success gave the window back (LG-10)")
	}
}

// TestKeys lists what each script leaves in Redis: one key, of a hash tag of its own, that lapses and names nobody.
func TestKeys(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		run func(f *fixture, ctx context.Context) error
		ttl time.Duration
	}{
		":sign_in":  {func(f *fixture, ctx context.Context) error { return f.Take(ctx, limit.SignIn(), "ann@example.com") }, 2 * time.Second},
		":failures": {func(f *fixture, ctx context.Context) error { return f.Attempt(ctx, "ann@example.com") }, 24 * time.Hour},
	} {
		f := setup(t, 1)
		named := &names{}
		f.cfg.Redis.AddHook(named)
		if err := tt.run(f, t.Context()); err != nil {
			t.Fatal(err)
		}
		keys := slices.Compact(named.keys)
		if len(keys) != 1 || !strings.HasPrefix(keys[0], "ww:limit:{") || !strings.HasSuffix(keys[0], "}"+name) || strings.Contains(keys[0], "ann") {
			t.Fatalf("%s: names %q", name, keys)
		}
		tag := keys[0][strings.Index(keys[0], "{") : strings.Index(keys[0], "}")+1]
		held, _, err := f.cfg.Redis.Scan(t.Context(), 0, "*"+tag+"*", 100_000).Result()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(held, keys) {
			t.Errorf("%s: left %q, named %q", name, held, keys)
		}
		if ttl := f.cfg.Redis.PTTL(t.Context(), keys[0]).Val(); ttl <= 0 || ttl > tt.ttl {
			t.Errorf("%s: lives for %v", name, ttl)
		}
	}
}

// names records the keys that scripts name.
type names struct{ keys []string }

func (n *names) DialHook(next redis.DialHook) redis.DialHook { return next }

func (n *names) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (n *names) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); strings.HasPrefix(cmd.Name(), "eval") {
			for _, key := range args[3 : 3+args[2].(int)] {
				n.keys = append(n.keys, key.(string))
			}
		}
		return next(ctx, cmd)
	}
}

func TestAnOutageNeverAllows(t *testing.T) {
	t.Parallel()
	f := setup(t, 1)
	f.cfg.Redis = redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = f.cfg.Redis.Close() })
	l := limit.New(f.cfg)
	for name, err := range map[string]error{
		"Take":      l.Take(t.Context(), limit.SignIn(), "a"),
		"Attempt":   l.Attempt(t.Context(), "a"),
		"Succeeded": l.Succeeded(t.Context(), "a"),
	} {
		if !fault.Has(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddressKey(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1":                  "192.0.2.1",
		"::ffff:192.0.2.1":           "192.0.2.1",
		"2001:db8:1:2:3:4:5:6":       "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1":       "2001:db8:1:2::/64",
		"2001:db8:1:3::1":            "2001:db8:1:3::/64",
		"fe80::1%eth0":               "fe80::/64",
		"::1":                        "::/64",
		"2001:0db8:0001:0002:0::0:1": "2001:db8:1:2::/64",
	} {
		if got := limit.AddressKey(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
