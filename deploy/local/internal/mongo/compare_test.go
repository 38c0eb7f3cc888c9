package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/deploy/local/internal/mongo/mongotest"
)

// otherServer names a server to compare with, a mongod or another that is known to do as it does.
const otherServer = "WATCHWORD_TEST_MONGODB_URI"

// TestAgreesWithAnotherServer asks this store and another server the same, and demands the same answers.
func TestAgreesWithAnotherServer(t *testing.T) {
	t.Parallel()
	uri := os.Getenv(otherServer)
	if uri == "" {
		t.Skip("NOT RUN against another server: " + otherServer + " names none; make test-stores does")
	}
	ctx := context.Background()
	g := mongotest.New(t)
	other := connectWith(t, options.Client().ApplyURI(uri)).Database(fmt.Sprint("compare", time.Now().UnixNano()))
	t.Cleanup(func() { must(t, other.Drop(ctx)) })
	ours := serve(t).Database("compare")
	for round := range 20 {
		name := fmt.Sprint("c", round)
		pair := [2]*driver.Collection{ours.Collection(name), other.Collection(name)}
		for _, key := range []bson.D{d("a", 1), d("s", -1, "a", 1), d("d.x", 1), d("t", 1, "s", 1)} {
			index(t, pair[0], key, false)
		}
		for i := range 60 {
			doc := g.Document(i, round%2 == 1)
			for _, c := range pair {
				_, err := c.InsertOne(ctx, doc)
				must(t, err)
			}
		}
		for range 100 {
			if g.IntN(6) == 0 {
				change(t, g, pair)
			} else {
				ask(t, g, pair)
			}
		}
	}
}

func ask(t *testing.T, g mongotest.Generator, pair [2]*driver.Collection) {
	t.Helper()
	filter, order := g.Filter(), g.Order()
	find := options.Find().SetSort(order).SetSkip(int64(g.IntN(4))).SetLimit(int64(g.IntN(6)))
	var got [2]string
	var counted [2]int64
	for i, c := range pair {
		cur, err := c.Find(context.Background(), filter, find)
		got[i] = strings.Join(ids(t, cur, err), " ")
		counted[i], err = c.CountDocuments(context.Background(), filter)
		must(t, err)
	}
	if got[0] != got[1] || counted[0] != counted[1] {
		t.Errorf("filter %v order %v: got %s (%d in all), want %s (%d)", filter, order, got[0], counted[0], got[1], counted[1])
	}
}

func change(t *testing.T, g mongotest.Generator, pair [2]*driver.Collection) {
	t.Helper()
	filter, update := g.Filter(), g.Update()
	var got [2]bson.D
	for i, c := range pair {
		err := c.FindOneAndUpdate(context.Background(), filter, update,
			options.FindOneAndUpdate().SetSort(d("_id", 1)).SetReturnDocument(options.After)).Decode(&got[i])
		if err != nil && !errors.Is(err, driver.ErrNoDocuments) {
			t.Fatalf("filter %v update %v: %v", filter, update, err)
		}
	}
	if diff := cmp.Diff(got[1], got[0]); diff != "" {
		t.Errorf("filter %v update %v: %s", filter, update, diff)
	}
}
