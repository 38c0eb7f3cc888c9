// Package storetest gives tests of stores a MongoDB and a Redis: those that WATCHWORD_TEST_MONGODB_URI and
// WATCHWORD_TEST_REDIS_URL name, else the embedded ones of deploy/local, started once for each test binary.
package storetest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/watchword/watchword/pkg/mongodb"
	"github.com/watchword/watchword/pkg/redisdb"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/telemetry"
)

// Mongo gives a server's URI and the name of a database that no other test has; the database is dropped when the test
// ends.
func Mongo(t testing.TB) (uri, database string) {
	t.Helper()
	db := Database(t)
	return mongoURI(t), db.Name()
}

// Database gives a database that no other test has, over a client like a service's; it is dropped when the test ends.
func Database(t testing.TB) *mongo.Database {
	t.Helper()
	client, err := mongodb.Connect(mongodb.Config{
		URI:       secret.New(mongoURI(t)),
		StableAPI: true,
		AppName:   "test",
		Telemetry: quiet(),
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	db := client.Database("test_" + strings.ToLower(rand.Text()))
	t.Cleanup(func() {
		// The test's own context is over by now.
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := db.Drop(ctx); err != nil {
			t.Errorf("drop %s: %v", db.Name(), err)
		}
		if err := client.Disconnect(ctx); err != nil {
			t.Errorf("disconnect: %v", err)
		}
	})
	return db
}

// Redis gives a client like a service's. All tests share the server: keep apart by random account ids or Prefix, and never
// flush.
func Redis(t testing.TB) redis.UniversalClient {
	t.Helper()
	rdb, err := redisdb.Connect(redisdb.Config{
		URL:       secret.New(RedisURL(t)),
		Telemetry: quiet(),
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return rdb
}

// RedisURL is the server's.
func RedisURL(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("WATCHWORD_TEST_REDIS_URL"); url != "" {
		return url
	}
	return embedded(t).Redis
}

// Prefix is for keys that no other test has.
func Prefix() string { return "test:" + strings.ToLower(rand.Text()) + ":" }

func mongoURI(t testing.TB) string {
	t.Helper()
	if uri := os.Getenv("WATCHWORD_TEST_MONGODB_URI"); uri != "" {
		return uri
	}
	return embedded(t).MongoDB
}

func quiet() *telemetry.Telemetry {
	return &telemetry.Telemetry{Registry: prometheus.NewRegistry(), Tracer: noop.NewTracerProvider().Tracer("test")}
}
