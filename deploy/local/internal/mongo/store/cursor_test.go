package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

// TestCursorOverAnIndexThatGetsArrays begins a walk in which every key is a document of its own. Then a document gets two
// keys, and still comes once.
func TestCursorOverAnIndexThatGetsArrays(t *testing.T) {
	t.Parallel()
	s := open(t)
	createIndex(t, s, people, "n", false, d("n", 1))
	for i := range 6 {
		insert(t, s, people, d("_id", i, "n", i))
	}
	cur := store.NewCursor(people, store.Query{Filter: filter(t, d("n", d("$gte", 0, "$lte", 9))), Order: order(t, d("n", 1))})
	next := func(n int) (docs []bson.Raw) {
		t.Helper()
		read(t, s, func(tx *store.Tx) (err error) {
			docs, err = tx.Next(cur, n, 1<<20)
			return err
		})
		return docs
	}
	next(2)
	u, err := document.ParseUpdate(raw(t, d("$set", d("n", []int{4, 7}))), nil)
	must(t, err)
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.Update(people, store.Update{Query: store.Query{Filter: filter(t, d("_id", 3))}, Update: u})
		return err
	})
	want := []string{`{"$numberInt":"2"}`, `{"$numberInt":"3"}`, `{"$numberInt":"4"}`, `{"$numberInt":"5"}`}
	if diff := cmp.Diff(want, ids(next(100))); diff != "" {
		t.Error(diff)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 5 {
		insert(t, s, people, d("_id", i, "data", make([]byte, 1000)))
	}
	for name, q := range map[string]store.Query{"in order": {}, "sorted": {Order: order(t, d("data", 1))}} {
		cur := store.NewCursor(people, q)
		var sizes []int
		for !cur.Done() {
			read(t, s, func(tx *store.Tx) error {
				docs, err := tx.Next(cur, 100, 1500)
				sizes = append(sizes, len(docs))
				return err
			})
		}
		if diff := cmp.Diff([]int{2, 2, 1}, sizes); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
