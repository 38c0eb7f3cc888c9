package document_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

func filterOf(t *testing.T, query bson.D) document.Filter {
	t.Helper()
	f, err := document.ParseFilter(raw(t, query))
	if err != nil {
		t.Fatalf("%v: %v", query, err)
	}
	return f
}

// TestMatch holds what lungo can't tell, by mongod's manual and its tests (jstests/core/null_query_semantics.js).
func TestMatch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		query bson.D
		yes   []bson.D
		no    []bson.D
	}{
		{
			"null of a field", d("a", nil),
			[]bson.D{d(), d("a", nil), d("a", bson.A{nil}), d("a", bson.A{1, nil})},
			[]bson.D{d("a", 1), d("a", bson.A{}), d("a", d()), d("a", bson.A{1}), d("a", bson.A{bson.A{nil}})},
		},
		{
			"null of a field within", d("a.b", nil),
			[]bson.D{d(), d("a", nil), d("a", 4), d("a", d()), d("a", d("b", nil)), d("a", bson.A{d("b", 3), d()}), d("a", bson.A{d("b", nil), d("b", 3)})},
			[]bson.D{d("a", d("b", 1)), d("a", bson.A{}), d("a", bson.A{bson.A{}}), d("a", bson.A{nil, nil}), d("a", bson.A{1, "s"}), d("a", bson.A{d("b", 1)})},
		},
		{
			"not null", d("a", d("$ne", nil)),
			[]bson.D{d("a", 1), d("a", bson.A{}), d("a", d())},
			[]bson.D{d(), d("a", nil), d("a", bson.A{1, nil})},
		},
		{
			"bounds of null", d("a", d("$gte", nil)),
			[]bson.D{d(), d("a", nil)},
			[]bson.D{d("a", 1)},
		},
		{
			"a place in an array", d("a.1", 5),
			[]bson.D{d("a", bson.A{4, 5}), d("a", d("1", 5)), d("a", bson.A{d("1", 5)}), d("a", bson.A{0, bson.A{5}})},
			[]bson.D{d("a", bson.A{5, 4}), d("a", bson.A{5})},
		},
		{
			"an array is not empty", d("a.0", d("$exists", true)),
			[]bson.D{d("a", bson.A{nil})},
			[]bson.D{d("a", bson.A{}), d()},
		},
		{
			"one element meets all", d("a", d("$elemMatch", d("x", 1, "y", 2))),
			[]bson.D{d("a", bson.A{d("x", 1, "y", 2)})},
			[]bson.D{d("a", bson.A{d("x", 1), d("y", 2)}), d("a", d("x", 1, "y", 2))},
		},
		{
			"any elements meet each", d("a.x", 1, "a.y", 2),
			[]bson.D{d("a", bson.A{d("x", 1), d("y", 2)})},
			[]bson.D{d("a", bson.A{d("x", 1)})},
		},
		{
			"an element that is an array", d("a", d("$elemMatch", d("$gt", 1))),
			[]bson.D{d("a", bson.A{2})},
			[]bson.D{d("a", bson.A{bson.A{2}}), d("a", 2)},
		},
		{
			"$or in $elemMatch", d("a", d("$elemMatch", d("$or", bson.A{d("x", 1), d("y", 1)}))),
			[]bson.D{d("a", bson.A{d("y", 1)})},
			[]bson.D{d("a", bson.A{d("z", 1)})},
		},
		{
			"a whole array", d("a", bson.A{1, 2}),
			[]bson.D{d("a", bson.A{1, 2}), d("a", bson.A{bson.A{1, 2}})},
			[]bson.D{d("a", bson.A{2, 1}), d("a", 1)},
		},
		{
			"no arrays within arrays", d("a.x", 1),
			[]bson.D{d("a", bson.A{d("x", 1)})},
			[]bson.D{d("a", bson.A{bson.A{d("x", 1)}})},
		},
		{
			"a regular expression", d("a", bson.Regex{Pattern: "^Ann", Options: "i"}),
			[]bson.D{d("a", "anna"), d("a", bson.A{"x", "ANN"})},
			[]bson.D{d("a", "joann"), d("a", 1), d()},
		},
		{
			"$regex with options, negated", d("a", d("$not", d("$regex", "^a.b$", "$options", "s"))),
			[]bson.D{d("a", "ab"), d()},
			[]bson.D{d("a", "a\nb")},
		},
		{
			"types are kept apart", d("a", d("$gt", "")),
			[]bson.D{d("a", "x")},
			[]bson.D{d("a", 5), d("a", true), d("a", "")},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := filterOf(t, test.query)
			for _, doc := range test.yes {
				if !f.Match(raw(t, doc)) {
					t.Errorf("%v does not match %v", test.query, doc)
				}
			}
			for _, doc := range test.no {
				if f.Match(raw(t, doc)) {
					t.Errorf("%v matches %v", test.query, doc)
				}
			}
		})
	}
}

