package password

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

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
