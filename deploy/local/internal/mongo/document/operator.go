package document

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// updateOperators parse an operator's operand for a path.
var updateOperators = map[string]func(path string, operand Value) (operator, error){
	"$set":         func(_ string, v Value) (operator, error) { x, err := decode(v); return set{x, false}, err },
	"$setOnInsert": func(_ string, v Value) (operator, error) { x, err := decode(v); return set{x, true}, err },
	"$unset":       func(string, Value) (operator, error) { return unset{}, nil },
	"$inc":         parseInc,
	"$min": func(_ string, v Value) (operator, error) {
		x, err := decode(v)
		return extreme{x, AppendKey(nil, v), -1}, err
	},
	"$max": func(_ string, v Value) (operator, error) {
		x, err := decode(v)
		return extreme{x, AppendKey(nil, v), 1}, err
	},
	"$push":     parsePush,
	"$addToSet": parseAddToSet,
	"$pull":     parsePull,
}

type set struct {
	value    any
	onInsert bool
}

func (o set) apply(old any, there, inserting bool) (any, bool, error) {
	if o.onInsert && !inserting {
		return old, there, nil
	}
	return o.value, true, nil
}

type unset struct{}

func (unset) apply(any, bool, bool) (any, bool, error) { return nil, false, nil }

// extreme is $min or $max: sign tells which way the new value must lie from the old one.
type extreme struct {
	value any
	key   []byte
	sign  int
}

func (o extreme) apply(old any, there, _ bool) (any, bool, error) {
	if !there {
		return o.value, true, nil
	}
	v, err := encode(old)
	if err == nil && bytes.Compare(o.key, AppendKey(nil, v)) == o.sign {
		old = o.value
	}
	return old, true, err
}

// array gives the elements of a field that must be an array or absent.
func array(old any, there bool, path string) (bson.A, error) {
	a, ok := old.(bson.A)
	if there && !ok {
		return nil, code.BadValue.Errorf("The field '%s' must be an array but is of another type", path)
	}
	return a, nil
}

type push struct {
	path   string
	values bson.A
	slice  *int64
}

func parsePush(path string, v Value) (operator, error) {
	values, others, err := each(v)
	if err != nil {
		return nil, err
	}
	o := push{path: path, values: values}
	for name, operand := range others {
		n, ok := Int(operand)
		if name != "$slice" {
			return nil, code.BadValue.Errorf("Unrecognized or unimplemented clause in $push: %s", name)
		}
		if !ok {
			return nil, code.BadValue.Errorf("The value for $slice must be an integer value")
		}
		o.slice = &n
	}
	return o, nil
}

func (o push) apply(old any, there, _ bool) (any, bool, error) {
	a, err := array(old, there, o.path)
	if err != nil {
		return nil, false, err
	}
	a = slices.Concat(a, o.values)
	if a == nil {
		a = bson.A{}
	}
	if o.slice != nil {
		n := int64(len(a))
		if *o.slice < 0 {
			a = a[n-min(n, max(-*o.slice, 0)):]
		} else {
			a = a[:min(n, *o.slice)]
		}
	}
	return a, true, nil
}

// each splits an operand into the values that it adds and the clauses beside $each.
func each(v Value) (values bson.A, others map[string]Value, err error) {
	x, err := decode(v)
	if err != nil || !operators(v) {
		return bson.A{x}, nil, err
	}
	others = map[string]Value{}
	for body := Body(v.Value); ; {
		key, operand, rest, ok := Next(body)
		if !ok {
			break
		}
		others[string(key)] = operand
		body = rest
	}
	list, ok := child(x, "$each").(bson.A)
	if !ok {
		return nil, nil, code.BadValue.Errorf("$each must be there, and an array")
	}
	delete(others, "$each")
	return list, others, nil
}

type addToSet struct {
	path   string
	values bson.A
}

func parseAddToSet(path string, v Value) (operator, error) {
	values, others, err := each(v)
	if err == nil && len(others) > 0 {
		err = code.BadValue.Errorf("Found unexpected fields after $each in $addToSet")
	}
	return addToSet{path, values}, err
}

func (o addToSet) apply(old any, there, _ bool) (any, bool, error) {
	a, err := array(old, there, o.path)
	if err != nil {
		return nil, false, err
	}
	out := append(bson.A{}, a...)
	seen := map[string]bool{}
	for _, x := range a {
		v, err := encode(x)
		if err != nil {
			return nil, false, err
		}
		seen[string(AppendKey(nil, v))] = true
	}
	for _, x := range o.values {
		v, err := encode(x)
		if err != nil {
			return nil, false, err
		}
		if key := string(AppendKey(nil, v)); !seen[key] {
			seen[key] = true
			out = append(out, x)
		}
	}
	return out, true, nil
}

type pull struct {
	path  string
	match func(Value) bool
}

// parsePull takes a value to equal, a filter for documents, or operators for the element itself.
func parsePull(path string, v Value) (operator, error) {
	if v.Type == bson.TypeEmbeddedDocument && !operators(v) {
		filter, err := parseAll(v.Value)
		return pull{path, func(e Value) bool { return e.Type == bson.TypeEmbeddedDocument && filter.match(e.Value) }}, err
	}
	tests, err := parseField(Path{}, v)
	return pull{path, all(tests).passes}, err
}

func (o pull) apply(old any, there, _ bool) (any, bool, error) {
	a, err := array(old, there, o.path)
	if err != nil || !there {
		return nil, false, err
	}
	out := bson.A{}
	for _, x := range a {
		v, err := encode(x)
		if err != nil {
			return nil, false, err
		}
		if !o.match(v) {
			out = append(out, x)
		}
	}
	return out, true, nil
}
