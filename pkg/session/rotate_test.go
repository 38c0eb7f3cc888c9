package session_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/session"
)

// rotate presents a generation under epoch 0.
func (f *fixture) rotate(t testing.TB, x session.Session, generation int64) (session.Session, session.Outcome) {
	t.Helper()
	got, outcome, err := f.Rotate(t.Context(), f.account, x.ID, generation, standing(0))
	if err != nil {
		t.Fatal(err)
	}
	return got, outcome
}

func TestFiftyParallelRefreshesTurnOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x := f.create(t, 0)
	var mu sync.Mutex
	outcomes := map[session.Outcome]int{}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			got, outcome, err := f.Rotate(t.Context(), f.account, x.ID, 0, standing(0))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[outcome]++
			if got.Generation != 1 {
				t.Errorf("generation %d", got.Generation)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff(map[session.Outcome]int{session.Rotated: 1, session.Replayed: 49}, outcomes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRotateGivesTheWholeSession(t *testing.T) {
	t.Parallel()
	f := setup(t)
	want := f.create(t, 0)
	f.clock.advance(time.Minute)
	got, _ := f.rotate(t, want, 0)
	want.Generation, want.Refreshed = 1, f.clock.now()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got)\n%s", diff)
	}
	found, err := f.Find(t.Context(), f.account, want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("kept (-want +got)\n%s", diff)
	}
}

func TestReuseEndsTheSession(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		after     time.Duration
		presented int64 // after two turns: 2 is active
		want      session.Outcome
	}{
		"parent at once":            {0, 1, session.Replayed},
		"parent at 10 s":            {10 * time.Second, 1, session.Replayed},
		"parent at 11 s":            {11 * time.Second, 1, session.Reused},
		"grandparent inside 10 s":   {0, 0, session.Reused},
		"one that was never issued": {0, 3, session.Reused},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			x := f.create(t, 0)
			f.rotate(t, x, 0)
			f.rotate(t, x, 1)
			f.clock.advance(tt.after)
			got, outcome := f.rotate(t, x, tt.presented)
			if outcome != tt.want {
				t.Fatalf("outcome %q, want %q", outcome, tt.want)
			}
			if got.Generation != 2 || got.Dialect != x.Dialect {
				t.Errorf("answered %+v", got)
			}
			if alive := f.alive(t, x.ID); alive != (outcome == session.Replayed) {
				t.Errorf("alive %v after %q", alive, outcome)
			}
			if outcome == session.Reused {
				if held, err := f.keys(t.Context()); err != nil || len(held) != 0 {
					t.Errorf("left %v, %v", held, err)
				}
				if _, again := f.rotate(t, x, 2); again != session.Revoked {
					t.Errorf("the active token of an ended session: %q", again)
				}
			}
		})
	}
}

// TestRotateFollowsTheModel presents any generations at any times and demands the outcome of the rules in words.
func TestRotateFollowsTheModel(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rapid.Check(t, func(rt *rapid.T) {
		x := f.create(t, 0)
		active, turned, alive := int64(0), time.Time{}, true
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			f.clock.advance(time.Duration(rapid.IntRange(0, 12).Draw(rt, "wait")) * time.Second)
			presented := active - int64(rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2, -1}).Draw(rt, "back"))
			var want session.Outcome
			switch {
			case !alive:
				want = session.Revoked
			case presented == active:
				want, active, turned = session.Rotated, active+1, f.clock.now()
			case presented == active-1 && active > 0 && f.clock.now().Sub(turned) <= session.Grace:
				want = session.Replayed
			default:
				want, alive = session.Reused, false
			}
			got, outcome := f.rotate(t, x, presented)
			if outcome != want {
				rt.Fatalf("presented %d with %d active: %q, want %q", presented, active, outcome, want)
			}
			if (outcome == session.Rotated || outcome == session.Replayed) && got.Generation != active {
				rt.Fatalf("successor %d, want %d", got.Generation, active)
			}
		}
		if f.alive(t, x.ID) != alive {
			rt.Fatalf("alive: %v, want %v", !alive, alive)
		}
	})
}

