package password

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

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
