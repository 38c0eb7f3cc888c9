package session_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/session"
)

func TestEndTellsWhetherItWasAlive(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x, other := f.create(t, 0), f.create(t, 0)
	for i, want := range []bool{true, false} {
		got, err := f.End(t.Context(), f.account, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("time %d: %v, want %v", i, got, want)
		}
	}
	if f.alive(t, x.ID) || !f.alive(t, other.ID) {
		t.Error("ended the wrong one")
	}
	f.clock.advance(30 * 24 * time.Hour)
	if got, err := f.End(t.Context(), f.account, other.ID); err != nil || got {
		t.Errorf("one that had lapsed: %v, %v", got, err)
	}
}

func TestEndOthersEndsEarlierEpochs(t *testing.T) {
	t.Parallel()
	f := setup(t)
	old, spare, current := f.create(t, 1), f.create(t, 1), f.create(t, 2)
	told := session.Standing{Epoch: 2, Role: "standard", Email: "new@example.com", EmailVerified: true}
	for i, want := range []int{1, 0} {
		n, err := f.EndOthers(t.Context(), f.account, told, spare.ID)
		if err != nil {
			t.Fatal(err)
		}
		if n != want {
			t.Errorf("time %d: %d ended, want %d", i, n, want)
		}
	}
	if f.alive(t, old.ID) || !f.alive(t, current.ID) {
		t.Error("ended the wrong one")
	}
	got, err := f.Find(t.Context(), f.account, spare.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Epoch != 2 || got.Email != told.Email || !got.EmailVerified {
		t.Errorf("the spared one: %+v", got)
	}
}

func TestNothingEarlierIsMadeAfterEndOthers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	if _, err := f.EndOthers(t.Context(), f.account, standing(5), ""); err != nil {
		t.Fatal(err)
	}
	// an earlier ending that is repeated late lowers nothing
	if _, err := f.EndOthers(t.Context(), f.account, standing(3), ""); err != nil {
		t.Fatal(err)
	}
	x := f.fresh(t, 4)
	if err := f.Create(t.Context(), x); !fault.Has(err, fault.CredentialsWrong) {
		t.Errorf("a session of epoch 4: %v", err)
	}
	if f.alive(t, x.ID) {
		t.Error("it is alive")
	}
	f.create(t, 5)
}

func TestALateEndingSparesNobodyFromALaterOne(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x := f.create(t, 1)
	if err := f.rdb.Set(t.Context(), "ww:{"+string(f.account)+"}:epoch", 3, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.EndOthers(t.Context(), f.account, standing(2), x.ID); err != nil {
		t.Fatal(err)
	}
	if f.alive(t, x.ID) {
		t.Error("spared, though all before epoch 3 are to end")
	}
}

func TestEndOthersRacesWithCreate(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for round := range int64(20) {
		var wg sync.WaitGroup
		for range 4 {
			x := f.fresh(t, round)
			wg.Go(func() {
				if err := f.Create(t.Context(), x); err != nil && !fault.Has(err, fault.CredentialsWrong) {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			if _, err := f.EndOthers(t.Context(), f.account, standing(round+1), ""); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if left := f.listed(t); len(left) != 0 {
			t.Fatalf("round %d: %d sessions outlived their epoch", round, len(left))
		}
	}
}

func TestEndAllButKeepsOne(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.create(t, 1)
	keep := f.create(t, 1)
	f.create(t, 2)
	n, err := f.EndAllBut(t.Context(), f.account, keep.ID)
	if err != nil {
		t.Fatal(err)
	}
	if left := f.listed(t); n != 2 || !slices.Equal(left, []id.Session{keep.ID}) {
		t.Errorf("%d ended, left %v", n, left)
	}
}

func TestUpdateTellsStandingToAll(t *testing.T) {
	t.Parallel()
	f := setup(t)
	earlier, same, later := f.create(t, 1), f.create(t, 2), f.create(t, 3)
	told := session.Standing{Epoch: 2, Role: "admin", Email: "new@example.com", EmailVerified: true}
	for range 2 {
		if err := f.Update(t.Context(), f.account, told); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []session.Session{earlier, same} {
		got, err := f.Find(t.Context(), f.account, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Email != told.Email || got.Role != told.Role || !got.EmailVerified || got.Epoch != x.Epoch {
			t.Errorf("of epoch %d: %+v", x.Epoch, got)
		}
	}
	got, err := f.Find(t.Context(), f.account, later.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Email != later.Email || got.Role != later.Role {
		t.Errorf("told what is older than itself: %+v", got)
	}
}

func TestNothingBringsAnEndedSessionBack(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x := f.create(t, 0)
	ctx := t.Context()
	// the list as a process read it that was then overtaken by End
	list := f.rdb.ZRangeWithScores(ctx, "ww:{"+string(f.account)+"}:sessions", 0, -1).Val()
	if _, err := f.End(ctx, f.account, x.ID); err != nil {
		t.Fatal(err)
	}
	if err := f.rdb.ZAdd(ctx, "ww:{"+string(f.account)+"}:sessions", list...).Err(); err != nil {
		t.Fatal(err)
	}
	if err := f.Update(ctx, f.account, standing(0)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.EndOthers(ctx, f.account, standing(1), x.ID); err != nil {
		t.Fatal(err)
	}
	f.rotate(t, x, 0)
	if f.alive(t, x.ID) || f.rdb.Exists(ctx, "ww:{"+string(f.account)+"}:session:"+string(x.ID)).Val() != 0 {
		t.Error("it is back")
	}
}
