package document

import (
	"bytes"
	"math"
	"regexp"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// within holds for values whose keys lie in one of the intervals, which are sorted and apart: equality, $in and ranges.
type within struct {
	intervals Intervals
	arrays    bool  // an operand is an array, which no index holds as such
	equal     Value // the only value within, where there is just one
}

func (t within) pass(v Value, _ place) bool {
	var scratch [64]byte
	return t.intervals.Contain(AppendKey(scratch[:0], v))
}

type exists struct{}

func (exists) pass(v Value, _ place) bool { return !missing(v) }

// hasSize holds for arrays of a length.
type hasSize int64

func (n hasSize) pass(v Value, at place) bool {
	if at != whole {
		return false
	}
	length := int64(0)
	walkArray(v, func(int, Value) bool { length++; return false })
	return length == int64(n)
}

// elemMatch holds for arrays with an element that passes all: a document that fits the filter, or a value that
// passes the tests.
type elemMatch struct {
	all
	byDoc bool // all is a filter, else it is tests without a path
}

func (t elemMatch) pass(v Value, at place) bool {
	if at != whole {
		return false
	}
	return walkArray(v, func(_ int, e Value) bool {
		if t.byDoc {
			return e.Type == bson.TypeEmbeddedDocument && t.match(e.Value)
		}
		return t.passes(e)
	})
}

// passes tells whether v itself, and not the elements of an array that it is, passes tests without a path.
func (a all) passes(v Value) bool {
	at := single
	if v.Type == bson.TypeArray {
		at = whole
	}
	for _, e := range a {
		switch e := e.(type) {
		case field:
			if !e.test.pass(v, at) {
				return false
			}
		case not:
			if e.passes(v) {
				return false
			}
		}
	}
	return true
}

// matches holds for strings that a regular expression finds something in.
type matches struct {
	*regexp.Regexp
	prefix []byte // every match begins with it; nil where the expression says no such thing
}

func (t matches) pass(v Value, _ place) bool {
	return v.Type == bson.TypeString && t.Match(stringBytes(v))
}

func parseEqual(v Value) (test, error) {
	if v.Type == bson.TypeRegex {
		return parseRegex(v, Value{})
	}
	return parseOperand(v)
}

func parseOperand(v Value) (test, error) {
	if v.Type == bson.TypeRegex {
		return nil, code.BadValue.Errorf("an operator can't be given a regular expression")
	}
	return within{intervals: Intervals{Point(AppendKey(nil, v))}, arrays: v.Type == bson.TypeArray, equal: v}, nil
}

func parseIn(name string, v Value) (test, error) {
	if v.Type != bson.TypeArray {
		return nil, code.BadValue.Errorf("%s needs an array", name)
	}
	var t within
	regex := walkArray(v, func(_ int, e Value) bool {
		t.intervals = append(t.intervals, Point(AppendKey(nil, e)))
		t.arrays = t.arrays || e.Type == bson.TypeArray
		return e.Type == bson.TypeRegex
	})
	if regex {
		return nil, code.NotImplemented.Errorf("%s with a regular expression is not implemented", name)
	}
	if len(t.intervals) == 1 {
		_, t.equal, _, _ = Next(Body(v.Value))
	}
	t.intervals = t.intervals.sorted()
	return t, nil
}

// parseRange takes a bound; as in mongod, only values of the bound's class are within it.
func parseRange(name string, v Value) (test, error) {
	if v.Type == bson.TypeRegex {
		return nil, code.BadValue.Errorf("%s can't be given a regular expression", name)
	}
	if v.Type == bson.TypeDouble && math.IsNaN(v.Double()) {
		return nil, code.NotImplemented.Errorf("%s NaN is not implemented", name)
	}
	key := AppendKey(nil, v)
	class := key[:1]
	in := Interval{From: class, To: After(class)}
	switch name {
	case "$gt":
		in.From = After(key)
	case "$gte":
		in.From = key
	case "$lt":
		in.To = key
	case "$lte":
		in.To = After(key)
	}
	t := within{arrays: v.Type == bson.TypeArray}
	if bytes.Compare(in.From, in.To) < 0 {
		t.intervals = Intervals{in}
	}
	return t, nil
}

func parseSize(v Value) (test, error) {
	n, ok := Int(v)
	if !ok || n < 0 {
		return nil, code.FailedToParse.Errorf("$size must be a whole number, at least 0")
	}
	return hasSize(n), nil
}

func parseElemMatch(v Value) (test, error) {
	if v.Type != bson.TypeEmbeddedDocument {
		return nil, code.BadValue.Errorf("$elemMatch needs an Object")
	}
	first, _, _, _ := Next(Body(v.Value))
	if operators(v) && !logical(string(first)) {
		tests, err := parseField(Path{}, v)
		return elemMatch{all: tests}, err
	}
	filter, err := parseAll(v.Value)
	return elemMatch{all: filter, byDoc: true}, err
}