func TestRotateThrottles(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x := f.create(t, 0)
	for g := range int64(60) {
		if _, outcome := f.rotate(t, x, g); outcome != session.Rotated {
			t.Fatalf("refresh %d: %q", g, outcome)
		}
	}
	_, _, err := f.Rotate(t.Context(), f.account, x.ID, 60, standing(0))
	var refused *fault.Fault
	if !errors.As(err, &refused) || refused.Reason != fault.Throttled || refused.RetryAfter <= 0 {
		t.Fatalf("the 61st: %v", err)
	}
	f.clock.advance(refused.RetryAfter)
	if got, outcome := f.rotate(t, x, 60); outcome != session.Rotated || got.Generation != 61 {
		t.Errorf("after the wait: %q, generation %d", outcome, got.Generation)
	}

	// What ends the session is never hidden behind the limit.
	if _, outcome := f.rotate(t, x, 3); outcome != session.Reused {
		t.Errorf("reuse while throttled: %q", outcome)
	}
}

func TestScaleMultipliesRefreshes(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.Store = session.NewStore(f.rdb, f.clock.now, 0.05)
	x := f.create(t, 0)
	for g := range int64(3) {
		f.rotate(t, x, g)
	}
	if _, _, err := f.Rotate(t.Context(), f.account, x.ID, 3, standing(0)); !fault.Has(err, fault.Throttled) {
		t.Errorf("the 4th of 3: %v", err)
	}
}

func TestRotateRevokesASessionBehind(t *testing.T) {
	t.Parallel()
	t.Run("the account", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		x := f.create(t, 4)
		_, outcome, err := f.Rotate(t.Context(), f.account, x.ID, 0, standing(5))
		if err != nil || outcome != session.Revoked {
			t.Fatalf("%q, %v", outcome, err)
		}
		if f.alive(t, x.ID) || len(f.listed(t)) != 0 {
			t.Error("not ended")
		}
	})
	t.Run("the floor, whatever the caller read of the account", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		x := f.create(t, 4)
		if err := f.rdb.Set(t.Context(), "ww:{"+string(f.account)+"}:epoch", 5, 0).Err(); err != nil {
			t.Fatal(err)
		}
		_, outcome, err := f.Rotate(t.Context(), f.account, x.ID, 0, standing(4))
		if err != nil || outcome != session.Revoked {
			t.Errorf("%q, %v", outcome, err)
		}
	})
	t.Run("its own time", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		x := f.create(t, 0)
		f.clock.advance(30 * 24 * time.Hour)
		if _, outcome := f.rotate(t, x, 0); outcome != session.Revoked {
			t.Errorf("%q", outcome)
		}
	})
	t.Run("the loss of all that Redis held", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		got, outcome := f.rotate(t, f.fresh(t, 0), 0)
		if outcome != session.Revoked || got.Account != f.account {
			t.Errorf("%q, %+v", outcome, got)
		}
	})
}

func TestRotateTakesStandingOver(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x := f.create(t, 4)
	told := session.Standing{Epoch: 4, Role: "admin", Email: "new@example.com", EmailVerified: true}
	got, _, err := f.Rotate(t.Context(), f.account, x.ID, 0, told)
	if err != nil {
		t.Fatal(err)
	}
	if now := (session.Standing{Epoch: got.Epoch, Role: got.Role, Email: got.Email, EmailVerified: got.EmailVerified}); now != told {
		t.Errorf("got %+v, want %+v", now, told)
	}

	stale := session.Standing{Epoch: 3, Role: "standard", Email: "old@example.com"}
	got, outcome, err := f.Rotate(t.Context(), f.account, x.ID, 1, stale)
	if err != nil || outcome != session.Rotated {
		t.Fatalf("%q, %v", outcome, err)
	}
	if got.Role != told.Role || got.Email != told.Email || got.Epoch != told.Epoch {
		t.Errorf("an older standing was taken over: %+v", got)
	}
}
