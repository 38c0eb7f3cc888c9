package session_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/storetest"
)

// clock is a time that tests move. It starts at the real one, as the server lets keys lapse by its own.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Now().UTC().Truncate(time.Millisecond)} }

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

// fixture is a store with an account of its own.
type fixture struct {
	*session.Store
	rdb     redis.UniversalClient
	clock   *clock
	account id.Account
}

func setup(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{rdb: storetest.Redis(t), clock: newClock()}
	f.Store = session.NewStore(f.rdb, f.clock.now, 1)
	f.account = id.Account(f.ulid(t))
	return f
}

func (f *fixture) ulid(t testing.TB) string {
	t.Helper()
	s, err := id.Source{Now: f.clock.now, Rand: rand.Reader}.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fresh is a session that was made now, of an epoch.
func (f *fixture) fresh(t testing.TB, epoch int64) session.Session {
	t.Helper()
	return session.Session{
		ID:      id.Session(f.ulid(t)),
		Account: f.account,
		Dialect: session.Legion,
		Epoch:   epoch,
		Role:    "standard",
		Email:   "ann@example.com",
		AMR:     []string{"pwd", "otp", "mfa"},
		Agent:   "Firefox",
		Created: f.clock.now(),
		Expires: f.clock.now().Add(30 * 24 * time.Hour),
	}
}

// create makes a session of an epoch.
func (f *fixture) create(t testing.TB, epoch int64) session.Session {
	t.Helper()
	x := f.fresh(t, epoch)
	if err := f.Create(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	return x
}

// alive tells whether Find gives the session.
func (f *fixture) alive(t testing.TB, sid id.Session) bool {
	t.Helper()
	_, err := f.Find(t.Context(), f.account, sid)
	if err != nil && !fault.Has(err, fault.Unauthenticated) {
		t.Fatal(err)
	}
	return err == nil
}

// keys are all that Redis holds of the account, with their values.
func (f *fixture) keys(ctx context.Context) (map[string]string, error) {
	held := map[string]string{}
	keys := f.rdb.Scan(ctx, 0, "ww:{"+string(f.account)+"}:*", 1000).Iterator()
	for keys.Next(ctx) {
		key := keys.Val()
		kind, err := f.rdb.Type(ctx, key).Result()
		if err != nil {
			return nil, err
		}
		switch kind {
		case "hash":
			held[key] = fmt.Sprint(f.rdb.HGetAll(ctx, key).Val())
		case "zset":
			held[key] = fmt.Sprint(f.rdb.ZRangeWithScores(ctx, key, 0, -1).Val())
		default:
			held[key] = f.rdb.Get(ctx, key).Val()
		}
	}
	return held, keys.Err()
}

func standing(epoch int64) session.Standing {
	return session.Standing{Epoch: epoch, Role: "standard", Email: "ann@example.com"}
}
