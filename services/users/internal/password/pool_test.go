package password

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gate is a source of salts that gives one whenever the test says so; each hash waits for it in its slot.
type gate chan struct{}

func (g gate) Read(b []byte) (int, error) {
	<-g
	return len(b), nil
}

// log remembers what an Observer is told.
type log struct {
	mu       sync.Mutex
	started  []Lane
	waited   []time.Duration
	running  int
	most     int
	rejected map[string]int
}

func (l *log) HashStarted(lane Lane, waited time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started = append(l.started, lane)
	l.waited = append(l.waited, waited)
	l.running++
	l.most = max(l.most, l.running)
}

func (l *log) HashDone(Lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
}

func (l *log) HashRejected(lane Lane, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rejected == nil {
		l.rejected = map[string]int{}
	}
	l.rejected[lane.String()+" "+why]++
}

func (l *log) refusals() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.rejected)
}

// bench is a pool whose hashes end when the test opens the gate.
type bench struct {
	*Pool
	*log
	gate gate
	done sync.WaitGroup
}

func newBench(t *testing.T, d PoolDeps) *bench {
	t.Helper()
	b := &bench{log: &log{}, gate: make(gate)}
	hasher, err := NewHasherForTests(b.gate, pepper("k1", 1))
	if err != nil {
		t.Fatal(err)
	}
	d.Hasher, d.Observer, d.Now, d.Rand = hasher, b.log, time.Now, rand.Reader
	if b.Pool, err = NewPool(d); err != nil {
		t.Fatal(err)
	}
	return b
}

// ask asks for a hash and comes back once it is computed at the gate, waits or is refused.
func (b *bench) ask(ctx context.Context, lane Lane) *error {
	var err error
	b.done.Go(func() { _, err = b.Hash(ctx, lane, "correct horse") })
	synctest.Wait()
	return &err
}

// open lets one hash end, and comes back once its slot has its next one.
func (b *bench) open() {
	b.gate <- struct{}{}
	synctest.Wait()
}

func wantOverloaded(t *testing.T, err error) {
	t.Helper()
	var over *OverloadedError
	if !errors.As(err, &over) || over.RetryAfter < time.Second || over.RetryAfter > 3*time.Second {
		t.Errorf("error %v, want an OverloadedError of 1 to 3 s", err)
	}
}

// Whatever happens to those who wait, no more hashes than slots are computed at a time, and no slot is lost.
func TestPoolKeepsItsSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const slots = 3
		b := newBench(t, PoolDeps{Slots: slots, Queue: 8})
		for i := range 300 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*37%700)*time.Millisecond)
			defer cancel()
			b.done.Go(func() {
				time.Sleep(time.Duration(i*13%900) * time.Millisecond)
				_, _ = b.Hash(ctx, Lane(i%3), "correct horse")
			})
		}
		b.done.Go(func() {
			for range 100 {
				time.Sleep(30 * time.Millisecond)
				select {
				case b.gate <- struct{}{}:
				default:
				}
			}
			close(b.gate)
		})
		b.done.Wait()
		if b.most != slots || b.running != 0 || b.free != slots {
			t.Errorf("at most %d at a time, %d still counted, %d free", b.most, b.running, b.free)
		}
		for _, why := range []string{RejectedFull, RejectedLate, RejectedCancelled} {
			if b.rejected["sign_in "+why]+b.rejected["change "+why]+b.rejected["registration "+why] == 0 {
				t.Errorf("nobody was refused as %s: the test does not reach what it is about", why)
			}
		}
	})
}

func TestPoolVerify(t *testing.T) {
	t.Parallel()
	older := cheap(t, pepper("k1", 1))
	hasher, seen := cheap(t, pepper("k2", 2), pepper("k1", 1)), &log{}
	p, err := NewPool(PoolDeps{Hasher: hasher, Observer: seen, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := p.Hash(t.Context(), LaneChange, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, hash, password string
		ok, rehash           bool
		err                  error
	}{
		{"current", fresh, "correct horse", true, false, nil},
		{"current, wrong", fresh, "wrong horse", false, false, nil},
		{"an older pepper", hashOf(t, older, "correct horse"), "correct horse", true, true, nil},
		{"an older pepper, wrong", hashOf(t, older, "correct horse"), "wrong horse", false, false, nil},
		{"none", "", "correct horse", false, false, nil},
		{"an unreadable one", "correct horse", "correct horse", false, false, ErrUnreadable},
	} {
		before := len(seen.started)
		ok, rehash, err := p.Verify(t.Context(), LaneSignIn, c.hash, c.password)
		if ok != c.ok || rehash != c.rehash || !errors.Is(err, c.err) {
			t.Errorf("%s: Verify = %v, %v, %v; want %v, %v, %v", c.name, ok, rehash, err, c.ok, c.rehash, c.err)
		}
		if n := len(seen.started) - before; n != 1 || seen.running != 0 {
			t.Errorf("%s: %d hashes counted, %d still running", c.name, n, seen.running)
		}
	}
}

// gateless gives its own bytes, again and again.
type gateless []byte

func (g gateless) Read(b []byte) (int, error) { return copy(b, g), nil }

func TestNewPool(t *testing.T) {
	t.Parallel()
	good := PoolDeps{Hasher: cheap(t, pepper("k1", 1)), Observer: &log{}, Now: time.Now, Rand: rand.Reader}
	for name, c := range map[string]struct {
		change func(*PoolDeps)
		slots  int // 0: refused
	}{
		"slots given":                {func(d *PoolDeps) { d.Slots = 7 }, 7},
		"memory for three":           {func(d *PoolDeps) { d.Slots, d.Memory = 7, 3*2*8<<10 }, 3},
		"memory for almost three":    {func(d *PoolDeps) { d.Slots, d.Memory = 7, 3*2*8<<10-1 }, 2},
		"memory for more":            {func(d *PoolDeps) { d.Slots, d.Memory = 7, 1<<30 }, 7},
		"memory for none is for one": {func(d *PoolDeps) { d.Slots, d.Memory = 7, 1 }, 1},
		"no hasher":                  {func(d *PoolDeps) { d.Hasher = nil }, 0},
		"no observer":                {func(d *PoolDeps) { d.Observer = nil }, 0},
		"no clock":                   {func(d *PoolDeps) { d.Now = nil }, 0},
		"no randomness":              {func(d *PoolDeps) { d.Rand = nil }, 0},
		"negative slots":             {func(d *PoolDeps) { d.Slots = -1 }, 0},
		"negative wait":              {func(d *PoolDeps) { d.MaxWait = -1 }, 0},
	} {
		d := good
		c.change(&d)
		switch p, err := NewPool(d); {
		case (err != nil) != (c.slots == 0):
			t.Errorf("%s: %v", name, err)
		case err == nil && p.Slots() != c.slots:
			t.Errorf("%s: %d slots, want %d", name, p.Slots(), c.slots)
		}
	}
}
