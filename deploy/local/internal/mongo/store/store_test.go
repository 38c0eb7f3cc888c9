package store_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

var seed = flag.Uint64("seed", 0, "seed of the generated cases; 0 takes one from the clock")

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

// generator makes documents, filters and updates within the rules for MongoDB use.
type generator struct{ *rand.Rand }

func newGenerator(t *testing.T) generator {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("go test -run %s -seed %d", t.Name(), s)
	return generator{rand.New(rand.NewPCG(s, 0))}
}

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) scalar() any {
	switch g.IntN(7) {
	case 0, 1:
		return nil
	case 2:
		return int32(g.IntN(4))
	case 3:
		return float64(g.IntN(8)) / 2
	case 4:
		return pick(g, "", "a", "b", "ab", "a\x01", "abc")
	case 5:
		return g.IntN(2) == 0
	default:
		return bson.DateTime(g.IntN(3) * 1000)
	}
}

// document has scalars in s and t, and, if arrays is set, arrays in a and in d.
func (g generator) document(id int, arrays bool) bson.D {
	out := d("_id", int32(id))
	for _, name := range []string{"s", "t"} {
		if g.IntN(5) > 0 {
			out = append(out, bson.E{Key: name, Value: g.scalar()})
		}
	}
	out = append(out, bson.E{Key: "a", Value: g.scalar()}, bson.E{Key: "d", Value: d("x", g.scalar())})
	if arrays && g.IntN(2) == 0 {
		out[len(out)-2].Value = g.array(g.scalar)
	}
	if arrays && g.IntN(2) == 0 {
		out[len(out)-1].Value = g.array(func() any {
			return pick[any](g, d("x", g.scalar()), d("x", g.scalar(), "y", g.scalar()), d("y", 1), g.scalar())
		})
	}
	return out
}

func (g generator) array(element func() any) bson.A {
	out := bson.A{}
	for range g.IntN(4) {
		out = append(out, element())
	}
	return out
}

func (g generator) condition() any {
	switch g.IntN(10) {
	case 0, 1, 2:
		return g.scalar()
	case 3:
		return d("$in", bson.A{g.scalar(), g.scalar(), g.scalar()})
	case 4:
		return d("$gt", g.scalar())
	case 5:
		return d("$lte", g.scalar(), "$gte", g.scalar())
	case 6:
		return d("$ne", g.scalar())
	case 7:
		return d("$exists", g.IntN(2) == 0)
	case 8:
		return bson.Regex{Pattern: pick(g, "^a", "^ab", "b$", "^a.*c", "^")}
	default:
		return d("$lt", g.scalar(), "$gt", g.scalar())
	}
}

func (g generator) field() bson.E {
	switch g.IntN(10) {
	case 0:
		return bson.E{Key: "_id", Value: d(pick(g, "$gt", "$lte"), int32(g.IntN(60)))}
	case 1:
		return bson.E{Key: "_id", Value: d("$in", bson.A{int32(g.IntN(60)), int32(g.IntN(60))})}
	case 2:
		return bson.E{Key: "d", Value: d("$elemMatch", d("x", g.condition()))}
	}
	return bson.E{Key: pick(g, "s", "t", "a", "d.x"), Value: g.condition()}
}

func (g generator) filter() bson.D {
	out := bson.D{}
	for range g.IntN(3) {
		out = append(out, g.field())
	}
	if g.IntN(3) == 0 {
		out = append(out, bson.E{Key: pick(g, "$or", "$or", "$and", "$nor"), Value: bson.A{bson.D{g.field()}, bson.D{g.field(), g.field()}, bson.D{g.field()}}})
	}
	if g.IntN(8) == 0 {
		name := pick(g, "s", "t", "a", "d.x")
		out = append(out, bson.E{Key: "$or", Value: bson.A{d(name, g.condition()), d(name, g.condition(), "_id", d("$lt", int32(g.IntN(60))))}})
	}
	return out
}

// order ends with the _id, so that there is one right answer.
func (g generator) order() bson.D {
	out := bson.D{}
	for _, name := range []string{"s", "t", "a"} {
		if g.IntN(3) == 0 {
			out = append(out, bson.E{Key: name, Value: pick(g, 1, -1)})
		}
	}
	g.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return append(out, bson.E{Key: "_id", Value: pick(g, 1, -1)})
}

func (g generator) update() bson.D {
	switch g.IntN(5) {
	case 0:
		return d("$set", d(pick(g, "s", "t", "a"), g.scalar()))
	case 1:
		return d("$unset", d(pick(g, "s", "t", "a"), ""))
	case 2:
		return d("$set", d("d", d("x", g.scalar())))
	case 3:
		return d("$set", d("s", g.scalar(), "t", g.scalar()))
	default:
		return d("$set", d("n", int32(g.IntN(9))))
	}
}

func (g generator) index() bson.D {
	names := []string{"s", "t", "a", "d.x", "_id"}
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	out := bson.D{}
	array := false
	for _, name := range names[:1+g.IntN(3)] {
		if name == "a" || name == "d.x" {
			if array { // two arrays of a document can't be indexed together
				continue
			}
			array = true
		}
		out = append(out, bson.E{Key: name, Value: pick(g, 1, -1)})
	}
	return out
}
