// Package mongotest makes documents, filters and updates within the rules for MongoDB use, for tests that compare two
// ways to an answer. What it makes follows from a seed, which the test logs.
package mongotest

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

var seed = flag.Uint64("seed", 0, "seed of the generated cases; 0 takes one from the clock")

// Generator makes the cases of one test.
type Generator struct{ *rand.Rand }

// New takes the seed from the flag, or from the clock.
func New(t *testing.T) Generator {
	t.Helper()
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("go test -run %s -seed %d", t.Name(), s)
	return Generator{rand.New(rand.NewPCG(s, 0))}
}

func pick[T any](g Generator, from ...T) T { return from[g.IntN(len(from))] }

func (g Generator) scalar() any {
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

// Document has scalars in s and t, and, if arrays is set, arrays in a and in d.
func (g Generator) Document(id int, arrays bool) bson.D {
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

func (g Generator) array(element func() any) bson.A {
	out := bson.A{}
	for range g.IntN(4) {
		out = append(out, element())
	}
	return out
}

func (g Generator) condition() any {
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

func (g Generator) field() bson.E {
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

// Filter asks for s, t, a, d.x and the _id.
func (g Generator) Filter() bson.D {
	out := bson.D{}
	for range g.IntN(3) {
		out = add(out, g.field())
	}
	if g.IntN(3) == 0 {
		out = add(out, bson.E{Key: pick(g, "$or", "$or", "$and", "$nor"), Value: bson.A{
			bson.D{g.field()}, add(bson.D{g.field()}, g.field()), bson.D{g.field()},
		}})
	}
	if g.IntN(8) == 0 {
		name := pick(g, "s", "t", "a", "d.x")
		out = add(out, bson.E{Key: pick(g, "$or", "$and"), Value: bson.A{
			d(name, g.condition()), d(name, g.condition(), "_id", d("$lt", int32(g.IntN(60)))),
		}})
	}
	return out
}

// add leaves out a name that is there: not all that read documents see both.
func add(doc bson.D, e bson.E) bson.D {
	if slices.ContainsFunc(doc, func(other bson.E) bool { return other.Key == e.Key }) {
		return doc
	}
	return append(doc, e)
}

// Order ends with the _id, so that there is one right answer.
func (g Generator) Order() bson.D {
	out := bson.D{}
	for _, name := range []string{"s", "t", "a"} {
		if g.IntN(3) == 0 {
			out = append(out, bson.E{Key: name, Value: pick(g, 1, -1)})
		}
	}
	g.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return append(out, bson.E{Key: "_id", Value: pick(g, 1, -1)})
}

// Update changes one or two fields.
func (g Generator) Update() bson.D {
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

// Index is the key of an index, empty now and then.
func (g Generator) Index() bson.D {
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

func d(pairs ...any) bson.D {
	out := bson.D{}
	for i := 1; i < len(pairs); i += 2 {
		out = append(out, bson.E{Key: pairs[i-1].(string), Value: pairs[i]})
	}
	return out
}
