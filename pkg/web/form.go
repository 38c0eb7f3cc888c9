package web

import (
	"encoding"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

// DecodeForm reads a body of application/x-www-form-urlencoded into a T strictly: no field twice, valid UTF-8 without
// NUL; unknown fields are ignored. T's fields are strings or read text themselves (encoding.TextUnmarshaler), their
// names are in `form` tags, and those with `required:"true"` must be there, if empty. fault Malformed names the fields at
// fault.
func DecodeForm[T any](c *fiber.Ctx) (T, error) { return decodeForm[T](c, asGiven) }

// DecodeFormFold is DecodeForm for a form whose fields may be written in any case. The tags are in lower case.
func DecodeFormFold[T any](c *fiber.Ctx) (T, error) { return decodeForm[T](c, strings.ToLower) }

func asGiven(name string) string { return name }

func decodeForm[T any](c *fiber.Ctx, rename func(string) string) (T, error) {
	var out, none T
	given, err := url.ParseQuery(string(c.Request().Body()))
	if err != nil {
		return none, fault.Field(fault.Malformed, wholeBody, fault.FieldFormat)
	}
	values := url.Values{}
	for name, texts := range given {
		values[rename(name)] = append(values[rename(name)], texts...)
	}
	if err := fillForm(values, reflect.ValueOf(&out).Elem()); err != nil {
		return none, err
	}
	return out, nil
}

func fillForm(values url.Values, v reflect.Value) error {
	if v.Kind() != reflect.Struct {
		return fmt.Errorf("decode into %s, which is not a struct", v.Type())
	}
	for name, given := range values {
		if word := badValue(name, given); word != "" {
			return malformed(name, word)
		}
	}
	wrong := map[string]string{}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, tagged := memberName(field, "form")
		if !tagged || name == "" {
			continue
		}
		word, err := setField(v.Field(i), values, name, field.Tag.Get("required") == "true")
		if err != nil {
			return err
		}
		if word != "" {
			wrong[name] = word
		}
	}
	if len(wrong) > 0 {
		return &fault.Fault{Reason: fault.Malformed, Fields: wrong}
	}
	return nil
}

// setField gives the word for what is wrong with the field, and an error where the struct is.
func setField(v reflect.Value, values url.Values, name string, required bool) (word string, err error) {
	switch {
	case isObject(values, name):
		return fault.FieldType, nil
	case !values.Has(name) && required:
		return fault.FieldMissing, nil
	case !values.Has(name):
		return "", nil
	}
	text := values.Get(name)
	if reader, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if reader.UnmarshalText([]byte(text)) != nil {
			return fault.FieldFormat, nil
		}
		return "", nil
	}
	if v.Kind() != reflect.String {
		return "", fmt.Errorf("form field %s is a %s", name, v.Type())
	}
	v.SetString(text)
	return "", nil
}

// Query gives a query parameter's value ("" where absent); fault Malformed where it is given twice or as an object
// (name[key]=…), or is not valid UTF-8.
func Query(c *fiber.Ctx, name string) (string, error) {
	values, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	switch {
	case err != nil:
		return "", fault.Field(fault.Malformed, name, fault.FieldFormat)
	case isObject(values, name):
		return "", fault.Field(fault.Malformed, name, fault.FieldType)
	}
	if word := badValue(name, values[name]); word != "" {
		return "", fault.Field(fault.Malformed, name, word)
	}
	return values.Get(name), nil
}

// badValue gives the word for what is wrong with a parameter, "" where nothing is.
func badValue(name string, given []string) string {
	if len(given) > 1 {
		return fault.FieldDuplicate
	}
	for _, text := range append([]string{name}, given...) {
		if !plainText(text) {
			return fault.FieldFormat
		}
	}
	return ""
}

// isObject tells whether there is a name[…].
func isObject(values url.Values, name string) bool {
	for key := range values {
		if strings.HasPrefix(key, name+"[") {
			return true
		}
	}
	return false
}
