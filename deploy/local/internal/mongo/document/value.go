package document

import (
	"bytes"
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Value is a BSON value; the zero Value stands for one that is not there.
type Value = bson.RawValue

func missing(v Value) bool { return v.Type == 0 }

// Next splits the first element off body, which is what follows a document's length. It answers false at the end, and
// for an element that is cut short: what was stored or came in has been checked before (see wire), so both end a walk.
func Next(body []byte) (key []byte, v Value, rest []byte, ok bool) {
	if len(body) < 2 || body[0] == 0 {
		return nil, Value{}, nil, false
	}
	end := bytes.IndexByte(body[1:], 0)
	if end < 0 {
		return nil, Value{}, nil, false
	}
	key, rest = body[1:1+end], body[2+end:]
	n, ok := size(bson.Type(body[0]), rest)
	if !ok {
		return nil, Value{}, nil, false
	}
	return key, Value{Type: bson.Type(body[0]), Value: rest[:n:n]}, rest[n:], true
}

// Body is what follows a document's length.
func Body(doc []byte) []byte {
	if len(doc) < 5 {
		return nil
	}
	return doc[4:]
}

// size tells how many bytes a value takes, and whether they are all there.
func size(t bson.Type, b []byte) (int, bool) {
	n := 0
	switch t {
	case bson.TypeNull, bson.TypeUndefined, bson.TypeMinKey, bson.TypeMaxKey:
	case bson.TypeBoolean:
		n = 1
	case bson.TypeInt32:
		n = 4
	case bson.TypeDouble, bson.TypeInt64, bson.TypeDateTime, bson.TypeTimestamp:
		n = 8
	case bson.TypeObjectID:
		n = 12
	case bson.TypeDecimal128:
		n = 16
	case bson.TypeRegex:
		for range 2 {
			end := bytes.IndexByte(b[n:], 0)
			if end < 0 {
				return 0, false
			}
			n += end + 1
		}
	default:
		return prefixed(t, b)
	}
	return n, n <= len(b)
}

// prefixed is size for values that begin with a length.
func prefixed(t bson.Type, b []byte) (int, bool) {
	if len(b) < 4 {
		return 0, false
	}
	length := int(int32(binary.LittleEndian.Uint32(b)))
	extra, least := 0, 0
	switch t {
	case bson.TypeEmbeddedDocument, bson.TypeArray, bson.TypeCodeWithScope:
		least = 5
	case bson.TypeString, bson.TypeJavaScript, bson.TypeSymbol:
		extra, least = 4, 1
	case bson.TypeBinary:
		extra = 5
	case bson.TypeDBPointer:
		extra, least = 16, 1
	default:
		return 0, false
	}
	return length + extra, length >= least && length <= len(b)-extra
}

// Lookup gives a field of a document, the zero Value if there is none.
func Lookup(doc bson.Raw, name string) Value {
	for body := Body(doc); ; {
		key, v, rest, ok := Next(body)
		if !ok {
			return Value{}
		}
		if string(key) == name {
			return v
		}
		body = rest
	}
}

// Int gives a number that is whole.
func Int(v Value) (int64, bool) {
	switch v.Type {
	case bson.TypeInt32:
		return int64(v.Int32()), true
	case bson.TypeInt64:
		return v.Int64(), true
	case bson.TypeDouble:
		f := v.Double()
		return int64(f), f == math.Trunc(f) && math.Abs(f) < 1<<62
	default:
		return 0, false
	}
}

// Bool reads a flag as mongod does: a number is true unless it is zero.
func Bool(v Value) (value, ok bool) {
	switch v.Type {
	case bson.TypeBoolean:
		return v.Boolean(), true
	case bson.TypeDouble:
		return v.Double() != 0, true
	case bson.TypeInt32, bson.TypeInt64:
		n, _ := Int(v)
		return n != 0, true
	default:
		return false, false
	}
}

// AppendElement appends a field to a document that is being built.
func AppendElement(dst []byte, key string, v Value) []byte {
	dst = append(append(append(dst, byte(v.Type)), key...), 0)
	return append(dst, v.Value...)
}

// AppendInt64, AppendDouble and AppendString append a field of their type.
func AppendInt64(dst []byte, key string, n int64) []byte {
	return binary.LittleEndian.AppendUint64(AppendElement(dst, key, Value{Type: bson.TypeInt64}), uint64(n))
}

func AppendDouble(dst []byte, key string, f float64) []byte {
	return binary.LittleEndian.AppendUint64(AppendElement(dst, key, Value{Type: bson.TypeDouble}), math.Float64bits(f))
}

func AppendString(dst []byte, key, s string) []byte {
	dst = AppendElement(dst, key, Value{Type: bson.TypeString})
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(s)+1))
	return append(append(dst, s...), 0)
}

// AppendNested appends a field that is a document, or an array, of what fn appends.
func AppendNested(dst []byte, t bson.Type, key string, fn func([]byte) []byte) []byte {
	dst = append(append(append(dst, byte(t)), key...), 0)
	return Build(dst, fn)
}

// Build makes a document, or an array, of what fn appends.
func Build(dst []byte, fn func([]byte) []byte) []byte {
	start := len(dst)
	dst = append(fn(append(dst, 0, 0, 0, 0)), 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}
