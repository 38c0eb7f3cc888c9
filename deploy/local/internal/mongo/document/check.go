package document

import (
	"bytes"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// MaxDepth is how deep documents may nest; every walk of a document recurses no deeper.
const MaxDepth = 180

// MaxSize is the greatest size of a document in bytes.
const MaxSize = 16 << 20

// WellFormed tells whether doc is one whole BSON document: every length true, every string UTF-8 and ended, every
// boolean 0 or 1, nested no deeper than MaxDepth and some. All else in this package relies on it.
func WellFormed(doc []byte) bool { return wellFormed(doc, 0) }

func wellFormed(doc []byte, depth int) bool {
	if n, ok := prefixed(bson.TypeEmbeddedDocument, doc); !ok || n != len(doc) || depth > MaxDepth+20 {
		return false
	}
	body := Body(doc)
	for {
		key, v, rest, ok := Next(body)
		if !ok {
			return len(body) == 1 && body[0] == 0
		}
		if !utf8.Valid(key) || !wellFormedValue(v, depth) {
			return false
		}
		body = rest
	}
}

func wellFormedValue(v Value, depth int) bool {
	switch v.Type {
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return wellFormed(v.Value, depth+1)
	case bson.TypeString, bson.TypeJavaScript, bson.TypeSymbol:
		return v.Value[len(v.Value)-1] == 0 && utf8.Valid(stringBytes(v))
	case bson.TypeBoolean:
		return v.Value[0] <= 1
	case bson.TypeRegex:
		return utf8.Valid(v.Value)
	case bson.TypeBinary:
		return v.Value[4] != 2 || oldBinary(v.Value)
	default:
		return true
	}
}

// oldBinary checks the second length within a binary value of subtype 2.
func oldBinary(b []byte) bool {
	n, ok := prefixed(bson.TypeBinary, b[5:])
	return ok && n-1 == len(b)-5
}

// Supported refuses the types that have no place in the order (see AppendKey): the deprecated ones, code, the least and
// the greatest key, and decimals.
func Supported(doc bson.Raw) error {
	for body := Body(doc); ; {
		_, v, rest, ok := Next(body)
		if !ok {
			return nil
		}
		body = rest
		switch v.Type {
		case bson.TypeEmbeddedDocument, bson.TypeArray:
			if err := Supported(v.Value); err != nil {
				return err
			}
		case bson.TypeUndefined, bson.TypeDBPointer, bson.TypeJavaScript, bson.TypeSymbol, bson.TypeCodeWithScope,
			bson.TypeMinKey, bson.TypeMaxKey, bson.TypeDecimal128:
			return code.NotImplemented.Errorf("the BSON type %s is not implemented", v.Type)
		}
	}
}

// Storable checks a whole document before it is stored: its size, depth, _id and field names. Names with dots or
// dollars, which later versions of mongod let in half-way, are refused.
func Storable(doc bson.Raw) error {
	if len(doc) > MaxSize {
		return code.BSONObjectTooLarge.Errorf("object to insert too large. size in bytes: %d, max size: %d", len(doc), MaxSize)
	}
	switch id := Lookup(doc, "_id"); id.Type {
	case bson.TypeArray, bson.TypeRegex:
		return code.InvalidIDField.Errorf("The '_id' value cannot be of type %s", id.Type)
	}
	return storable(doc, true, 0)
}

func storable(doc bson.Raw, named bool, depth int) error {
	if depth > MaxDepth {
		return code.BadValue.Errorf("document nests deeper than %d levels", MaxDepth)
	}
	for body := Body(doc); ; {
		key, v, rest, ok := Next(body)
		if !ok {
			return nil
		}
		body = rest
		if named {
			if err := storableName(key); err != nil {
				return err
			}
		}
		if v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray {
			if err := storable(v.Value, v.Type == bson.TypeEmbeddedDocument, depth+1); err != nil {
				return err
			}
		}
	}
}

func storableName(key []byte) error {
	switch {
	case bytes.HasPrefix(key, []byte("$")):
		return code.DollarPrefixedFieldName.Errorf("The dollar ($) prefixed field '%s' is not valid for storage.", key)
	case bytes.IndexByte(key, '.') >= 0:
		return code.DottedFieldName.Errorf("The dotted field '%s' is not valid for storage.", key)
	}
	return nil
}
