package password

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
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

func TestPoolRefusesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, PoolDeps{Slots: 1, Queue: 2})
		began := time.Now()
		first := b.ask(t.Context(), LaneRegistration)
		second, third := b.ask(t.Context(), LaneRegistration), b.ask(t.Context(), LaneRegistration)
		wantOverloaded(t, *b.ask(t.Context(), LaneRegistration))
		wantOverloaded(t, b.Admit(LaneRegistration))
		if err := b.Admit(LaneSignIn); err != nil {
			t.Errorf("a lane that has room refuses: %v", err)
		}
		signIn := b.ask(t.Context(), LaneSignIn) // has a queue of its own
		if !time.Now().Equal(began) {
			t.Error("time has passed")
		}
		for range 4 {
			b.open()
		}
		b.done.Wait()
		if err := errors.Join(*first, *second, *third, *signIn); err != nil {
			t.Error(err)
		}
		want := []Lane{LaneRegistration, LaneSignIn, LaneRegistration, LaneRegistration}
		if diff := cmp.Diff(want, b.started); diff != "" {
			t.Errorf("started (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]int{"registration full": 2}, b.rejected); diff != "" {
			t.Errorf("rejected (-want +got):\n%s", diff)
		}
	})
}

func TestPoolRefusesLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, PoolDeps{Slots: 1})
		b.ask(t.Context(), LaneSignIn)
		late := b.ask(t.Context(), LaneSignIn)
		time.Sleep(399 * time.Millisecond) // of the bubble's clock
		synctest.Wait()
		if b.refusals() != 0 {
			t.Error("refused before 400 ms")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		wantOverloaded(t, *late)
		next := b.ask(t.Context(), LaneChange)
		time.Sleep(200 * time.Millisecond)
		b.open()
		b.open()
		b.done.Wait()
		if *next != nil {
			t.Error(*next)
		}
		if diff := cmp.Diff([]time.Duration{0, 200 * time.Millisecond}, b.waited); diff != "" {
			t.Errorf("waited (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]int{"sign_in late": 1}, b.rejected); diff != "" {
			t.Errorf("rejected (-want +got):\n%s", diff)
		}
	})
}

func TestPoolSkipsWhoGaveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, PoolDeps{Slots: 1})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := *b.ask(gone, LaneSignIn); !errors.Is(err, context.Canceled) {
			t.Errorf("with a free slot: %v", err)
		}
		b.ask(t.Context(), LaneSignIn)
		leaving, cancel := context.WithCancel(t.Context())
		left, stays := b.ask(leaving, LaneSignIn), b.ask(t.Context(), LaneSignIn)
		cancel()
		synctest.Wait()
		if !errors.Is(*left, context.Canceled) {
			t.Errorf("while waiting: %v", *left)
		}
		hurried, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		hurry := b.ask(hurried, LaneChange)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if !errors.Is(*hurry, context.DeadlineExceeded) {
			t.Errorf("with a shorter deadline: %v", *hurry)
		}
		b.open()
		b.open()
		b.done.Wait()
		if *stays != nil {
			t.Error(*stays)
		}
		if len(b.started) != 2 {
			t.Errorf("%d hashes were computed", len(b.started))
		}
		if diff := cmp.Diff(map[string]int{"sign_in cancelled": 2, "change cancelled": 1}, b.rejected); diff != "" {
			t.Errorf("rejected (-want +got):\n%s", diff)
		}
	})
}

func TestPoolShares(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		waiting []Lane
		turns   int
		want    map[Lane]int
	}{
		"all lanes": {
			[]Lane{LaneRegistration, LaneChange, LaneSignIn},
			30,
			map[Lane]int{LaneSignIn: 18, LaneChange: 9, LaneRegistration: 3},
		},
		"sign-ins and registrations": {
			[]Lane{LaneRegistration, LaneSignIn},
			21,
			map[Lane]int{LaneSignIn: 18, LaneRegistration: 3},
		},
		"changes and registrations": {
			[]Lane{LaneRegistration, LaneChange},
			12,
			map[Lane]int{LaneChange: 9, LaneRegistration: 3},
		},
		"nothing but registrations": {
			[]Lane{LaneRegistration},
			8,
			map[Lane]int{LaneRegistration: 8},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, PoolDeps{Slots: 1, Queue: 20})
				b.ask(t.Context(), LaneChange)
				for _, lane := range c.waiting {
					for range 20 {
						b.ask(t.Context(), lane)
					}
				}
				for range c.turns {
					b.open()
				}
				got := map[Lane]int{}
				for _, lane := range b.started[1:] {
					got[lane]++
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("of %d turns (-want +got):\n%s", c.turns, diff)
				}
				close(b.gate)
				b.done.Wait()
			})
		})
	}
}

// A lane in which nobody waited for a turn owes nothing for the turns that it had.
func TestPoolForgetsIdleLanes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, PoolDeps{Slots: 1})
		for _, lane := range []Lane{LaneRegistration, LaneSignIn, LaneChange, LaneChange, LaneChange, LaneRegistration} {
			b.ask(t.Context(), lane)
		}
		b.open()
		b.open()
		b.ask(t.Context(), LaneSignIn)
		b.open()
		want := []Lane{LaneRegistration, LaneSignIn, LaneChange, LaneSignIn}
		if diff := cmp.Diff(want, b.started); diff != "" {
			t.Errorf("started (-want +got):\n%s", diff)
		}
		close(b.gate)
		b.done.Wait()
	})
}

// A flood of registrations delays a sign-in by no more than the hash that is being computed.
func TestPoolServesSignInDuringAFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, PoolDeps{Slots: 1})
		for range 100 {
			b.ask(t.Context(), LaneRegistration)
		}
		for range 20 {
			b.ask(t.Context(), LaneRegistration)
			signIn := b.ask(t.Context(), LaneSignIn)
			before := len(b.started)
			for b.started[len(b.started)-1] != LaneSignIn {
				b.open()
			}
			if len(b.started) > before+2 {
				t.Errorf("%d others came first", len(b.started)-before-1)
			}
			b.open()
			if *signIn != nil {
				t.Fatal(*signIn)
			}
		}
		close(b.gate)
		b.done.Wait()
	})
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

func TestRetryAfterVaries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rand io.Reader
		want time.Duration
	}{
		"least":         {gateless{0, 0}, time.Second},
		"middle":        {gateless{0x80, 0}, 2 * time.Second},
		"no randomness": {iotest.ErrReader(io.ErrUnexpectedEOF), 3 * time.Second},
	} {
		p, err := NewPool(PoolDeps{Hasher: cheap(t, pepper("k1", 1)), Observer: &log{}, Now: time.Now, Rand: c.rand})
		if err != nil {
			t.Fatal(err)
		}
		var over *OverloadedError
		if err := p.overloaded(LaneSignIn, RejectedFull); !errors.As(err, &over) || over.RetryAfter != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
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
