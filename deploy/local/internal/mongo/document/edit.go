package document

import (
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// maxPadding is how many nulls an update may put before a new element of an array.
const maxPadding = 1000

// modify applies the operators to a copy of doc.
func (u Update) modify(doc bson.Raw, inserting bool) (bson.Raw, error) {
	var tree bson.D
	if err := bson.Unmarshal(doc, &tree); err != nil {
		return nil, err
	}
	type step struct {
		parts []string
		operator
	}
	var steps []step
	var paths [][]string
	for _, c := range u.changes {
		found, err := u.resolve(tree, c.parts, nil)
		if err != nil {
			return nil, err
		}
		for _, parts := range found {
			steps = append(steps, step{parts, c.operator})
		}
		paths = append(paths, found...)
	}
	if err := conflicts(paths); err != nil {
		return nil, err
	}
	var root any = tree
	for _, s := range steps {
		var err error
		root, err = edit(root, s.parts, func(old any, there bool) (any, bool, error) { return s.apply(old, there, inserting) })
		if err != nil {
			return nil, err
		}
	}
	return bson.Marshal(root)
}

// resolve puts indexes in the place of $[] and $[identifier].
func (u Update) resolve(v any, parts, before []string) ([][]string, error) {
	if len(parts) == 0 {
		return [][]string{slices.Clone(before)}, nil
	}
	id, positional := identifier(parts[0])
	if !positional {
		return u.resolve(child(v, parts[0]), parts[1:], append(before, parts[0]))
	}
	array, ok := v.(bson.A)
	if !ok {
		return nil, code.BadValue.Errorf("The path '%s' must exist in the document in order to apply array updates.",
			strings.Join(before, "."))
	}
	var out [][]string
	for i, e := range array {
		if id != "" {
			raw, err := bson.Marshal(bson.D{{Key: id, Value: e}})
			if err != nil {
				return nil, err
			}
			if !u.filters[id].Match(raw) {
				continue
			}
		}
		found, err := u.resolve(e, parts[1:], append(before, strconv.Itoa(i)))
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func child(v any, part string) any {
	switch v := v.(type) {
	case bson.D:
		for _, e := range v {
			if e.Key == part {
				return e.Value
			}
		}
	case bson.A:
		if i, ok := arrayIndex(part); ok && i < len(v) {
			return v[i]
		}
	}
	return nil
}

// edit applies fn to the field that parts lead to, and makes the documents on the way where fn keeps a value.
func edit(v any, parts []string, fn func(old any, there bool) (any, bool, error)) (any, error) {
	switch v := v.(type) {
	case bson.D:
		return editDocument(v, parts, fn)
	case bson.A:
		if i, ok := arrayIndex(parts[0]); ok {
			return editArray(v, i, parts, fn)
		}
	}
	if _, keep, err := fn(nil, false); err != nil || !keep {
		return v, err
	}
	return nil, code.PathNotViable.Errorf("Cannot create field '%s' in an element of another type", parts[0])
}

func editDocument(doc bson.D, parts []string, fn func(any, bool) (any, bool, error)) (any, error) {
	i := slices.IndexFunc(doc, func(e bson.E) bool { return e.Key == parts[0] })
	if i >= 0 && len(parts) > 1 {
		inner, err := edit(doc[i].Value, parts[1:], fn)
		doc[i].Value = inner
		return doc, err
	}
	var old any
	if i >= 0 {
		old = doc[i].Value
	}
	value, keep, err := fn(old, i >= 0)
	switch {
	case err != nil:
		return nil, err
	case keep && i >= 0:
		doc[i].Value = value
	case keep:
		doc = append(doc, bson.E{Key: parts[0], Value: nest(parts[1:], value)})
	case i >= 0:
		doc = slices.Delete(doc, i, i+1)
	}
	return doc, nil
}

func editArray(array bson.A, i int, parts []string, fn func(any, bool) (any, bool, error)) (any, error) {
	if i < len(array) && len(parts) > 1 {
		inner, err := edit(array[i], parts[1:], fn)
		array[i] = inner
		return array, err
	}
	var old any
	if i < len(array) {
		old = array[i]
	}
	value, keep, err := fn(old, i < len(array))
	switch {
	case err != nil:
		return nil, err
	case i < len(array): // what is taken away leaves null: the others keep their places
		array[i] = value
	case keep && i-len(array) > maxPadding:
		return nil, code.BadValue.Errorf("cannot put more than %d nulls before a new element of an array", maxPadding)
	case keep:
		for len(array) < i {
			array = append(array, nil)
		}
		array = append(array, nest(parts[1:], value))
	}
	return array, nil
}

func nest(parts []string, value any) any {
	for i := len(parts) - 1; i >= 0; i-- {
		value = bson.D{{Key: parts[i], Value: value}}
	}
	return value
}

// equalities puts into doc the values that the filter demands.
func (a all) equalities(doc bson.D) (bson.D, error) {
	for _, e := range a {
		f, ok := e.(field)
		if !ok {
			continue
		}
		t, ok := f.test.(within)
		if !ok || missing(t.equal) {
			continue
		}
		value, err := decode(t.equal)
		if err != nil {
			return nil, err
		}
		edited, err := edit(doc, f.path.parts, func(_ any, there bool) (any, bool, error) {
			if there {
				return nil, false, code.NotSingleValueField.Errorf("cannot infer query fields to set, path '%s' is matched twice", f.path.Name)
			}
			return value, true, nil
		})
		if err != nil {
			return nil, err
		}
		doc = edited.(bson.D)
	}
	return doc, nil
}

func decode(v Value) (any, error) {
	var out bson.D
	err := bson.Unmarshal(Build(nil, func(b []byte) []byte { return AppendElement(b, "v", v) }), &out)
	if err != nil {
		return nil, err
	}
	return out[0].Value, nil
}

func encode(v any) (Value, error) {
	if v == nil {
		return Value{Type: bson.TypeNull}, nil
	}
	t, data, err := bson.MarshalValue(v)
	return Value{Type: t, Value: data}, err
}
