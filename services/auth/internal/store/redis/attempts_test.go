package redis_test

import (
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/redisdb"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/store/redis"
)

// attempts is a store whose names nobody else has.
type attempts struct {
	*redis.Attempts
	rdb   goredis.UniversalClient
	clock *coretest.Clock
}

func newAttempts(t *testing.T) *attempts {
	t.Helper()
	rdb, clock := storetest.Redis(t), coretest.NewClock()
	return &attempts{redis.NewAttempts(rdb, clock.Now, []byte(rand.Text())), rdb, clock}
}

// put keeps an attempt of a name for an address, and gives it with its token.
func (s *attempts) put(t *testing.T, username, email string, lifetime time.Duration) (secret.String, core.Attempt) {
	t.Helper()
	token := secret.New(rand.Text())
	a := core.Attempt{
		Registration: "sealed " + rand.Text(), Username: username, Email: email, EmailKey: "e:" + strings.ToLower(email),
		Issued: s.clock.Now(), Expires: s.clock.Now().Add(lifetime),
	}
	accept(t, s.Put(t.Context(), token, a))
	return token, a
}

// newest demands which attempt a name has.
func (s *attempts) newest(t *testing.T, login usersapi.Login, want core.Attempt) {
	t.Helper()
	got, err := s.Newest(t.Context(), login)
	accept(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("newest (-want +got):\n%s", diff)
	}
}

// alone demands what is told of an attempt.
func (s *attempts) alone(t *testing.T, token secret.String, a core.Attempt, want bool) {
	t.Helper()
	got, err := s.Alone(t.Context(), token, a)
	accept(t, err)
	if got != want {
		t.Errorf("alone: %v, want %v", got, want)
	}
}

func TestAttemptIsFoundUntilItLapses(t *testing.T) {
	t.Parallel()
	s := newAttempts(t)
	token, a := s.put(t, "ada", "Ada@example.com", 10*time.Minute)
	s.clock.Advance(10*time.Minute - time.Millisecond)
	got, err := s.Find(t.Context(), token)
	accept(t, err)
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("attempt (-want +got):\n%s", diff)
	}
	_, err = s.Find(t.Context(), secret.New(strings.ToLower(token.Reveal())))
	refuse(t, err, fault.LinkInvalid)
	s.clock.Advance(time.Millisecond)
	_, err = s.Find(t.Context(), token)
	refuse(t, err, fault.LinkInvalid)
	s.newest(t, usersapi.Login{Username: "ada"}, core.Attempt{})
}

func TestNewestAttemptOfAName(t *testing.T) {
	t.Parallel()
	s := newAttempts(t)
	ada := usersapi.Login{Username: "ADA"}
	s.newest(t, ada, core.Attempt{})
	_, long := s.put(t, "ada", "ada@example.com", 24*time.Hour)
	s.clock.Advance(time.Second)
	shortToken, short := s.put(t, "Ada", "other@example.com", 10*time.Minute)
	s.clock.Advance(time.Second)
	s.put(t, "bob", "bob@example.com", 24*time.Hour)

	s.newest(t, ada, short)
	s.newest(t, usersapi.Login{Email: "Ada@Example.com"}, long)
	s.newest(t, usersapi.Login{Email: "ada"}, core.Attempt{})
	s.newest(t, usersapi.Login{Username: "ada@example.com"}, core.Attempt{})
	accept(t, s.Drop(t.Context(), shortToken, short))
	s.newest(t, ada, long)
}

// One that lives longer is found behind those that have lapsed.
func TestNewestAttemptThatStillWaits(t *testing.T) {
	t.Parallel()
	s := newAttempts(t)
	_, long := s.put(t, "ada", "ada@example.com", 24*time.Hour)
	for range 3 {
		s.clock.Advance(time.Second)
		s.put(t, "ada", "other@example.com", 10*time.Minute)
	}
	s.clock.Advance(10 * time.Minute)
	s.newest(t, usersapi.Login{Username: "ada"}, long)
	s.clock.Advance(24 * time.Hour)
	s.newest(t, usersapi.Login{Username: "ada"}, core.Attempt{})
}

func TestAttemptsForOneAddress(t *testing.T) {
	t.Parallel()
	s := newAttempts(t)
	first, a := s.put(t, "ada", "ada@example.com", 24*time.Hour)
	s.put(t, "ada", "other@example.com", 24*time.Hour)
	s.alone(t, first, a, true)
	second, b := s.put(t, "stranger", "ADA@example.com", 10*time.Minute)
	s.alone(t, first, a, false)
	s.alone(t, second, b, false)
	s.clock.Advance(10 * time.Minute)
	s.alone(t, first, a, true)
	third, c := s.put(t, "stranger", "ada@example.com", 10*time.Minute)
	s.alone(t, first, a, false)
	accept(t, s.Drop(t.Context(), third, c))
	s.alone(t, first, a, true)
}

