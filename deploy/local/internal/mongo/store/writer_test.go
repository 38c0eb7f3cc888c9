package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

func wantCode(t testing.TB, err error, want code.Code) {
	t.Helper()
	var answer *code.Error
	if !errors.As(err, &answer) || answer.Code != want {
		t.Errorf("got %v, want %v", err, want)
	}
}

// TestWritesThatBreakHarmNoOther runs many writes at once, so that they share commits; a third of them go wrong, each in
// another way.
func TestWritesThatBreakHarmNoOther(t *testing.T) {
	t.Parallel()
	s := open(t)
	broken := errors.New("broken")
	refused := code.BadValue.Errorf("refused")
	var wait sync.WaitGroup
	for i := range 300 {
		wait.Go(func() {
			end := []error{nil, nil, nil, nil, nil, nil, broken, store.Undo(refused), refused}[i%9]
			err := s.Write(context.Background(), func(tx *store.Tx) error {
				return errors.Join(tx.Insert(people, raw(t, d("_id", i))), end)
			})
			switch i % 9 {
			case 6:
				if !errors.Is(err, broken) {
					t.Errorf("write %d: %v", i, err)
				}
			case 7, 8:
				wantCode(t, err, code.BadValue)
			default:
				if err != nil {
					t.Errorf("write %d: %v", i, err)
				}
			}
		})
	}
	wait.Wait()
	want := []string{}
	for i := range 300 {
		if i%9 != 6 && i%9 != 7 {
			want = append(want, fmt.Sprintf(`{"$numberInt":"%d"}`, i))
		}
	}
	if diff := cmp.Diff(want, ids(all(t, s, people, store.Query{}, 1000))); diff != "" {
		t.Error(diff)
	}
}

func TestAFailedCommitIsTheLast(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mongo.db")
	fatal := make(chan error, 10)
	s, breakDisk, err := store.OpenBreakable(store.Config{Path: path, OnFatal: func(err error) { fatal <- err }})
	must(t, err)
	insert(t, s, people, d("_id", "before"))
	breakDisk()
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			err := s.Write(context.Background(), func(tx *store.Tx) error { return tx.Insert(people, raw(t, d("_id", i))) })
			wantCode(t, err, code.ShutdownInProgress)
		})
	}
	wait.Wait()
	if len(fatal) != 1 {
		t.Errorf("%d fatal errors", len(fatal))
	}
	if got := ids(all(t, s, people, store.Query{}, 10)); len(got) != 1 {
		t.Errorf("%v can be read", got)
	}
	if err := s.Close(); err == nil {
		t.Error("a broken file was closed well")
	}
	again, err := store.Open(store.Config{Path: path, NoSync: true})
	must(t, err)
	if got := ids(all(t, again, people, store.Query{}, 10)); len(got) != 1 || got[0] != `"before"` {
		t.Errorf("%v are left", got)
	}
	must(t, again.Close())
}

func TestEndedContexts(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 3 {
		insert(t, s, store.Namespace{Database: "d", Collection: fmt.Sprint("c", i)}, d("_id", 1))
	}
	for i := range 2000 {
		insert(t, s, people, d("_id", i, "a", 1))
	}
	late, cancel := context.WithTimeout(context.Background(), -1)
	defer cancel()
	wantCode(t, s.Write(late, func(*store.Tx) error { t.Error("ran"); return nil }), code.MaxTimeMSExpired)
	q := store.Query{Filter: filter(t, d("a", 2))}
	wantCode(t, s.Read(late, func(tx *store.Tx) error { _, err := tx.Count(people, q); return err }), code.MaxTimeMSExpired)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	wantCode(t, s.Read(cancelled, func(tx *store.Tx) error { _, err := tx.Count(people, q); return err }), code.ShutdownInProgress)
}

func TestWriteAfterClose(t *testing.T) {
	t.Parallel()
	s, err := store.Open(store.Config{Path: filepath.Join(t.TempDir(), "mongo.db"), NoSync: true})
	must(t, err)
	must(t, s.Close())
	wantCode(t, s.Write(context.Background(), func(*store.Tx) error { return nil }), code.ShutdownInProgress)
	if err := s.Read(context.Background(), func(*store.Tx) error { return nil }); err == nil {
		t.Error("a closed store was read")
	}
}

func TestParallelArraysAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	createIndex(t, s, people, "ab", false, d("a", 1, "b", 1))
	insert(t, s, people, d("_id", 1, "a", []int{1, 2}, "b", 1))
	err := s.Write(context.Background(), func(tx *store.Tx) error {
		return tx.Insert(people, raw(t, d("_id", 2, "a", []int{1}, "b", []int{1})))
	})
	wantCode(t, err, code.CannotIndexParallelArrays)
	if n := len(all(t, s, people, store.Query{}, 10)); n != 1 {
		t.Errorf("%d documents", n)
	}
}

// TestKeysSayEnough takes the documents away: where the keys of an index say all that is asked, nobody misses them.
func TestKeysSayEnough(t *testing.T) {
	t.Parallel()
	s := open(t)
	createIndex(t, s, people, "deletedAt", false, d("deletedAt", 1, "_id", 1))
	createIndex(t, s, people, "n", false, d("deletedAt", -1, "n", -1))
	createIndex(t, s, people, "tags", false, d("tags", 1))
	for i := range 50 {
		insert(t, s, people, d("_id", i, "deletedAt", nil, "n", i, "tags", []string{"a", "b"}), d("_id", 100+i, "deletedAt", 5, "tags", "a"))
	}
	must(t, s.LoseDocuments(people))
	for name, test := range map[string]struct {
		filter bson.D
		want   int64
	}{
		"null":           {d("deletedAt", nil), 50},
		"a value":        {d("deletedAt", 5.0), 50},
		"two values":     {d("deletedAt", d("$in", []any{nil, 5, 7})), 100},
		"a range":        {d("deletedAt", d("$gt", 4, "$lt", 6)), 50},
		"a key set":      {d("deletedAt", nil, "n", d("$gte", 20)), 30},
		"both columns":   {d("deletedAt", nil, "n", 20), 1},
		"what can't be":  {d("deletedAt", d("$gt", 6, "$lt", 4)), 0},
		"all, by $and":   {d("$and", []any{d("deletedAt", nil), d("deletedAt", d("$lte", nil))}), 50},
		"none, by a gap": {d("deletedAt", 6), 0},
	} {
		if n := count(t, s, people, store.Query{Filter: filter(t, test.filter)}); n != test.want {
			t.Errorf("%s: counted %d, want %d", name, n, test.want)
		}
	}
	q := store.Query{Filter: filter(t, d("deletedAt", nil)), Order: order(t, d("_id", 1)), Skip: 50, Limit: 20}
	if got := all(t, s, people, q, 10); len(got) != 0 {
		t.Errorf("%d documents behind the last", len(got))
	}
	for _, asked := range []bson.D{d("tags", "a"), d("deletedAt", nil, "other", 1)} {
		err := s.Read(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Count(people, store.Query{Filter: filter(t, asked)})
			return err
		})
		if err == nil {
			t.Errorf("%v: counted without a look at the documents", asked)
		}
	}
}
