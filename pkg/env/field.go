package env

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/watchword/watchword/pkg/secret"
)

const redacted = "[redacted]"

var (
	secretString  = reflect.TypeFor[secret.String]()
	secretKeyring = reflect.TypeFor[secret.Keyring]()
)

// field is one setting of a configuration.
type field struct {
	variable, fallback, doc string
	secret                  bool
	value                   reflect.Value
}

// fields finds the settings of cfg, a struct or a pointer to one; anything else is a defect of the caller.
func fields(cfg any) []field {
	v := reflect.ValueOf(cfg)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		panic(fmt.Sprintf("env: %T is not a configuration", cfg))
	}
	return group(v)
}

func group(v reflect.Value) []field {
	var found []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		variable := f.Tag.Get("env")
		switch {
		case !f.IsExported() && !f.Anonymous:
		case variable != "":
			found = append(found, field{
				variable: variable,
				fallback: f.Tag.Get("envDefault"),
				doc:      f.Tag.Get("doc"),
				secret:   f.Tag.Get("secret") == "true" || f.Type == secretString || f.Type == secretKeyring,
				value:    v.Field(i),
			})
		case f.Type.Kind() == reflect.Struct:
			found = append(found, group(v.Field(i))...)
		}
	}
	return found
}

// read gives the setting's text and the variable that it came from, or a sentence that says what is wrong with that
// variable. A file's trailing line break does not count.
func (f field) read(lookup func(string) (string, bool)) (text, from, sentence string) {
	text, _ = lookup(f.variable)
	if !f.secret {
		return f.orDefault(text), f.variable, ""
	}
	from = f.variable + "_FILE"
	path, _ := lookup(from)
	switch {
	case path == "":
		return f.orDefault(text), f.variable, ""
	case text != "":
		return "", from, "set this or " + f.variable + ", not both"
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", from, "name a file that can be read (" + reason(err) + ")"
	}
	text = strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if text == "" {
		return "", from, "the file is empty; write the secret into it"
	}
	return text, from, ""
}

func (f field) orDefault(text string) string {
	if text == "" {
		return f.fallback
	}
	return text
}

// reason is err without the path: an operator who put the secret itself into X_FILE must not find it in a log.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return "it can't be opened"
}

// shown is the value as a log may have it.
func (f field) shown() any {
	v := f.value.Interface()
	if k, ok := v.(secret.Keyring); ok {
		return k.String()
	}
	if f.secret {
		if f.value.IsZero() {
			return ""
		}
		return redacted
	}
	if u, ok := v.(*url.URL); ok {
		if u == nil {
			return ""
		}
		return u.Redacted()
	}
	return fmt.Sprint(v)
}
