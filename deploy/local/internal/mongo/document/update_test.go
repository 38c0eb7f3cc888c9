package document_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

func TestUpdate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		doc     bson.D
		update  bson.D
		filters []bson.D
		want    bson.D
	}{
		{"int32 grows", d("_id", 1, "n", int32(math.MaxInt32)), d("$inc", d("n", int32(1))), nil, d("_id", 1, "n", int64(math.MaxInt32)+1)},
		{"int64 stays", d("_id", 1, "n", int64(1)), d("$inc", d("n", int32(1))), nil, d("_id", 1, "n", int64(2))},
		{"what is taken from an array leaves null", d("_id", 1, "a", bson.A{1, 2}), d("$unset", d("a.0", "")), nil, d("_id", 1, "a", bson.A{nil, 2})},
		{"what is not there is not taken", d("_id", 1, "a", 1), d("$unset", d("a.b", "", "c.d", "")), nil, d("_id", 1, "a", 1)},
		{"an array grows", d("_id", 1, "a", bson.A{1}), d("$set", d("a.3", 4)), nil, d("_id", 1, "a", bson.A{1, nil, nil, 4})},
		{"documents are made on the way", d("_id", 1), d("$set", d("a.b.0", 1)), nil, d("_id", 1, "a", d("b", d("0", 1)))},
		{"a replacement keeps the _id", d("_id", 1, "a", 1), d("b", 2), nil, d("_id", 1, "b", 2)},
		{"only an upsert sets on insert", d("_id", 1, "a", 1), d("$setOnInsert", d("a", 2, "b", 2)), nil, d("_id", 1, "a", 1)},
		{"every element", d("_id", 1, "a", bson.A{d("n", 1), d("n", 2)}), d("$inc", d("a.$[].n", 1)), nil, d("_id", 1, "a", bson.A{d("n", 2), d("n", 3)})},
		{
			"chosen elements", d("_id", 1, "a", bson.A{d("n", 1), d("n", 2)}), d("$set", d("a.$[e].m", true)),
			[]bson.D{d("e.n", d("$gt", 1))},
			d("_id", 1, "a", bson.A{d("n", 1), d("n", 2, "m", true)}),
		},
		{
			"chosen values", d("_id", 1, "a", bson.A{1, 5, 9}), d("$set", d("a.$[e]", 5)),
			[]bson.D{d("$or", bson.A{d("e", d("$lt", 2)), d("e", d("$gt", 8))})},
			d("_id", 1, "a", bson.A{5, 5, 5}),
		},
		{"a slice from the end", d("_id", 1, "a", bson.A{1, 2}), d("$push", d("a", d("$each", bson.A{3, 4}, "$slice", -3))), nil, d("_id", 1, "a", bson.A{2, 3, 4})},
		{"a slice of nothing", d("_id", 1, "a", bson.A{1, 2}), d("$push", d("a", d("$each", bson.A{3}, "$slice", 0))), nil, d("_id", 1, "a", bson.A{})},
		{"pushing none makes an array", d("_id", 1), d("$push", d("a", d("$each", bson.A{}))), nil, d("_id", 1, "a", bson.A{})},
		{"equal numbers are one", d("_id", 1, "a", bson.A{1}), d("$addToSet", d("a", d("$each", bson.A{1.0, 2, 2}))), nil, d("_id", 1, "a", bson.A{1, 2})},
		{"pulled by operators", d("_id", 1, "a", bson.A{1, 5, 9}), d("$pull", d("a", d("$gt", 4, "$lt", 9))), nil, d("_id", 1, "a", bson.A{1, 9})},
		{"pulled by a list", d("_id", 1, "a", bson.A{1, 5, 9}), d("$pull", d("a", d("$in", bson.A{1, 9}))), nil, d("_id", 1, "a", bson.A{5})},
		{
			"pulled by a filter", d("_id", 1, "a", bson.A{d("x", 1, "y", 1), d("x", 1, "y", 2), 1}),
			d("$pull", d("a", d("x", 1, "y", d("$gt", 1)))), nil, d("_id", 1, "a", bson.A{d("x", 1, "y", 1), 1}),
		},
		{"an operator of nothing", d("_id", 1), d("$set", d()), nil, d("_id", 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u, err := document.ParseUpdate(raw(t, test.update), raws(t, test.filters))
			if err != nil {
				t.Fatal(err)
			}
			got, err := u.Apply(raw(t, test.doc))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(raw(t, test.want).String(), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func raws(t *testing.T, docs []bson.D) []bson.Raw {
	t.Helper()
	var out []bson.Raw
	for _, doc := range docs {
		out = append(out, raw(t, doc))
	}
	return out
}

func TestUpdateRefuses(t *testing.T) {
	t.Parallel()
	doc := d("_id", 1, "n", int64(math.MaxInt64), "s", "x", "a", bson.A{d("x", 1)})
	for _, test := range []struct {
		name    string
		update  bson.D
		filters []bson.D
		want    code.Code
	}{
		{"an unknown operator", d("$bump", d("a", 1)), nil, code.FailedToParse},
		{"an operator not implemented", d("$currentDate", d("a", true)), nil, code.FailedToParse},
		{"an operator among fields", d("a", 1, "$set", d("b", 1)), nil, code.DollarPrefixedFieldName},
		{"a field among operators", d("$set", d("b", 1), "a", 1), nil, code.FailedToParse},
		{"an operand of no fields", d("$set", 1), nil, code.FailedToParse},
		{"two changes of a path", d("$set", d("a", 1), "$inc", d("a", 1)), nil, code.ConflictingUpdateOperators},
		{"changes of a path and what is below", d("$set", d("a.b", 1), "$unset", d("a", 1)), nil, code.ConflictingUpdateOperators},
		{"two changes of an element", d("$set", d("a.$[].x", 1, "a.0.x", 2)), nil, code.ConflictingUpdateOperators},
		{"an overflow", d("$inc", d("n", 1)), nil, code.BadValue},
		{"an increment by no number", d("$inc", d("n", "1")), nil, code.TypeMismatch},
		{"an increment of no number", d("$inc", d("s", 1)), nil, code.TypeMismatch},
		{"a push to no array", d("$push", d("s", 1)), nil, code.BadValue},
		{"a clause that is not implemented", d("$push", d("a", d("$each", bson.A{1}, "$sort", 1))), nil, code.BadValue},
		{"a clause without $each", d("$push", d("a", d("$slice", 1))), nil, code.BadValue},
		{"$addToSet with a clause", d("$addToSet", d("a", d("$each", bson.A{1}, "$slice", 1))), nil, code.BadValue},
		{"a pull from no array", d("$pull", d("s", 1)), nil, code.BadValue},
		{"a path through a value", d("$set", d("s.x", 1)), nil, code.PathNotViable},
		{"a name in an array", d("$set", d("a.x", 1)), nil, code.PathNotViable},
		{"too many nulls", d("$set", d("a.100000", 1)), nil, code.BadValue},
		{"another _id", d("$set", d("_id", 2)), nil, code.ImmutableField},
		{"no _id", d("$unset", d("_id", 1)), nil, code.ImmutableField},
		{"a replacement with another _id", d("_id", 2), nil, code.ImmutableField},
		{"the positional operator", d("$set", d("a.$.x", 1)), nil, code.NotImplemented},
		{"an identifier without a filter", d("$set", d("a.$[e].x", 1)), nil, code.BadValue},
		{"a filter without a use", d("$set", d("b", 1)), []bson.D{d("e", 1)}, code.FailedToParse},
		{"a filter of two names", d("$set", d("a.$[e].x", 1)), []bson.D{d("e", 1, "f", 1)}, code.FailedToParse},
		{"two filters of a name", d("$set", d("a.$[e].x", 1)), []bson.D{d("e", 1), d("e", 2)}, code.FailedToParse},
		{"filters of a replacement", d("b", 1), []bson.D{d("e", 1)}, code.FailedToParse},
		{"elements of no array", d("$set", d("s.$[].x", 1)), nil, code.BadValue},
		{"an empty name", d("$set", d("a..b", 1)), nil, code.EmptyFieldName},
		{"a dollar", d("$set", d("a.$b", 1)), nil, code.DollarPrefixedFieldName},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u, err := document.ParseUpdate(raw(t, test.update), raws(t, test.filters))
			var after bson.Raw
			if err == nil {
				after, err = u.Apply(raw(t, doc))
			}
			if err == nil {
				err = document.Storable(after)
			}
			var answer *code.Error
			if !errors.As(err, &answer) || answer.Code != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestInsertTakesWhatMustBeEqual(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		query, update bson.D
		want          bson.D
	}{
		{"equalities", d("a", 1, "b.c", "x", "n", d("$gt", 5)), d("$set", d("s", 1)), d("a", 1, "b", d("c", "x"), "s", 1)},
		{"in $and", d("$and", bson.A{d("a", 1), d("b", d("$eq", nil))}), d("$setOnInsert", d("s", 1)), d("a", 1, "b", nil, "s", 1)},
		{"not in $or", d("$or", bson.A{d("a", 1), d("b", 1)}), d("$inc", d("n", int64(2))), d("n", int64(2))},
		{"a range beside", d("a", d("$exists", true, "$eq", 1)), d("$set", d("s", 1)), d("a", 1, "s", 1)},
		{"a replacement takes the _id only", d("_id", 7, "a", 1), d("b", 1), d("_id", 7, "b", 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u, err := document.ParseUpdate(raw(t, test.update), nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := u.Insert(filterOf(t, test.query))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(raw(t, test.want).String(), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
	u, err := document.ParseUpdate(raw(t, d("$set", d("s", 1))), nil)
	if err != nil {
		t.Fatal(err)
	}
	if doc, err := u.Insert(filterOf(t, d("$and", bson.A{d("a", 1), d("a", 2)}))); err == nil {
		t.Errorf("two values for a field made %v", doc)
	}
}

func TestStorableRefuses(t *testing.T) {
	t.Parallel()
	deep := d()
	for range document.MaxDepth + 1 {
		deep = d("a", deep)
	}
	for _, test := range []struct {
		name string
		doc  bson.D
		want code.Code
	}{
		{"a dollar", d("_id", 1, "a", d("$b", 1)), code.DollarPrefixedFieldName},
		{"a dot", d("_id", 1, "a", bson.A{d("b.c", 1)}), code.DottedFieldName},
		{"an array as _id", d("_id", bson.A{1}), code.InvalidIDField},
		{"a depth", d("_id", 1, "a", deep), code.BadValue},
		{"a size", d("_id", 1, "a", make([]byte, document.MaxSize)), code.BSONObjectTooLarge},
	} {
		var answer *code.Error
		if err := document.Storable(raw(t, test.doc)); !errors.As(err, &answer) || answer.Code != test.want {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	for _, v := range []any{bson.Undefined{}, bson.JavaScript("x"), bson.Symbol("x"), bson.MinKey{}, bson.MaxKey{}, bson.Decimal128{}} {
		if err := document.Supported(raw(t, d("a", bson.A{v}))); err == nil {
			t.Errorf("%T is supported", v)
		}
	}
}