func TestParseFilterRefuses(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]bson.D{
		"an unknown operator":            d("a", d("$near", 1)),
		"an operator not implemented":    d("a", d("$type", "string")),
		"an unknown top level operator":  d("$where", "true"),
		"an expression":                  d("$expr", d()),
		"text search":                    d("$text", d("$search", "x")),
		"a mix of operators and fields":  d("a", d("$gt", 1, "b", 2)),
		"an empty $or":                   d("$or", bson.A{}),
		"$or of no documents":            d("$or", bson.A{1}),
		"$in of no array":                d("a", d("$in", 1)),
		"$in with a regular expression":  d("a", d("$in", bson.A{bson.Regex{Pattern: "a"}})),
		"$nin with a regular expression": d("a", d("$nin", bson.A{bson.Regex{Pattern: "a"}})),
		"$ne with a regular expression":  d("a", d("$ne", bson.Regex{Pattern: "a"})),
		"$gt with a regular expression":  d("a", d("$gt", bson.Regex{Pattern: "a"})),
		"a bound that is not a number":   d("a", d("$lt", math.NaN())),
		"$not of a value":                d("a", d("$not", 1)),
		"$options alone":                 d("a", d("$options", "i")),
		"an unknown flag":                d("a", bson.Regex{Pattern: "a", Options: "x"}),
		"a look-ahead":                   d("a", bson.Regex{Pattern: "a(?=b)"}),
		"a long expression":              d("a", bson.Regex{Pattern: strings.Repeat("a", 5000)}),
		"$size of less than nothing":     d("a", d("$size", -1)),
		"an empty name in a path":        d("a..b", 1),
		"a dollar in a path":             d("a.$b", 1),
		"$exists of a string":            d("a", d("$exists", "yes")),
		"an operator in $elemMatch":      d("a", d("$elemMatch", d("$mod", 1))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := document.ParseFilter(raw(t, query))
			var answer *code.Error
			if !errors.As(err, &answer) {
				t.Errorf("%v: %v", query, err)
			}
		})
	}
}

func TestConditionsOfAnAnchoredExpression(t *testing.T) {
	t.Parallel()
	for expr, want := range map[bson.Regex]string{
		{Pattern: "^ab"}:               "ab",
		{Pattern: `^a\.b`}:             "a.b",
		{Pattern: "^ab.*c$"}:           "ab",
		{Pattern: "^a?b"}:              "",
		{Pattern: "ab"}:                "",
		{Pattern: "^a|^b"}:             "",
		{Pattern: "^ab", Options: "i"}: "",
		{Pattern: "^ab", Options: "m"}: "",
	} {
		conditions, complete := filterOf(t, d("a", expr)).Conditions()
		if complete {
			t.Errorf("%v: the keys don't say all", expr)
		}
		if want == "" {
			if len(conditions) > 0 {
				t.Errorf("%v: narrows to %v", expr, conditions)
			}
			continue
		}
		if len(conditions) != 1 {
			t.Errorf("%v: does not narrow", expr)
			continue
		}
		in := conditions[0].Intervals
		for text, within := range map[string]bool{want: true, want + "\xff": true, want + "\x00": true, want[:len(want)-1]: false, want[:len(want)-1] + "~": false} {
			if in.Contain(keyOf(raw(t, d("v", text)))) != within {
				t.Errorf("%v: %q within: %v", expr, text, !within)
			}
		}
	}
}
