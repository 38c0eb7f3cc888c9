package redis_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/redisdb"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/store/redis"
)

type fixture struct {
	*redis.Challenges
	rdb   goredis.UniversalClient
	clock *coretest.Clock
	token secret.String
	kept  core.Challenge
}

// setup keeps one challenge that expires in five minutes.
func setup(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{rdb: storetest.Redis(t), clock: coretest.NewClock(), token: secret.New(rand.Text())}
	f.Challenges = redis.NewChallenges(f.rdb, f.clock.Now)
	f.kept = core.Challenge{
		Account: "01JX5J8W6V3M5Q9Z7T2B4N6P8R", Epoch: 7, Dialect: session.Wolf, Expires: f.clock.Now().Add(5 * time.Minute),
	}
	accept(t, f.Put(t.Context(), f.token, f.kept))
	return f
}

func accept(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refuse(t *testing.T, err error, reason fault.Reason) {
	t.Helper()
	if !fault.Has(err, reason) {
		t.Fatalf("got %v, want %s", err, reason)
	}
}

func TestTryGivesWhatWasPut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	got, err := f.Try(t.Context(), f.token)
	accept(t, err)
	if diff := cmp.Diff(f.kept, got); diff != "" {
		t.Errorf("challenge (-want +got):\n%s", diff)
	}
}

func TestTriesAreCounted(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for range core.MaxTries {
		_, err := f.Try(t.Context(), f.token)
		accept(t, err)
	}
	_, err := f.Try(t.Context(), f.token)
	refuse(t, err, fault.ChallengeInvalid)
	// Who was let through before may be about to spend it.
	spent, err := f.Spend(t.Context(), f.token)
	accept(t, err)
	if !spent {
		t.Error("the challenge went with its last try")
	}
}

func TestParallelTries(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var tried, spent atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := f.Try(t.Context(), f.token); err != nil {
				if !fault.Has(err, fault.ChallengeInvalid) {
					t.Error(err)
				}
				return
			}
			tried.Add(1)
			if ok, err := f.Spend(t.Context(), f.token); err != nil {
				t.Error(err)
			} else if ok {
				spent.Add(1)
			}
		})
	}
	wg.Wait()
	if tried.Load() < 1 || tried.Load() > core.MaxTries || spent.Load() != 1 {
		t.Errorf("%d tries and %d spent, want 1 to %d and 1", tried.Load(), spent.Load(), core.MaxTries)
	}
}

func TestSpend(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, want := range []bool{true, false} {
		spent, err := f.Spend(t.Context(), f.token)
		accept(t, err)
		if spent != want {
			t.Errorf("spent %v, want %v", spent, want)
		}
	}
	_, err := f.Try(t.Context(), f.token)
	refuse(t, err, fault.ChallengeInvalid)
}

func TestTryOfOneThatLapsed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.clock.Advance(5*time.Minute - time.Millisecond)
	_, err := f.Try(t.Context(), f.token)
	accept(t, err)
	f.clock.Advance(time.Millisecond)
	_, err = f.Try(t.Context(), f.token)
	refuse(t, err, fault.ChallengeInvalid)
}

func TestUnknownToken(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, token := range []string{"", f.token.Reveal() + "x", strings.ToLower(f.token.Reveal())} {
		_, err := f.Try(t.Context(), secret.New(token))
		refuse(t, err, fault.ChallengeInvalid)
		spent, err := f.Spend(t.Context(), secret.New(token))
		accept(t, err)
		if spent {
			t.Errorf("%q was spent", token)
		}
	}
}

// Redis holds no token, and nothing for ever.
func TestWhatRedisHolds(t *testing.T) {
	t.Parallel()
	f := setup(t)
	sum := sha256.Sum256([]byte(f.token.Reveal()))
	key := "ww:challenge:{" + hex.EncodeToString(sum[:]) + "}"
	hash, err := f.rdb.HGetAll(t.Context(), key).Result()
	accept(t, err)
	if len(hash) == 0 || strings.Contains(hash["record"], f.token.Reveal()) {
		t.Errorf("%s holds %v", key, hash)
	}
	left, err := f.rdb.PTTL(t.Context(), key).Result()
	accept(t, err)
	if left <= 0 || left > 5*time.Minute {
		t.Errorf("it lapses in %v", left)
	}
}

// What can't be decided is an outage, never a refusal or a yes.
func TestRedisDown(t *testing.T) {
	t.Parallel()
	rdb, err := redisdb.Connect(redisdb.Config{
		URL:       secret.New("redis://127.0.0.1:1"), // nobody listens there
		Telemetry: &telemetry.Telemetry{Registry: prometheus.NewRegistry(), Tracer: noop.NewTracerProvider().Tracer("test")},
		Logger:    slog.New(slog.DiscardHandler),
	})
	accept(t, err)
	t.Cleanup(func() { accept(t, rdb.Close()) })
	clock := coretest.NewClock()
	f := redis.NewChallenges(rdb, clock.Now)
	refuse(t, f.Put(t.Context(), secret.New("x"), core.Challenge{Expires: clock.Now().Add(time.Minute)}), fault.Unavailable)
	_, err = f.Try(t.Context(), secret.New("x"))
	refuse(t, err, fault.Unavailable)
	_, err = f.Spend(t.Context(), secret.New("x"))
	refuse(t, err, fault.Unavailable)
}
