package document

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// Column is a path with a direction, in a sort or an index.
type Column struct {
	Path    Path
	Reverse bool
}

// maxColumns is mongod's bound for sorts and compound indexes.
const maxColumns = 32

// ParseColumns parses a sort or an index's key.
func ParseColumns(doc bson.Raw) ([]Column, error) {
	var out []Column
	for body := Body(doc); ; {
		key, v, rest, ok := Next(body)
		if !ok {
			return out, nil
		}
		body = rest
		path, err := ParsePath(string(key))
		if err != nil {
			return nil, err
		}
		n, ok := Int(v)
		if !ok || n != 1 && n != -1 {
			return nil, code.BadValue.Errorf("the direction of '%s' must be 1 or -1; nothing else is implemented", path.Name)
		}
		if slices.ContainsFunc(out, func(c Column) bool { return c.Path.Name == path.Name }) {
			return nil, code.BadValue.Errorf("the field '%s' stands twice in a sort or an index", path.Name)
		}
		if len(out) == maxColumns {
			return nil, code.BadValue.Errorf("more than %d fields in a sort or an index", maxColumns)
		}
		out = append(out, Column{path, n == -1})
	}
}

// SortKey appends a key by which doc sorts. An array sorts by its least element, or its greatest where the order is
// reversed.
func SortKey(dst []byte, doc bson.Raw, columns []Column) []byte {
	for _, c := range columns {
		keys, _ := c.Path.Keys(nil, doc)
		least := keys[0]
		for i, k := range keys {
			if c.Reverse {
				Invert(k, 0)
			}
			if i > 0 && bytes.Compare(k, least) < 0 {
				least = k
			}
		}
		dst = append(dst, least...)
	}
	return dst
}
