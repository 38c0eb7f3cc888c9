package launch

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestABackupMadeWhileItRunsCanBeRunInItsPlace writes, copies, writes on, and reads the copy.
func TestABackupMadeWhileItRunsCanBeRunInItsPlace(t *testing.T) {
	t.Parallel()
	data, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy")

	stop, info := startStores(t, data)
	write(t, info, "before")
	if err := Backup(t.Context(), data, copied); err != nil {
		t.Fatal(err)
	}
	write(t, info, "after")
	if err := Backup(t.Context(), data, copied); err == nil {
		t.Error("a second backup overwrote the first")
	}
	stop()

	stop, info = startStores(t, copied)
	defer stop()
	for key, want := range map[string]bool{"before": true, "after": false} {
		if got := read(t, info, key); got != want {
			t.Errorf("the copy holds what was written %s it: %v, want %v", key, got, want)
		}
	}
}

func TestABackupOfNothingSaysSo(t *testing.T) {
	t.Parallel()
	if err := Backup(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "copy")); err == nil {
		t.Error("no error")
	}
}

func startStores(t *testing.T, data string) (stop func(), info Info) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- RunStores(ctx, StoresOptions{Data: data, MongoDB: "127.0.0.1:0", Redis: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	}()
	for {
		if info, err := ReadInfo(data); err == nil {
			return func() {
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}, info
		}
		select {
		case err := <-ended:
			t.Fatalf("the stores ended: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func clients(t *testing.T, info Info) (*mongo.Collection, *redis.Client) {
	t.Helper()
	m, err := mongo.Connect(options.Client().ApplyURI(info.Stores.MongoDB))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Disconnect(context.Background()) })
	o, err := redis.ParseURL(info.Stores.Redis)
	if err != nil {
		t.Fatal(err)
	}
	r := redis.NewClient(o)
	t.Cleanup(func() { _ = r.Close() })
	return m.Database("test").Collection("things"), r
}

func write(t *testing.T, info Info, key string) {
	t.Helper()
	m, r := clients(t, info)
	if _, err := m.InsertOne(t.Context(), bson.D{{Key: "_id", Value: key}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Set(t.Context(), key, "1", time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
}

// read tells whether both stores hold key.
func read(t *testing.T, info Info, key string) bool {
	t.Helper()
	m, r := clients(t, info)
	found, err := m.CountDocuments(t.Context(), bson.D{{Key: "_id", Value: key}})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := r.Exists(t.Context(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	if found != kept {
		t.Errorf("%s: MongoDB holds %d, Redis %d", key, found, kept)
	}
	return found == 1
}
