package mongo_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func TestCreateIndex(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := serve(t).Database("x").Collection("c")
	create := func(key bson.D, o *options.IndexOptionsBuilder) error {
		_, err := c.Indexes().CreateOne(ctx, driver.IndexModel{Keys: key, Options: o})
		return err
	}
	named := func(name string) *options.IndexOptionsBuilder { return options.Index().SetName(name) }
	must(t, create(d("a", 1), named("a")))
	must(t, create(d("a", 1), named("a"))) // again
	must(t, create(d("a", -1), named("down")))
	must(t, create(d("t", 1), named("t").SetExpireAfterSeconds(60)))
	must(t, create(d("t", 1), named("t").SetExpireAfterSeconds(60)))
	must(t, create(d("_id", 1), named("_id_")))
	wantCode(t, create(d("a", 1), named("b")), 85)
	wantCode(t, create(d("a", 1), named("b").SetUnique(true)), 85)
	wantCode(t, create(d("b", 1), named("a")), 86)
	wantCode(t, create(d("a", 1), named("a").SetUnique(true)), 86)
	wantCode(t, create(d("t", 1), named("t").SetExpireAfterSeconds(61)), 86)
	specs, err := c.Indexes().ListSpecifications(ctx)
	must(t, err)
	var got []string
	for _, s := range specs {
		after := int32(-1)
		if s.ExpireAfterSeconds != nil {
			after = *s.ExpireAfterSeconds
		}
		got = append(got, fmt.Sprint(s.Name, " ", s.KeysDocument, " ", s.Unique != nil && *s.Unique, " ", after))
	}
	want := []string{
		`_id_ {"_id": {"$numberInt":"1"}} false -1`, `a {"a": {"$numberInt":"1"}} false -1`,
		`down {"a": {"$numberInt":"-1"}} false -1`, `t {"t": {"$numberInt":"1"}} false 60`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Several at once are made all or not at all.
	_, err = c.Indexes().CreateMany(ctx, []driver.IndexModel{{Keys: d("n", 1), Options: named("n")}, {Keys: d("m", 1), Options: named("a")}})
	wantCode(t, err, 86)
	wantCode(t, c.Indexes().DropOne(ctx, "n"), 27)
	must(t, c.Indexes().DropOne(ctx, "down"))
	must(t, c.Indexes().DropWithKey(ctx, d("t", 1)))
	must(t, c.Indexes().DropAll(ctx))
	specs, err = c.Indexes().ListSpecifications(ctx)
	must(t, err)
	if len(specs) != 1 {
		t.Errorf("%d indexes are left", len(specs))
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client := serve(t)
	for _, ns := range [][2]string{{"a", "one"}, {"a", "two"}, {"a-b", "three"}, {"b", "four"}} {
		_, err := client.Database(ns[0]).Collection(ns[1]).InsertOne(ctx, d("_id", 1))
		must(t, err)
	}
	must(t, client.Database("b").CreateCollection(ctx, "empty"))
	wantCode(t, client.Database("b").CreateCollection(ctx, "empty"), 48)
	must(t, client.Database("a").Drop(ctx))
	must(t, client.Database("b").Collection("four").Drop(ctx))
	must(t, client.Database("b").Collection("none").Drop(ctx))
	databases, err := client.ListDatabaseNames(ctx, d())
	must(t, err)
	if diff := cmp.Diff([]string{"a-b", "b"}, databases); diff != "" {
		t.Error(diff)
	}
	collections, err := client.Database("b").ListCollectionNames(ctx, d("name", d("$ne", "other")))
	must(t, err)
	if diff := cmp.Diff([]string{"empty"}, collections); diff != "" {
		t.Error(diff)
	}
}

// clock is a time that tests move.
type clock struct{ atomic.Int64 }

func (c *clock) now() time.Time { return time.UnixMilli(c.Load()) }

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in half a minute: %s", what)
		}
	}
}

func TestDocumentsExpire(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	cfg, now := config(t), &clock{}
	now.Store(1_000_000)
	cfg.Now = now.now
	s, stop := start(t, cfg)
	t.Cleanup(stop)
	c := connect(t, s).Database("x").Collection("c")
	_, err := c.Indexes().CreateOne(ctx, driver.IndexModel{Keys: d("at", 1), Options: options.Index().SetExpireAfterSeconds(100)})
	must(t, err)
	_, err = c.InsertMany(ctx, []any{
		d("_id", "past", "at", time.UnixMilli(899_999)), d("_id", "now", "at", time.UnixMilli(900_000)), d("_id", "later", "at", time.UnixMilli(900_001)),
		d("_id", "an old one", "at", time.UnixMilli(-1)), d("_id", "first of two", "at", bson.A{time.UnixMilli(2_000_000), time.UnixMilli(800_000)}),
		d("_id", "none"), d("_id", "null", "at", nil), d("_id", "number", "at", 5), d("_id", "text", "at", "1970"),
	})
	must(t, err)
	left := func() []string {
		cur, err := c.Find(ctx, d(), options.Find().SetSort(d("_id", 1)))
		return ids(t, cur, err)
	}
	eventually(t, "the past is gone", func() bool { return len(left()) <= 5 })
	if diff := cmp.Diff([]string{"later", "none", "null", "number", "text"}, left()); diff != "" {
		t.Error(diff)
	}
	now.Add(1)
	eventually(t, "what was to come is gone", func() bool { return len(left()) == 4 })
}

func TestCursorsExpire(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	cfg, now := config(t), &clock{}
	now.Store(time.Now().UnixMilli())
	cfg.Now = now.now
	s, stop := start(t, cfg)
	t.Cleanup(stop)
	c := connect(t, s).Database("x").Collection("c")
	_, err := c.InsertMany(ctx, []any{d(), d(), d(), d(), d()})
	must(t, err)
	begin := func() *driver.Cursor {
		t.Helper()
		cur, err := c.Find(ctx, d(), options.Find().SetBatchSize(1))
		must(t, err)
		return cur
	}
	idle, kept := begin(), begin()
	more := func(cur *driver.Cursor) error {
		return c.Database().RunCommand(ctx, d("getMore", cur.ID(), "collection", "c", "batchSize", 1)).Err()
	}
	now.Add((6 * time.Minute).Milliseconds())
	must(t, more(kept))
	now.Add((5 * time.Minute).Milliseconds())
	eventually(t, "the idle cursor is gone", func() bool { // asking in the name of another collection keeps none alive
		return codeOf(c.Database().RunCommand(ctx, d("getMore", idle.ID(), "collection", "other")).Err()) == 43
	})
	wantCode(t, more(idle), 43)
	must(t, more(kept))
}
