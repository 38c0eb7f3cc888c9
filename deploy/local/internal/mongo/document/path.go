package document

import (
	"bytes"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// maxPath is the length of a path in fields; mongod bounds the depth of a document likewise.
const maxPath = 100

// Path is a dotted path to a field.
type Path struct {
	Name  string
	parts []string
}

// ParsePath takes a path as filters, indexes and sorts name it.
func ParsePath(name string) (Path, error) {
	parts := strings.Split(name, ".")
	if len(parts) > maxPath {
		return Path{}, code.BadValue.Errorf("FieldPath is too long")
	}
	for _, p := range parts {
		if p == "" {
			return Path{}, code.EmptyFieldName.Errorf("FieldPath '%s' holds an empty field name", name)
		}
		if p[0] == '$' {
			return Path{}, code.DollarPrefixedFieldName.Errorf("FieldPath field names may not start with '$', given '%s'", name)
		}
	}
	return Path{Name: name, parts: parts}, nil
}

// Field is the path to a field of the document itself.
func Field(name string) Path { return Path{Name: name, parts: []string{name}} }

// place says how a walk came by a value.
type place int

const (
	single  place = iota // the field's value, which is no array; or nothing, where the field is not there
	element              // an element of the array that is the field's value
	whole                // that array itself, after its elements
)

// walk shows visit what the path leads to, until it answers true, which walk then returns. A path goes through the
// documents in an array, and a number in it also to one element. crossed is called for each array on the way.
func (p Path) walk(doc bson.Raw, visit func(Value, place) bool, crossed func()) bool {
	return walk(Value{Type: bson.TypeEmbeddedDocument, Value: doc}, p.parts, visit, crossed)
}

func walk(v Value, parts []string, visit func(Value, place) bool, crossed func()) bool {
	switch {
	case v.Type == bson.TypeArray:
		crossed()
		if len(parts) == 0 {
			return walkArray(v, func(_ int, e Value) bool { return visit(e, element) }) || visit(v, whole)
		}
		index, isIndex := arrayIndex(parts[0])
		return walkArray(v, func(i int, e Value) bool {
			if isIndex && i == index && walk(e, parts[1:], visit, crossed) {
				return true
			}
			return e.Type == bson.TypeEmbeddedDocument && walk(e, parts, visit, crossed)
		})
	case len(parts) == 0:
		return visit(v, single)
	case v.Type == bson.TypeEmbeddedDocument:
		field := Lookup(v.Value, parts[0])
		if missing(field) {
			return visit(field, single)
		}
		return walk(field, parts[1:], visit, crossed)
	default:
		return visit(Value{}, single)
	}
}

func walkArray(v Value, fn func(int, Value) bool) bool {
	body := Body(v.Value)
	for i := 0; ; i++ {
		_, e, rest, ok := Next(body)
		if !ok {
			return false
		}
		if fn(i, e) {
			return true
		}
		body = rest
	}
}

func arrayIndex(s string) (int, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// Get gives the field that the path names, the zero Value if there is none; ok is false where the path goes through an
// array.
func (p Path) Get(doc bson.Raw) (v Value, ok bool) {
	v = Value{Type: bson.TypeEmbeddedDocument, Value: doc}
	for _, part := range p.parts {
		switch v.Type {
		case bson.TypeEmbeddedDocument:
			v = Lookup(v.Value, part)
		case bson.TypeArray:
			return Value{}, false
		default:
			return Value{}, true
		}
	}
	return v, true
}

// Keys appends to keys what an index of this path holds of doc: the key of its value, of null where it has none, of each
// element of an array. array tells whether one was on the way: only without any does a document have exactly one key,
// and do several conditions speak of the same value.
func (p Path) Keys(keys [][]byte, doc bson.Raw) (_ [][]byte, array bool) {
	before := len(keys)
	p.walk(doc, func(v Value, at place) bool {
		switch {
		case at != whole:
			keys = append(keys, AppendKey(nil, v))
		case len(Body(v.Value)) == 1:
			keys = append(keys, []byte{classEmptyArray})
		}
		return false
	}, func() { array = true })
	if len(keys) == before {
		keys = append(keys, []byte{classNull})
	}
	return keys, array
}

// ValueOf gives the value of doc whose key, inverted if reverse, key begins with, and the length of that key.
func (p Path) ValueOf(doc bson.Raw, key []byte, reverse bool) (found Value, length int) {
	null := Value{Type: bson.TypeNull}
	visit := func(v Value, _ place) bool {
		k := AppendKey(nil, v)
		if reverse {
			Invert(k, 0)
		}
		if !bytes.HasPrefix(key, k) {
			return false
		}
		found, length = v, len(k)
		return true
	}
	if !p.walk(doc, visit, func() {}) || missing(found) {
		return null, 1
	}
	return found, length
}
