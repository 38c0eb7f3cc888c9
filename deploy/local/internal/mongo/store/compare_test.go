package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/mongotest"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

// twins are two collections of the same documents, one with indexes and one without.
type twins struct {
	store          *store.Store
	indexed, plain store.Namespace
	indexes        []bson.D
}

func newTwins(t *testing.T, s *store.Store, g mongotest.Generator, round int, arrays bool) twins {
	tw := twins{
		store:   s,
		indexed: store.Namespace{Database: "d", Collection: fmt.Sprint("indexed", round)},
		plain:   store.Namespace{Database: "d", Collection: fmt.Sprint("plain", round)},
	}
	for i := range 4 {
		key := g.Index()
		if len(key) == 0 || len(key) == 1 && key[0].Key == "_id" {
			continue
		}
		if twice(tw.indexes, key) {
			continue
		}
		withID := slices.ContainsFunc(key, func(e bson.E) bool { return e.Key == "_id" })
		createIndex(t, s, tw.indexed, fmt.Sprint("i", i), withID && g.IntN(2) == 0, key)
		tw.indexes = append(tw.indexes, key)
	}
	var docs []bson.D
	for i := range 60 {
		docs = append(docs, g.Document(i, arrays))
	}
	insert(t, s, tw.indexed, docs...)
	insert(t, s, tw.plain, docs...)
	return tw
}

func twice(keys []bson.D, key bson.D) bool {
	for _, k := range keys {
		if cmp.Equal(k, key) {
			return true
		}
	}
	return false
}

// TestIndexesAgreeWithAScan is the proof of the planner: whatever index it takes, the answer is that of a plain scan.
func TestIndexesAgreeWithAScan(t *testing.T) {
	t.Parallel()
	g := mongotest.New(t)
	s := open(t)
	found := 0
	for round := range 40 {
		tw := newTwins(t, s, g, round, round%2 == 1)
		for range 100 {
			if g.IntN(6) == 0 {
				tw.change(t, g)
				continue
			}
			found += tw.ask(t, g)
			if t.Failed() {
				t.Fatalf("indexes %v", tw.indexes)
			}
		}
		tw.remove(t, g)
	}
	if found < 4000 {
		t.Errorf("only %d documents were found: the cases say little", found)
	}
}

func (tw twins) ask(t *testing.T, g mongotest.Generator) int {
	t.Helper()
	asked, sorted := g.Filter(), g.Order()
	q := store.Query{Filter: filter(t, asked), Order: order(t, sorted), Skip: int64(g.IntN(4)), Limit: int64(g.IntN(6))}
	batch := 1 + g.IntN(4)
	want := ids(all(t, tw.store, tw.plain, q, 100))
	if diff := cmp.Diff(want, ids(all(t, tw.store, tw.indexed, q, batch))); diff != "" {
		t.Errorf("filter %v order %v skip %d limit %d: %s", asked, sorted, q.Skip, q.Limit, diff)
	}
	q.Order = nil // the documents may be others, but not twice, nor more or fewer
	unsorted := ids(all(t, tw.store, tw.indexed, q, batch))
	if seen := map[string]bool{}; len(unsorted) != len(want) || duplicates(unsorted, seen) {
		t.Errorf("filter %v skip %d limit %d without order: %v, want %d documents", asked, q.Skip, q.Limit, unsorted, len(want))
	}
	if n := count(t, tw.store, tw.indexed, q); n != int64(len(want)) {
		t.Errorf("filter %v skip %d limit %d: counted %d of %d", asked, q.Skip, q.Limit, n, len(want))
	}
	return len(want)
}

func duplicates(ids []string, seen map[string]bool) bool {
	for _, id := range ids {
		if seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
}

func ids(docs []bson.Raw) []string {
	out := []string{}
	for _, doc := range docs {
		out = append(out, document.Lookup(doc, "_id").String())
	}
	return out
}

// change updates one document, or all that match.
func (tw twins) change(t *testing.T, g mongotest.Generator) {
	t.Helper()
	asked, changed := g.Filter(), g.Update()
	u, err := document.ParseUpdate(raw(t, changed), nil)
	must(t, err)
	q := store.Query{Filter: filter(t, asked), Order: order(t, g.Order()), Limit: int64(g.IntN(2))}
	var done [2]store.Updated
	for i, ns := range []store.Namespace{tw.indexed, tw.plain} {
		write(t, tw.store, func(tx *store.Tx) (err error) {
			done[i], err = tx.Update(ns, store.Update{Query: q, Update: u})
			return err
		})
	}
	if diff := cmp.Diff(done[1], done[0]); diff != "" {
		t.Fatalf("filter %v update %v: %s", asked, changed, diff)
	}
}

// remove takes documents away until none are left, and demands that the indexes are empty then too.
func (tw twins) remove(t *testing.T, g mongotest.Generator) {
	t.Helper()
	for _, asked := range []bson.D{g.Filter(), g.Filter(), d()} {
		var removed [2]int64
		for i, ns := range []store.Namespace{tw.indexed, tw.plain} {
			write(t, tw.store, func(tx *store.Tx) (err error) {
				removed[i], err = tx.Delete(ns, store.Query{Filter: filter(t, asked)})
				return err
			})
		}
		if removed[0] != removed[1] {
			t.Fatalf("filter %v: removed %d, want %d", asked, removed[0], removed[1])
		}
	}
	for _, path := range []string{"s", "t", "a", "d.x"} {
		q := store.Query{Filter: filter(t, d(path, d("$in", bson.A{nil, 0, 1, 2, 3, "a", true, false})))}
		if n := count(t, tw.store, tw.indexed, q); n != 0 {
			t.Errorf("an index of %s holds %d keys of no document", path, n)
		}
	}
}
