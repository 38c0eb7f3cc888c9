package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

func open(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(store.Config{Path: filepath.Join(t.TempDir(), "mongo.db"), NoSync: true})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func d(pairs ...any) bson.D {
	out := bson.D{}
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, bson.E{Key: pairs[i].(string), Value: pairs[i+1]})
	}
	return out
}

func raw(t testing.TB, v bson.D) bson.Raw {
	t.Helper()
	b, err := bson.Marshal(v)
	must(t, err)
	return b
}

func filter(t testing.TB, q bson.D) document.Filter {
	t.Helper()
	f, err := document.ParseFilter(raw(t, q))
	must(t, err)
	return f
}

func order(t testing.TB, o bson.D) []document.Column {
	t.Helper()
	columns, err := document.ParseColumns(raw(t, o))
	must(t, err)
	return columns
}

func write(t testing.TB, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	must(t, s.Write(context.Background(), fn))
}

func read(t testing.TB, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	must(t, s.Read(context.Background(), fn))
}

func insert(t testing.TB, s *store.Store, ns store.Namespace, docs ...bson.D) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		for _, doc := range docs {
			if err := tx.Insert(ns, raw(t, doc)); err != nil {
				return err
			}
		}
		return nil
	})
}

func createIndex(t testing.TB, s *store.Store, ns store.Namespace, name string, unique bool, key bson.D) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		return tx.CreateIndex(ns, store.IndexSpec{Name: name, Key: raw(t, key), Unique: unique})
	})
}

// all reads a cursor in batches of n, each in a transaction of its own.
func all(t testing.TB, s *store.Store, ns store.Namespace, q store.Query, n int) []bson.Raw {
	t.Helper()
	out := []bson.Raw{}
	cur := store.NewCursor(ns, q)
	for !cur.Done() {
		read(t, s, func(tx *store.Tx) error {
			docs, err := tx.Next(cur, n, 1<<20)
			out = append(out, docs...)
			return err
		})
	}
	return out
}

func count(t testing.TB, s *store.Store, ns store.Namespace, q store.Query) (n int64) {
	t.Helper()
	read(t, s, func(tx *store.Tx) (err error) {
		n, err = tx.Count(ns, q)
		return err
	})
	return n
}
