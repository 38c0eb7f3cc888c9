package document

import (
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// Projection says which fields of a document to show. The zero Projection shows all.
type Projection struct {
	root    branch
	include bool
	hideID  bool
}

// branch is a tree of field names; one without children is named itself.
type branch map[string]branch

// ParseProjection takes fields to include, or fields to exclude; _id is shown unless it is excluded. Operators and
// computed fields are not implemented.
func ParseProjection(doc bson.Raw) (Projection, error) {
	var p Projection
	decided := false
	for body := Body(doc); ; {
		key, v, rest, ok := Next(body)
		if !ok {
			break
		}
		body = rest
		name := string(key)
		if strings.Contains(name, "$") {
			return p, code.PositionalProjectionRefused.Errorf("positional projection is not implemented: %s", name)
		}
		show, ok := Bool(v)
		if !ok {
			return p, code.NotImplemented.Errorf("the projection of '%s' must be 0 or 1; nothing else is implemented", name)
		}
		path, err := ParsePath(name)
		if err != nil {
			return p, err
		}
		if strings.HasPrefix(name, "_id.") {
			return p, code.NotImplemented.Errorf("a projection inside of _id is not implemented: %s", name)
		}
		if name == "_id" && !show {
			p.hideID = true
			continue
		}
		if decided && show != p.include && name != "_id" {
			return p, code.InclusionExclusionConflict.Errorf("a projection can't include some fields and exclude '%s', or the reverse", name)
		}
		if name != "_id" {
			decided, p.include = true, show
		}
		if !p.add(path) {
			return p, code.InclusionExclusionConflict.Errorf("Path collision at %s", name)
		}
	}
	if _, onlyID := p.root["_id"]; onlyID && !decided {
		p.include = true
	} else if onlyID && !p.include {
		delete(p.root, "_id") // {_id: 1, x: 0} only hides x
	}
	return p, nil
}

func (p *Projection) add(path Path) bool {
	if p.root == nil {
		p.root = branch{}
	}
	at := p.root
	for i, part := range path.parts {
		next, there := at[part]
		last := i == len(path.parts)-1
		if there && (last || next == nil) {
			return false
		}
		if !there && !last {
			next = branch{}
		}
		at[part] = next
		at = next
	}
	return true
}

// Whole tells whether the projection shows documents as they are.
func (p Projection) Whole() bool { return p.root == nil && !p.hideID }

// Apply makes a document of what is shown, in the order of doc.
func (p Projection) Apply(doc bson.Raw) bson.Raw {
	return Build(make([]byte, 0, len(doc)), func(dst []byte) []byte {
		for body := Body(doc); ; {
			key, v, rest, ok := Next(body)
			if !ok {
				return dst
			}
			body = rest
			if string(key) == "_id" {
				if !p.hideID {
					dst = AppendElement(dst, "_id", v)
				}
				continue
			}
			dst = p.field(dst, p.root, key, v)
		}
	})
}

func (p Projection) field(dst []byte, at branch, key []byte, v Value) []byte {
	below, named := at[string(key)]
	switch {
	case named && below == nil:
		if p.include {
			return AppendElement(dst, string(key), v)
		}
		return dst
	case !named && p.include:
		return dst
	case !named:
		return AppendElement(dst, string(key), v)
	}
	shown, ok := p.inside(below, v)
	if !ok {
		return dst
	}
	return AppendElement(dst, string(key), shown)
}

// inside applies the projection below a field; documents in arrays are taken one by one.
func (p Projection) inside(at branch, v Value) (Value, bool) {
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		return Value{Type: v.Type, Value: Build(nil, func(dst []byte) []byte {
			for body := Body(v.Value); ; {
				key, e, rest, ok := Next(body)
				if !ok {
					return dst
				}
				dst = p.field(dst, at, key, e)
				body = rest
			}
		})}, true
	case bson.TypeArray:
		return p.array(at, v), true
	default:
		return v, !p.include
	}
}

func (p Projection) array(at branch, v Value) Value {
	var elements []Value
	walkArray(v, func(_ int, e Value) bool {
		if shown, ok := p.inside(at, e); ok {
			elements = append(elements, shown)
		}
		return false
	})
	return Array(elements)
}

// Array makes an array of values.
func Array(elements []Value) Value {
	return Value{Type: bson.TypeArray, Value: Build(nil, func(dst []byte) []byte {
		for i, e := range elements {
			dst = AppendElement(dst, strconv.Itoa(i), e)
		}
		return dst
	})}
}
