package document_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

func TestProjection(t *testing.T) {
	t.Parallel()
	doc := d("_id", 1, "b", d("x", 1, "y", 2), "a", 5, "c", bson.A{d("x", 1, "y", 2), 7, bson.A{d("x", 3)}})
	for _, test := range []struct {
		name       string
		projection bson.D
		want       bson.D
	}{
		{"fields, in the order of the document", d("a", 1, "b", true), d("_id", 1, "b", d("x", 1, "y", 2), "a", 5)},
		{"without _id", d("a", 1, "_id", 0), d("a", 5)},
		{"_id only", d("_id", 1), d("_id", 1)},
		{"all but _id", d("_id", 0), doc[1:]},
		{"all but a field", d("b", 0, "c", false, "_id", 1), d("_id", 1, "a", 5)},
		{"a field within", d("b.x", 1), d("_id", 1, "b", d("x", 1))},
		{"all but a field within", d("b.x", 0, "c", 0), d("_id", 1, "b", d("y", 2), "a", 5)},
		{"in every document of an array", d("c.x", 1), d("_id", 1, "c", bson.A{d("x", 1), bson.A{d("x", 3)}})},
		{"in none of an array", d("c.x", 0, "b", 0, "a", 0), d("_id", 1, "c", bson.A{d("y", 2), 7, bson.A{d()}})},
		{"within a value", d("a.x", 1), d("_id", 1)},
		{"nothing", d(), doc},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, err := document.ParseProjection(raw(t, test.projection))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(raw(t, test.want).String(), p.Apply(raw(t, doc)).String()); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, projection := range map[string]bson.D{
		"a mix":                d("a", 1, "b", 0),
		"a computed field":     d("a", "$b"),
		"an operator":          d("a", d("$slice", 1)),
		"the positional one":   d("a.$", 1),
		"a path and its child": d("a", 1, "a.b", 1),
		"a child and its path": d("a.b", 1, "a", 1),
		"the inside of _id":    d("_id.x", 1),
	} {
		if _, err := document.ParseProjection(raw(t, projection)); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}
