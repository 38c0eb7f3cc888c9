package document_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

var seed = flag.Uint64("seed", 0, "seed of the generated cases; 0 takes one from the clock")

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

func d(pairs ...any) bson.D {
	out := bson.D{}
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, bson.E{Key: pairs[i].(string), Value: pairs[i+1]})
	}
	return out
}

func (g generator) scalar() any {
	switch g.IntN(8) {
	case 0:
		return nil
	case 1:
		return int32(g.IntN(4))
	case 2:
		return int64(g.IntN(4))
	case 3:
		return float64(g.IntN(8)) / 2
	case 4:
		return pick(g, "", "a", "b", "ab", "a\x00", "a\x01", "é")
	case 5:
		return g.IntN(2) == 0
	case 6:
		return bson.DateTime(g.IntN(3) * 1000)
	default:
		return bson.Binary{Data: []byte(pick(g, "", "a", "b", "aa"))}
	}
}

func (g generator) value() any {
	switch g.IntN(6) {
	case 0:
		return d("x", g.scalar())
	case 1:
		return g.array(g.scalar)
	case 2:
		return g.array(func() any { return d("x", g.scalar(), "y", int32(g.IntN(3))) })
	default:
		return g.scalar()
	}
}

func (g generator) array(element func() any) bson.A {
	out := bson.A{}
	for range g.IntN(4) {
		out = append(out, element())
	}
	return out
}

func (g generator) document() bson.D {
	out := bson.D{{Key: "_id", Value: int32(1)}}
	for _, name := range []string{"a", "b", "c"} {
		if g.IntN(5) > 0 {
			out = append(out, bson.E{Key: name, Value: g.value()})
		}
	}
	return out
}

// condition makes one for a field, or for a path through an array: of the latter lungo can't tell null, nor apart an array
// from the values of several documents.
func (g generator) condition(operand func() any, through bool) any {
	kinds := 14
	if through {
		kinds = 10
	}
	switch g.IntN(kinds) {
	case 0, 1, 2:
		return operand()
	case 3:
		return d("$in", bson.A{operand(), operand()})
	case 4:
		return d("$nin", bson.A{operand(), operand()})
	case 5:
		return d("$ne", operand())
	case 6:
		return d("$gt", operand(), "$lte", operand())
	case 7:
		return d(pick(g, "$gt", "$gte", "$lt", "$lte"), operand())
	case 8:
		return d("$exists", g.IntN(2) == 0)
	case 9:
		return d("$not", d(pick(g, "$eq", "$gt", "$lte"), operand()))
	case 10:
		return d("$size", int32(g.IntN(4)))
	case 11:
		return d("$elemMatch", d(pick(g, "$gt", "$lte", "$eq"), operand()))
	default:
		return d("$elemMatch", d("x", operand(), "y", int32(g.IntN(3))))
	}
}

func (g generator) notNull() any {
	for {
		if v := g.scalar(); v != nil {
			return v
		}
	}
}

func (g generator) operand() any {
	if g.IntN(8) == 0 {
		return g.value()
	}
	return g.scalar()
}

func (g generator) field() bson.E {
	if g.IntN(4) == 0 {
		return bson.E{Key: pick(g, "a.x", "b.x", "c.y"), Value: g.condition(g.notNull, true)}
	}
	return bson.E{Key: pick(g, "a", "b", "c"), Value: g.condition(g.operand, false)}
}

func (g generator) filter() bson.D {
	out := bson.D{}
	for range g.IntN(3) {
		out = append(out, g.field())
	}
	if g.IntN(4) == 0 {
		out = append(out, bson.E{Key: pick(g, "$or", "$and", "$nor"), Value: bson.A{bson.D{g.field()}, bson.D{g.field()}}})
	}
	return out
}

func (g generator) update() bson.D {
	switch g.IntN(10) {
	case 0:
		return d("$set", d("a", g.value(), pick(g, "b.x", "b.y.z"), g.value()))
	case 1:
		return d("$unset", d(pick(g, "a", "b.x", "c"), ""), "$set", d("n", g.scalar()))
	case 2:
		return d("$inc", d(pick(g, "a", "b", "c.x"), pick[any](g, int32(2), int64(1)<<40, 0.5, int32(-7))))
	case 3:
		return d(pick(g, "$min", "$max"), d(pick(g, "a", "b"), g.scalar()))
	case 4:
		return d("$push", d(pick(g, "a", "b"), g.value()))
	case 5:
		return d("$push", d(pick(g, "a", "b"), d("$each", g.array(g.scalar), "$slice", int32(g.IntN(5)-2))))
	case 6:
		return d("$addToSet", d(pick(g, "a", "b"), g.scalar()))
	case 7:
		return d("$addToSet", d(pick(g, "a", "b"), d("$each", append(g.array(g.scalar), 1)))) // of none, lungo makes no array
	case 8:
		return d("$pull", d(pick(g, "a", "b"), g.notNull()))
	default:
		return d("$pull", d(pick(g, "a", "b"), d("x", g.notNull())), "$setOnInsert", d("c", 1))
	}
}
