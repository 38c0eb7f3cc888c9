package document

import (
	"bytes"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// Update is a parsed update: operators, or a document that takes the place of another.
type Update struct {
	replacement bson.Raw
	changes     []change
	filters     map[string]Filter // array filters by their identifier
}

// change is one operator at one path.
type change struct {
	parts    []string // may hold $[] and $[identifier]
	operator operator
}

// operator makes the new value of a field from its old one, nil where it is not there. keep false takes the field away,
// or leaves it out.
type operator interface {
	apply(old any, there, inserting bool) (value any, keep bool, err error)
}

// ParseUpdate parses an update with its array filters; whatever they can't hold is an error.
func ParseUpdate(doc bson.Raw, arrayFilters []bson.Raw) (Update, error) {
	if !operators(Value{Type: bson.TypeEmbeddedDocument, Value: doc}) {
		if len(arrayFilters) > 0 {
			return Update{}, code.FailedToParse.Errorf("Cannot specify arrayFilters and a replacement document")
		}
		return Update{replacement: doc}, nil
	}
	u := Update{filters: map[string]Filter{}}
	for _, f := range arrayFilters {
		if err := u.addFilter(f); err != nil {
			return u, err
		}
	}
	for body := Body(doc); ; {
		key, v, rest, ok := Next(body)
		if !ok {
			return u, u.check()
		}
		body = rest
		if v.Type != bson.TypeEmbeddedDocument {
			return u, code.FailedToParse.Errorf("Modifiers operate on fields but '%s' was given another type", key)
		}
		if err := u.addOperator(string(key), v.Value); err != nil {
			return u, err
		}
	}
}

func (u *Update) addOperator(name string, fields bson.Raw) error {
	parse, known := updateOperators[name]
	if !known {
		return code.FailedToParse.Errorf("Unknown or unimplemented modifier: %s", name)
	}
	for body := Body(fields); ; {
		key, operand, rest, ok := Next(body)
		if !ok {
			return nil
		}
		body = rest
		parts := strings.Split(string(key), ".")
		if err := u.checkPath(string(key), parts); err != nil {
			return err
		}
		op, err := parse(string(key), operand)
		if err != nil {
			return err
		}
		u.changes = append(u.changes, change{parts, op})
	}
}

func (u *Update) checkPath(name string, parts []string) error {
	if len(parts) > maxPath {
		return code.BadValue.Errorf("FieldPath is too long")
	}
	for i, p := range parts {
		id, positional := identifier(p)
		switch {
		case p == "":
			return code.EmptyFieldName.Errorf("The update path '%s' contains an empty field name, which is not allowed.", name)
		case p == "$":
			return code.NotImplemented.Errorf("the positional operator $ is not implemented: '%s'", name)
		case positional && i == 0:
			return code.BadValue.Errorf("Cannot have array filter identifier '%s' at the start of the path '%s'", id, name)
		case positional && id != "":
			if _, ok := u.filters[id]; !ok {
				return code.BadValue.Errorf("No array filter found for identifier '%s' in path '%s'", id, name)
			}
		case !positional && p[0] == '$':
			return code.DollarPrefixedFieldName.Errorf("The dollar ($) prefixed field '%s' in '%s' is not valid for storage.", p, name)
		}
	}
	return nil
}

// identifier tells whether part is $[identifier] or $[], whose identifier is empty.
func identifier(part string) (string, bool) {
	inner, open := strings.CutPrefix(part, "$[")
	id, closed := strings.CutSuffix(inner, "]")
	return id, open && closed
}

func (u *Update) addFilter(doc bson.Raw) error {
	f, err := ParseFilter(doc)
	if err != nil {
		return err
	}
	roots := slices.Compact(slices.Sorted(slices.Values(f.all.roots(nil))))
	if len(roots) != 1 {
		return code.FailedToParse.Errorf("Expected a single top-level field name in an array filter, found %q", roots)
	}
	if _, twice := u.filters[roots[0]]; twice {
		return code.FailedToParse.Errorf("Found multiple array filters with the same top-level field name %s", roots[0])
	}
	u.filters[roots[0]] = f
	return nil
}

// roots gives the first name of every path in a filter.
func (a all) roots(out []string) []string {
	for _, e := range a {
		switch e := e.(type) {
		case field:
			out = append(out, e.path.parts[0])
		case not:
			out = e.roots(out)
		case some:
			for _, branch := range e {
				out = branch.roots(out)
			}
		}
	}
	return out
}

// check refuses paths that touch each other, and array filters that no path uses.
func (u *Update) check() error {
	var paths [][]string
	used := map[string]bool{}
	for _, c := range u.changes {
		paths = append(paths, c.parts)
		for _, p := range c.parts {
			if id, ok := identifier(p); ok {
				used[id] = true
			}
		}
	}
	for id := range u.filters {
		if !used[id] {
			return code.FailedToParse.Errorf("The array filter for identifier '%s' was not used in the update", id)
		}
	}
	return conflicts(paths)
}

func conflicts(paths [][]string) error {
	sorted := slices.Clone(paths)
	slices.SortFunc(sorted, slices.Compare)
	for i := 1; i < len(sorted); i++ {
		shorter, longer := sorted[i-1], sorted[i]
		if len(shorter) <= len(longer) && slices.Equal(shorter, longer[:len(shorter)]) {
			return code.ConflictingUpdateOperators.Errorf("Updating the path '%s' would create a conflict at '%s'",
				strings.Join(longer, "."), strings.Join(shorter, "."))
		}
	}
	return nil
}

// Replaces tells whether the update is a whole document.
func (u Update) Replaces() bool { return u.replacement != nil }

// Apply makes the document that old becomes. Its _id stays; an update that would change it is an error.
func (u Update) Apply(old bson.Raw) (bson.Raw, error) {
	id := Lookup(old, "_id")
	var doc bson.Raw
	var err error
	if u.Replaces() {
		doc = WithID(u.replacement, id)
	} else {
		doc, err = u.modify(old, false)
	}
	if err != nil {
		return nil, err
	}
	if now := Lookup(doc, "_id"); !bytes.Equal(AppendKey(nil, now), AppendKey(nil, id)) || missing(now) {
		return nil, code.ImmutableField.Errorf("Performing an update on the path '_id' would modify the immutable field '_id'")
	}
	return doc, nil
}

// Insert makes the document of an upsert that found nothing: what the filter says must be equal, then the update. It
// may have no _id.
func (u Update) Insert(f Filter) (bson.Raw, error) {
	start, err := f.all.equalities(bson.D{})
	if err != nil {
		return nil, err
	}
	raw, err := bson.Marshal(start)
	if err != nil {
		return nil, err
	}
	if !u.Replaces() {
		return u.modify(raw, true)
	}
	if id := Lookup(raw, "_id"); !missing(id) {
		if own := Lookup(u.replacement, "_id"); !missing(own) && !bytes.Equal(AppendKey(nil, own), AppendKey(nil, id)) {
			return nil, code.ImmutableField.Errorf("the _id of the replacement is not the _id of the query")
		}
		return WithID(u.replacement, id), nil
	}
	return u.replacement, nil
}

// WithID puts an _id in front of a document; one that has its own keeps that, in front.
func WithID(doc bson.Raw, id Value) bson.Raw {
	if own := Lookup(doc, "_id"); !missing(own) {
		id = own
	}
	return Build(make([]byte, 0, len(doc)+32), func(dst []byte) []byte {
		dst = AppendElement(dst, "_id", id)
		for body := Body(doc); ; {
			key, v, rest, ok := Next(body)
			if !ok {
				return dst
			}
			if string(key) != "_id" {
				dst = AppendElement(dst, string(key), v)
			}
			body = rest
		}
	})
}
