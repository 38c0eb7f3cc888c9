package mongo_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	servers "github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/services/mailer/internal/store/mongo"
	"github.com/watchword/watchword/services/mailer/internal/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Store {
		s := mongo.New(servers.Database(t))
		if err := s.Prepare(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestPreparedTwice(t *testing.T) {
	t.Parallel()
	db := servers.Database(t)
	for range 2 {
		if err := mongo.New(db).Prepare(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
	}
}

// What is done with is marked for removal, and a mail that is requeued no longer is.
func TestExpiry(t *testing.T) {
	t.Parallel()
	db := servers.Database(t)
	s := mongo.New(db)
	now := time.Now().UTC().Truncate(time.Millisecond)
	expires := func() (at time.Time, ok bool) {
		var d bson.M
		if err := db.Collection("mails").FindOne(t.Context(), bson.D{{Key: "key", Value: "a"}}).Decode(&d); err != nil {
			t.Fatal(err)
		}
		v, ok := d["expiresAt"].(bson.DateTime)
		return v.Time().UTC(), ok
	}
	m := storetest.Mail(t, "a", now)
	if _, err := s.Insert(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if at, ok := expires(); ok {
		t.Errorf("a mail that waits expires at %s", at)
	}
	leased, _, err := s.Lease(t.Context(), now, now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if held, err := s.Settle(t.Context(), leased, storetest.Dead(now)); err != nil || !held {
		t.Fatal(held, err)
	}
	if at, ok := expires(); !ok || !at.Equal(storetest.Dead(now).ExpiresAt) {
		t.Errorf("a dead mail expires at %s", at)
	}
	if err := s.Requeue(t.Context(), m.ID, now, now); err != nil {
		t.Fatal(err)
	}
	if at, ok := expires(); ok {
		t.Errorf("a requeued mail expires at %s", at)
	}
}

func TestIndexInPlaceOfOurs(t *testing.T) {
	t.Parallel()
	db := servers.Database(t)
	if err := db.RunCommand(t.Context(), bson.D{
		{Key: "createIndexes", Value: "mails"},
		{Key: "indexes", Value: bson.A{bson.D{{Key: "key", Value: bson.D{{Key: "key", Value: 1}}}, {Key: "name", Value: "key"}}}},
	}).Err(); err != nil {
		t.Fatal(err)
	}
	err := mongo.New(db).Prepare(t.Context(), slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "index key of mails") {
		t.Errorf("prepared with %v", err)
	}
}
