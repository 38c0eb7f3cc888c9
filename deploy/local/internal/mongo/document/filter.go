package document

import (
	"bytes"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// Filter is a parsed query. The zero Filter matches every document.
type Filter struct{ all all }

// expression is a part of a filter.
type expression interface{ match(doc bson.Raw) bool }

type (
	all  []expression
	some []all
	not  struct{ all }
	// field holds where a value that the path leads to passes the test.
	field struct {
		path Path
		test test
	}
)

// test looks at one value, and at how the path came by it.
type test interface {
	pass(v Value, at place) bool
}

// Match tells whether the document fits.
func (f Filter) Match(doc bson.Raw) bool { return f.all.match(doc) }

// Everything tells whether the filter asks for nothing.
func (f Filter) Everything() bool { return len(f.all) == 0 }

// And makes a filter that matches what all of them match.
func And(filters []Filter) Filter {
	var out Filter
	for _, f := range filters {
		out.all = append(out.all, f.all...)
	}
	return out
}

func (a all) match(doc bson.Raw) bool {
	for _, e := range a {
		if !e.match(doc) {
			return false
		}
	}
	return true
}

func (s some) match(doc bson.Raw) bool {
	for _, branch := range s {
		if branch.match(doc) {
			return true
		}
	}
	return false
}

func (n not) match(doc bson.Raw) bool { return !n.all.match(doc) }

func (f field) match(doc bson.Raw) bool { return f.path.walk(doc, f.test.pass, func() {}) }

// ParseFilter parses a query document; whatever it can't hold is an error.
func ParseFilter(doc bson.Raw) (Filter, error) {
	a, err := parseAll(doc)
	return Filter{a}, err
}

func parseAll(doc bson.Raw) (all, error) {
	var out all
	for body := Body(doc); ; {
		key, v, rest, ok := Next(body)
		if !ok {
			return out, nil
		}
		body = rest
		name := string(key)
		if strings.HasPrefix(name, "$") {
			e, err := parseLogical(name, v)
			if err != nil {
				return nil, err
			}
			out = append(out, e...)
			continue
		}
		path, err := ParsePath(name)
		if err != nil {
			return nil, err
		}
		e, err := parseField(path, v)
		if err != nil {
			return nil, err
		}
		out = append(out, e...)
	}
}

func logical(name string) bool { return name == "$and" || name == "$or" || name == "$nor" }

func parseLogical(name string, v Value) ([]expression, error) {
	if !logical(name) {
		return nil, code.BadValue.Errorf("unknown or unimplemented top level operator: %s", name)
	}
	if v.Type != bson.TypeArray || len(Body(v.Value)) == 1 {
		return nil, code.BadValue.Errorf("%s must be a nonempty array", name)
	}
	var branches some
	for body := Body(v.Value); ; {
		_, e, rest, ok := Next(body)
		if !ok {
			break
		}
		if e.Type != bson.TypeEmbeddedDocument {
			return nil, code.BadValue.Errorf("%s argument's entries must be objects", name)
		}
		branch, err := parseAll(e.Value)
		if err != nil {
			return nil, err
		}
		branches = append(branches, branch)
		body = rest
	}
	switch {
	case name == "$nor":
		return []expression{not{all{branches}}}, nil
	case name == "$or" && len(branches) > 1:
		return []expression{branches}, nil
	}
	var flat []expression
	for _, branch := range branches {
		flat = append(flat, branch...)
	}
	return flat, nil
}

// parseField parses what stands beside a path: a value to equal, a regular expression, or operators.
func parseField(path Path, v Value) ([]expression, error) {
	if !operators(v) {
		t, err := parseEqual(v)
		if err != nil {
			return nil, err
		}
		return []expression{field{path, t}}, nil
	}
	var out []expression
	for body := Body(v.Value); ; {
		key, operand, rest, ok := Next(body)
		if !ok {
			return out, nil
		}
		body = rest
		e, err := parseOperator(path, string(key), operand, v.Value)
		if err != nil {
			return nil, err
		}
		if e != nil {
			out = append(out, e)
		}
	}
}

// operators tells whether v is a document of operators and not one to equal.
func operators(v Value) bool {
	if v.Type != bson.TypeEmbeddedDocument {
		return false
	}
	key, _, _, ok := Next(Body(v.Value))
	return ok && bytes.HasPrefix(key, []byte("$"))
}

// parseOperator parses one of the operators that stand beside a path; beside are all of them.
func parseOperator(path Path, name string, v Value, beside bson.Raw) (expression, error) {
	negated := false
	var t test
	var err error
	switch name {
	case "$eq":
		t, err = parseOperand(v)
	case "$ne":
		negated = true
		t, err = parseOperand(v)
	case "$gt", "$gte", "$lt", "$lte":
		t, err = parseRange(name, v)
	case "$in":
		t, err = parseIn(name, v)
	case "$nin":
		negated = true
		t, err = parseIn(name, v)
	case "$exists":
		want, ok := Bool(v)
		if !ok {
			return nil, code.BadValue.Errorf("$exists needs a boolean")
		}
		t, negated = exists{}, !want
	case "$size":
		t, err = parseSize(v)
	case "$elemMatch":
		t, err = parseElemMatch(v)
	case "$regex":
		t, err = parseRegex(v, Lookup(beside, "$options"))
	case "$options":
		if missing(Lookup(beside, "$regex")) {
			return nil, code.BadValue.Errorf("$options needs a $regex")
		}
		return nil, nil
	case "$not":
		return parseNot(path, v)
	default:
		return nil, code.BadValue.Errorf("unknown or unimplemented operator: %s", name)
	}
	if err != nil {
		return nil, err
	}
	if negated {
		return not{all{field{path, t}}}, nil
	}
	return field{path, t}, nil
}

func parseNot(path Path, v Value) (expression, error) {
	if v.Type != bson.TypeRegex && !operators(v) {
		return nil, code.BadValue.Errorf("$not needs a regex or a document of operators")
	}
	inner, err := parseField(path, v)
	return not{inner}, err
}
