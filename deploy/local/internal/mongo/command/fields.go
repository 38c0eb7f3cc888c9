package command

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// fields are a document's fields by name. The first value of a wrong type sets err; ask for it once all are read.
type fields struct {
	of     string
	values []named
	// sequences are arrays of documents that came beside the document.
	sequences map[string][]bson.Raw
	err       error
}

// usual is as many fields as commands mostly have.
const usual = 10

// named is a field.
type named struct {
	name  string
	value document.Value
}

// parseFields refuses fields that are on none of the lists and ones that stand twice. No list at all knows every field.
func parseFields(of string, doc bson.Raw, lists ...[]string) (fields, error) {
	f := fields{of: of}
	for body := document.Body(doc); ; {
		key, v, rest, ok := document.Next(body)
		if !ok {
			return f, nil
		}
		body = rest
		name, ok := knownAs(key, lists)
		if !ok {
			return f, unknown(of, name)
		}
		if f.has(name) {
			return f, code.DuplicateCommandField.Errorf("BSON field '%s.%s' is a duplicate field", of, name)
		}
		if f.values == nil {
			f.values = make([]named, 0, usual)
		}
		f.values = append(f.values, named{name, v})
	}
}

// knownAs gives a name, that on the list where there is one, and tells whether it may stand there.
func knownAs(key []byte, lists [][]string) (name string, ok bool) {
	for _, known := range lists {
		for _, name := range known {
			if name == string(key) {
				return name, true
			}
		}
	}
	return string(key), len(lists) == 0
}

// get gives a field.
func (f *fields) get(name string) (document.Value, bool) {
	for i := range f.values {
		if f.values[i].name == name {
			return f.values[i].value, true
		}
	}
	return document.Value{}, false
}

func unknown(of, name string) error {
	return code.UnknownCommandField.Errorf("BSON field '%s.%s' is an unknown or unimplemented field.", of, name)
}

func (f *fields) has(name string) bool {
	_, ok := f.get(name)
	return ok
}

func (f *fields) mistyped(name, want string) {
	if f.err == nil {
		v, _ := f.get(name)
		f.err = code.TypeMismatch.Errorf("BSON field '%s.%s' is the wrong type '%s', expected type '%s'", f.of, name, v.Type, want)
	}
}

// doc gives a document, an empty one where there is none.
func (f *fields) doc(name string) bson.Raw {
	v, ok := f.get(name)
	if !ok {
		return bson.Raw{5, 0, 0, 0, 0}
	}
	if v.Type != bson.TypeEmbeddedDocument {
		f.mistyped(name, "object")
		return bson.Raw{5, 0, 0, 0, 0}
	}
	return v.Value
}

// docs gives the documents of an array.
func (f *fields) docs(name string) []bson.Raw {
	if docs, ok := f.sequences[name]; ok {
		return docs
	}
	v, ok := f.get(name)
	if !ok {
		return nil
	}
	if v.Type != bson.TypeArray {
		f.mistyped(name, "array")
		return nil
	}
	out := []bson.Raw{}
	for body := document.Body(v.Value); ; {
		_, e, rest, ok := document.Next(body)
		if !ok {
			return out
		}
		if e.Type != bson.TypeEmbeddedDocument {
			f.mistyped(name, "array of objects")
			return nil
		}
		out = append(out, e.Value)
		body = rest
	}
}

func (f *fields) number(name string, absent int64) int64 {
	v, ok := f.get(name)
	if !ok {
		return absent
	}
	n, ok := document.Int(v)
	if !ok {
		f.mistyped(name, "long")
	}
	return n
}

func (f *fields) flag(name string, absent bool) bool {
	v, ok := f.get(name)
	if !ok {
		return absent
	}
	b, ok := document.Bool(v)
	if !ok {
		f.mistyped(name, "bool")
	}
	return b
}

func (f *fields) text(name, absent string) string {
	v, ok := f.get(name)
	if !ok {
		return absent
	}
	s, ok := v.StringValueOK()
	if !ok {
		f.mistyped(name, "string")
	}
	return s
}
