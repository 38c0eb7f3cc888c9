package document_test

import (
	"bytes"
	"math"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

func keyOf(doc bson.Raw) []byte { return document.AppendKey(nil, document.Lookup(doc, "v")) }

func compareKeys(a, b bson.Raw) int { return bytes.Compare(keyOf(a), keyOf(b)) }

func TestKeysCompareAsValuesDo(t *testing.T) {
	t.Parallel()
	ascending := []any{
		nil,
		math.NaN(), math.Inf(-1), -math.MaxFloat64, int64(math.MinInt64), int64(math.MinInt64 + 1), int32(math.MinInt32),
		-1.5, int32(-1), -0.5, int32(0), 0.5, int32(1), 1.5, int64(1<<53 - 1), int64(1 << 53), int64(1<<53 + 1),
		int64(1 << 62), int64(1<<62 + 1), int64(math.MaxInt64 - 1), int64(math.MaxInt64), float64(1 << 63), math.Inf(1),
		"", "\x00", "\x00a", "\x01", "a", "a\x00", "a\x00b", "a\x01", "aa", "b", "é",
		bson.D{},
		bson.D{{Key: "a", Value: nil}},
		bson.D{{Key: "a", Value: 1}},
		bson.D{{Key: "a", Value: 1}, {Key: "b", Value: 1}},
		bson.D{{Key: "b", Value: 0}},
		bson.A{},
		bson.A{nil},
		bson.A{1},
		bson.A{1, 2},
		bson.A{2},
		bson.Binary{},
		bson.Binary{Subtype: 4},
		bson.Binary{Data: []byte{0}},
		bson.Binary{Data: []byte{1}},
		bson.Binary{Data: []byte{0, 0}},
		bson.ObjectID{},
		bson.ObjectID{1},
		false, true,
		bson.DateTime(math.MinInt64), bson.DateTime(-1), bson.DateTime(0), bson.DateTime(1), bson.DateTime(math.MaxInt64),
		bson.Timestamp{T: 0, I: 9},
		bson.Timestamp{T: 1, I: 0},
		bson.Regex{Pattern: "a"},
		bson.Regex{Pattern: "a", Options: "i"},
		bson.Regex{Pattern: "b"},
	}
	var keys [][]byte
	for _, v := range ascending {
		keys = append(keys, keyOf(raw(t, d("v", v))))
	}
	for i, a := range keys {
		for j, b := range keys {
			if i < j && bytes.Compare(a, b) >= 0 {
				t.Errorf("%#v does not come before %#v", ascending[i], ascending[j])
			}
			if i != j && bytes.HasPrefix(b, a) {
				t.Errorf("the key of %#v begins with that of %#v", ascending[j], ascending[i])
			}
			if inverted := invert(a); i < j && bytes.Compare(inverted, invert(b)) <= 0 {
				t.Errorf("inverted, %#v does not come after %#v", ascending[i], ascending[j])
			}
		}
	}
}

func invert(key []byte) []byte {
	out := bytes.Clone(key)
	document.Invert(out, 0)
	return out
}

func TestEqualNumbersHaveOneKey(t *testing.T) {
	t.Parallel()
	for _, same := range [][]any{
		{int32(5), int64(5), 5.0},
		{int32(0), 0.0, math.Copysign(0, -1)},
		{int64(1 << 53), float64(1 << 53)},
		{int64(1 << 62), float64(1 << 62)},
		{int64(math.MinInt64), float64(math.MinInt64)},
		{bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "a", Value: 1.0}}},
	} {
		want := keyOf(raw(t, d("v", same[0])))
		for _, v := range same[1:] {
			if !bytes.Equal(want, keyOf(raw(t, d("v", v)))) {
				t.Errorf("%#v and %#v have different keys", same[0], v)
			}
		}
	}
}