// What was lost makes confirming harder, never easier.
func TestAttemptWhoseAddressIsForgotten(t *testing.T) {
	t.Parallel()
	s := newAttempts(t)
	token, a := s.put(t, "ada", "ada@example.com", 24*time.Hour)
	other := redis.NewAttempts(s.rdb, s.clock.Now, []byte(rand.Text())) // as after a change of the key
	alone, err := other.Alone(t.Context(), token, a)
	accept(t, err)
	if alone {
		t.Error("alone, although nothing is known of the address")
	}
	b := a
	b.Issued, b.Expires = s.clock.Now(), s.clock.Now().Add(time.Hour)
	accept(t, other.Put(t.Context(), secret.New(rand.Text()), b))
	if alone, err = other.Alone(t.Context(), token, a); err != nil || alone {
		t.Errorf("alone %v (%v), although another one waits", alone, err)
	}
}

func TestDroppedAttempt(t *testing.T) {
	t.Parallel()
	s := newAttempts(t)
	token, a := s.put(t, "ada", "ada@example.com", 24*time.Hour)
	for range 2 {
		accept(t, s.Drop(t.Context(), token, a))
		_, err := s.Find(t.Context(), token)
		refuse(t, err, fault.LinkInvalid)
		s.alone(t, token, a, false)
		s.newest(t, usersapi.Login{Username: "ada"}, core.Attempt{})
	}
}

func TestAttemptThatCantWaitSoLong(t *testing.T) {
	t.Parallel()
	s := newAttempts(t)
	for name, lifetime := range map[string]time.Duration{"none": 0, "negative": -time.Hour, "longer than its index": 24*time.Hour + time.Millisecond} {
		if s.Put(t.Context(), secret.New("x"), core.Attempt{Expires: s.clock.Now().Add(lifetime)}) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Redis holds no token, no name in a key, and nothing for ever.
func TestWhatRedisHoldsOfAnAttempt(t *testing.T) {
	t.Parallel()
	s := newAttempts(t)
	name := strings.ToLower(rand.Text())
	token, _ := s.put(t, name, name+"@example.com", 24*time.Hour)
	keys, err := s.rdb.Keys(t.Context(), "ww:pending:*").Result()
	accept(t, err)
	if len(keys) < 4 {
		t.Errorf("%d keys, want one of the attempt, two of its names, one of its address", len(keys))
	}
	for _, key := range keys {
		left, err := s.rdb.PTTL(t.Context(), key).Result()
		accept(t, err)
		if left == -1 || left > 24*time.Hour {
			t.Errorf("%s lapses in %v", key, left)
		}
		held, err := s.rdb.Get(t.Context(), key).Result()
		if err != nil { // a set
			members, err := s.rdb.ZRange(t.Context(), key, 0, -1).Result()
			accept(t, err)
			held = strings.Join(members, "\n")
		}
		if strings.Contains(key, name) || strings.Contains(held, token.Reveal()) {
			t.Errorf("%s tells the name or holds the token", key)
		}
	}
}

// What can't be decided is an outage, never a refusal or a yes.
func TestAttemptsWhileRedisIsDown(t *testing.T) {
	t.Parallel()
	rdb, err := redisdb.Connect(redisdb.Config{
		URL:       secret.New("redis://127.0.0.1:1"), // nobody listens there
		Telemetry: &telemetry.Telemetry{Registry: prometheus.NewRegistry(), Tracer: noop.NewTracerProvider().Tracer("test")},
		Logger:    slog.New(slog.DiscardHandler),
	})
	accept(t, err)
	t.Cleanup(func() { accept(t, rdb.Close()) })
	clock := coretest.NewClock()
	s := redis.NewAttempts(rdb, clock.Now, []byte("key"))
	token, a := secret.New("x"), core.Attempt{Username: "ada", EmailKey: "e:ada", Expires: clock.Now().Add(time.Minute)}
	refuse(t, s.Put(t.Context(), token, a), fault.Unavailable)
	_, err = s.Find(t.Context(), token)
	refuse(t, err, fault.Unavailable)
	_, err = s.Newest(t.Context(), usersapi.Login{Username: "ada"})
	refuse(t, err, fault.Unavailable)
	alone, err := s.Alone(t.Context(), token, a)
	refuse(t, err, fault.Unavailable)
	if alone {
		t.Error("alone, although nobody knows")
	}
	refuse(t, s.Drop(t.Context(), token, a), fault.Unavailable)
}
