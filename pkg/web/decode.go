package web

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

// Decode reads the request's JSON body into a T strictly: one object, no duplicate member, exact case, valid UTF-8
// without NUL, depth at most 8, nothing behind it; unknown members are ignored. Null stands only where the type has a
// place for it: a pointer, or a type that is no text and whose UnmarshalJSON takes notice of it. Fields with `required:"true"` must be
// there. No body at all is an empty object on a route with OptionalJSON. fault Malformed names the members at fault by
// their paths ("body" for the whole).
func Decode[T any](c *fiber.Ctx) (T, error) {
	var out, none T
	body := c.Request().Body()
	if len(body) == 0 {
		if r := current(c).route; r == nil || r.Body != OptionalJSON {
			return none, fault.Field(fault.Malformed, wholeBody, fault.FieldMissing)
		}
		body = []byte("{}")
	}
	if err := decodeInto(body, reflect.ValueOf(&out).Elem()); err != nil {
		return none, err
	}
	return out, nil
}

func decodeInto(body []byte, v reflect.Value) error {
	if v.Kind() != reflect.Struct {
		return fmt.Errorf("decode into %s, which is not a struct", v.Type())
	}
	if err := checkJSON(body); err != nil {
		return err
	}
	d := decoder{wrong: map[string]string{}}
	d.object(body, v, "")
	if len(d.wrong) > 0 {
		return &fault.Fault{Reason: fault.Malformed, Fields: d.wrong}
	}
	return nil
}

// decoder fills structs from JSON that checkJSON has passed. encoding/json would take members of another case for a
// field's, so it only gets to see single values.
type decoder struct {
	wrong map[string]string // by path
}

func (d decoder) object(raw json.RawMessage, v reflect.Value, path string) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil || members == nil {
		d.fail(path, fault.FieldType)
		return
	}
	d.fields(members, v, path)
}

func (d decoder) fields(members map[string]json.RawMessage, v reflect.Value, path string) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, tagged := memberName(field, "json")
		switch {
		case field.Anonymous && !tagged && field.Type.Kind() == reflect.Struct:
			d.fields(members, v.Field(i), path)
			continue
		case name == "":
			continue
		}
		raw, given := members[name]
		switch {
		case given:
			d.value(raw, v.Field(i), join(path, name))
		case field.Tag.Get("required") == "true":
			d.fail(join(path, name), fault.FieldMissing)
		}
	}
}

func (d decoder) value(raw json.RawMessage, v reflect.Value, path string) {
	switch {
	case v.Kind() == reflect.Pointer:
		if string(raw) != "null" {
			v.Set(reflect.New(v.Type().Elem()))
			d.value(raw, v.Elem(), path)
		}
	case readsItself(v):
		d.plain(raw, v, path)
	case v.Kind() == reflect.Struct:
		d.object(raw, v, path)
	case v.Kind() == reflect.Slice:
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil || items == nil {
			d.fail(path, fault.FieldType)
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, item := range items {
			d.value(item, v.Index(i), join(path, strconv.Itoa(i)))
		}
	default:
		d.plain(raw, v, path)
	}
}

// plain leaves a value to encoding/json.
func (d decoder) plain(raw json.RawMessage, v reflect.Value, path string) {
	err := json.Unmarshal(raw, v.Addr().Interface())
	_, isText := v.Addr().Interface().(encoding.TextUnmarshaler)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil && string(raw) == "null" && (isText || v.IsZero()), errors.As(err, &wrongType):
		d.fail(path, fault.FieldType)
	case err != nil:
		d.fail(path, fault.FieldFormat)
	}
}

func (d decoder) fail(path, word string) {
	if path == "" {
		path = wholeBody
	}
	d.wrong[path] = word
}

// memberName is what a field is called in a body; "" where it is not in one. tagged tells whether its tag says so.
func memberName(field reflect.StructField, tag string) (name string, tagged bool) {
	value, tagged := field.Tag.Lookup(tag)
	name, _, _ = strings.Cut(value, ",")
	switch {
	case name == "-" || !field.IsExported():
		return "", tagged
	case name == "":
		return field.Name, tagged
	}
	return name, tagged
}

func readsItself(v reflect.Value) bool {
	switch v.Addr().Interface().(type) {
	case json.Unmarshaler, encoding.TextUnmarshaler:
		return true
	}
	return false
}
