package document

import (
	"bytes"
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The first byte of a key is the class of its value; classes are ordered as BSON types are.
const (
	classEmptyArray = 0x04 // in an index or a sort only: an empty array comes before null
	classNull       = 0x05 // and what is not there
	classNumber     = 0x10
	classString     = 0x20
	classDocument   = 0x30
	classArray      = 0x40
	classBinary     = 0x50
	classObjectID   = 0x60
	classBoolean    = 0x70
	classDateTime   = 0x80
	classTimestamp  = 0x90
	classRegex      = 0xA0
)

// AppendKey appends v so that bytes compare as values do, class first, and no key is the beginning of another. Numbers
// that are equal have one key, whatever their types.
func AppendKey(dst []byte, v Value) []byte {
	switch v.Type {
	case bson.TypeInt32:
		return appendInt(dst, int64(v.Int32()))
	case bson.TypeInt64:
		return appendInt(dst, v.Int64())
	case bson.TypeDouble:
		return appendDouble(dst, v.Double())
	case bson.TypeString:
		return appendBytes(append(dst, classString), stringBytes(v))
	case bson.TypeEmbeddedDocument:
		return appendFields(append(dst, classDocument), v.Value, true)
	case bson.TypeArray:
		return appendFields(append(dst, classArray), v.Value, false)
	case bson.TypeBinary:
		subtype, data := v.Binary()
		dst = binary.BigEndian.AppendUint32(append(dst, classBinary), uint32(len(data)))
		return append(append(dst, subtype), data...)
	case bson.TypeObjectID:
		return append(append(dst, classObjectID), v.Value...)
	case bson.TypeBoolean:
		return append(dst, classBoolean, v.Value[0])
	case bson.TypeDateTime:
		return binary.BigEndian.AppendUint64(append(dst, classDateTime), uint64(v.DateTime())^1<<63)
	case bson.TypeTimestamp:
		t, i := v.Timestamp()
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(append(dst, classTimestamp), t), i)
	case bson.TypeRegex:
		pattern, options := v.Regex()
		return appendBytes(appendBytes(append(dst, classRegex), []byte(pattern)), []byte(options))
	default: // null; Check lets no other type in
		return append(dst, classNull)
	}
}

// stringBytes is a string's text without the copy that StringValue makes.
func stringBytes(v Value) []byte { return v.Value[4 : len(v.Value)-1] }

func appendFields(dst, doc []byte, named bool) []byte {
	for body := Body(doc); ; {
		key, v, rest, ok := Next(body)
		if !ok {
			return append(dst, 0)
		}
		dst = append(dst, 1)
		if named {
			dst = appendBytes(dst, key)
		}
		dst = AppendKey(dst, v)
		body = rest
	}
}

// appendInt puts the nearest double first and what it can't hold after it: order and equality are exact.
func appendInt(dst []byte, n int64) []byte {
	f := float64(n)
	rest := n - math.MaxInt64 - 1 // to 2^63, the one double that no int64 equals
	if f < 1<<63 {
		rest = n - int64(f)
	}
	return binary.BigEndian.AppendUint64(appendBits(append(dst, classNumber), f), uint64(rest)^1<<63)
}

func appendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f): // below all numbers
		return append(append(dst, classNumber), make([]byte, 16)...)
	case f == 0: // of either sign
		return appendInt(dst, 0)
	default:
		return binary.BigEndian.AppendUint64(appendBits(append(dst, classNumber), f), 1<<63)
	}
}

func appendBits(dst []byte, f float64) []byte {
	u := math.Float64bits(f)
	if u>>63 == 1 {
		u = ^u
	} else {
		u |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, u)
}

// appendBytes ends b with two zeros; a zero within is followed by 0xFF.
func appendBytes(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, 0)
		if i < 0 {
			return append(append(dst, b...), 0, 0)
		}
		dst = append(append(dst, b[:i+1]...), 0xFF)
		b = b[i+1:]
	}
}

// After is the first key behind all that begin with prefix, nil if there is none.
func After(prefix []byte) []byte {
	out := bytes.Clone(prefix)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i]++; out[i] != 0 {
			return out[:i+1]
		}
	}
	return nil
}

// Invert turns every bit, and with them the order, from index from on.
func Invert(key []byte, from int) {
	for i := from; i < len(key); i++ {
		key[i] = ^key[i]
	}
}
