package session_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/session"
)

func TestFindGivesWhatCreateKept(t *testing.T) {
	t.Parallel()
	f := setup(t)
	full := f.fresh(t, 7)
	full.EmailVerified, full.Role, full.Generation, full.TokenHash = true, "admin", 3, "e3b0"
	bare := f.fresh(t, 0)
	bare.Email, bare.AMR, bare.Agent = "", nil, ""
	for name, want := range map[string]session.Session{"full": full, "bare": bare} {
		if err := f.Create(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := f.Find(t.Context(), f.account, want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.AMR) == 0 {
			got.AMR = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestCreateCutsTheAgent(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x := f.fresh(t, 0)
	x.Agent = "a\x1b[31m\r\n\u202eb\xff" + strings.Repeat("ü", 300)
	if err := f.Create(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	got, err := f.Find(t.Context(), f.account, x.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want := "a[31mb" + strings.Repeat("ü", 194); got.Agent != want {
		t.Errorf("got %q, want %q", got.Agent, want)
	}
}

func TestFindRefusesWhatIsNotAlive(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x := f.create(t, 0)
	if f.alive(t, id.Session(f.ulid(t))) {
		t.Error("a session that was never made is alive")
	}
	f.clock.advance(30*24*time.Hour - time.Millisecond)
	if !f.alive(t, x.ID) {
		t.Error("gone before its time")
	}
	f.clock.advance(time.Millisecond)
	if f.alive(t, x.ID) {
		t.Error("alive past its time")
	}
}

func TestCreateRefusesLifetimesOutOfRange(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, d := range []time.Duration{0, -time.Second, 32 * 24 * time.Hour} {
		x := f.fresh(t, 0)
		x.Expires = f.clock.now().Add(d)
		if err := f.Create(t.Context(), x); err == nil {
			t.Errorf("a session of %v was made", d)
		}
	}
}

func TestCreateEvictsTheOldest(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var made []id.Session
	for range session.MaxPerAccount + 3 {
		f.clock.advance(time.Millisecond)
		x := f.fresh(t, 0)
		if len(made)%2 == 1 { // a younger session may end sooner: that does not make it older
			x.Expires = f.clock.now().Add(7 * 24 * time.Hour)
		}
		if err := f.Create(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		made = append(made, x.ID)
	}
	if got, want := f.listed(t), made[3:]; !slices.Equal(got, want) {
		t.Errorf("%d are left, want the %d made last", len(got), len(want))
	}
}

func TestCreatePrunesTheLapsedFirst(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for range session.MaxPerAccount - 1 {
		x := f.fresh(t, 0)
		x.Expires = f.clock.now().Add(time.Hour)
		if err := f.Create(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	kept := f.create(t, 0)
	f.clock.advance(time.Hour)
	added := f.create(t, 0)
	if got, want := f.listed(t), []id.Session{kept.ID, added.ID}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParallelCreatesStayWithinTheBound(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for range session.MaxPerAccount - 5 {
		f.create(t, 0)
	}
	var wg sync.WaitGroup
	for range 20 {
		x := f.fresh(t, 0)
		wg.Go(func() {
			if err := f.Create(t.Context(), x); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	held, err := f.keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := len(held) - 1; got != session.MaxPerAccount { // one key is the list
		t.Errorf("%d sessions are kept, want %d", got, session.MaxPerAccount)
	}
}

func TestListIsNewestFirst(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var want []session.Session
	for range 3 {
		f.clock.advance(time.Second)
		want = append([]session.Session{f.create(t, 0)}, want...)
	}
	f.clock.advance(time.Second)
	gone := f.create(t, 0)
	if _, err := f.End(t.Context(), f.account, gone.ID); err != nil {
		t.Fatal(err)
	}
	got, err := f.List(t.Context(), f.account)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestKeysLapse(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x := f.create(t, 0)
	if _, err := f.EndOthers(t.Context(), f.account, standing(1), x.ID); err != nil {
		t.Fatal(err)
	}
	prefix := "ww:{" + string(f.account) + "}:"
	for key, want := range map[string]time.Duration{
		"session:" + string(x.ID): 30 * 24 * time.Hour,
		"sessions":                31 * 24 * time.Hour,
		"epoch":                   31 * 24 * time.Hour,
	} {
		got := f.rdb.PTTL(t.Context(), prefix+key).Val()
		if got > want || got < want-time.Hour {
			t.Errorf("%s lives for %v, want %v", key, got, want)
		}
	}
}

func TestAnOutageIsNeverARefusal(t *testing.T) {
	t.Parallel()
	f := setup(t)
	down := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = down.Close() })
	s, ctx, x := session.NewStore(down, f.clock.now, 1), t.Context(), f.fresh(t, 0)
	for name, err := range map[string]error{
		"Create":    s.Create(ctx, x),
		"Find":      second(s.Find(ctx, x.Account, x.ID)),
		"End":       second(s.End(ctx, x.Account, x.ID)),
		"EndOthers": second(s.EndOthers(ctx, x.Account, standing(1), "")),
		"EndAllBut": second(s.EndAllBut(ctx, x.Account, x.ID)),
		"Update":    s.Update(ctx, x.Account, standing(1)),
		"List":      second(s.List(ctx, x.Account)),
	} {
		if !fault.Has(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := s.Rotate(ctx, x.Account, x.ID, 0, standing(0)); !fault.Has(err, fault.Unavailable) {
		t.Errorf("Rotate: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// listed are the ids of the live sessions, the oldest first.
func (f *fixture) listed(t *testing.T) []id.Session {
	t.Helper()
	list, err := f.List(t.Context(), f.account)
	if err != nil {
		t.Fatal(err)
	}
	var sids []id.Session
	for _, x := range list {
		sids = append(sids, x.ID)
	}
	slices.Reverse(sids)
	return sids
}
