package redis

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"maps"
	"math"
	"slices"

	"github.com/alicebob/miniredis/v2"
)

// The kinds of values; they are in the file.
const (
	kindString byte = 's'
	kindHash   byte = 'h'
	kindSet    byte = 'e'
	kindList   byte = 'l'
	kindZSet   byte = 'z'
)

var (
	errDamaged = errors.New("a value is damaged")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// value is what a key holds. Items are the string; the fields, each followed by its value, in order; the members in
// order; or the elements. Scores are those of a sorted set's members.
type value struct {
	kind   byte
	items  []string
	scores []float64
}

// take reads the value of key; not ok: there is none.
func take(m *miniredis.Miniredis, key string) (v value, ok bool) {
	db := m.DB(0)
	switch db.Type(key) {
	case "string":
		s, _ := db.Get(key)
		return value{kind: kindString, items: []string{s}}, true
	case "hash":
		fields, _ := db.HKeys(key)
		slices.Sort(fields)
		v := value{kind: kindHash, items: make([]string, 0, 2*len(fields))}
		for _, f := range fields {
			v.items = append(v.items, f, db.HGet(key, f))
		}
		return v, true
	case "set":
		members, _ := db.Members(key)
		slices.Sort(members)
		return value{kind: kindSet, items: members}, true
	case "list":
		elements, _ := db.List(key)
		return value{kind: kindList, items: elements}, true
	case "zset":
		scores, _ := db.SortedSet(key)
		v := value{kind: kindZSet, items: slices.Sorted(maps.Keys(scores))}
		for _, member := range v.items {
			v.scores = append(v.scores, scores[member])
		}
		return v, true
	default:
		return value{}, false
	}
}

// put stores v under a key that holds nothing yet.
func (v value) put(m *miniredis.Miniredis, key string) error {
	db := m.DB(0)
	var err error
	switch v.kind {
	case kindString:
		err = db.Set(key, v.items[0])
	case kindHash:
		db.HSet(key, v.items...)
	case kindSet:
		_, err = db.SetAdd(key, v.items...)
	case kindList:
		_, err = db.Push(key, v.items...)
	case kindZSet:
		for i, member := range v.items {
			if _, err = db.ZAdd(key, v.scores[i], member); err != nil {
				break
			}
		}
	}
	return err
}

// encode gives the bytes that the file holds for key: kind, deadline (UNIX milliseconds, 0: none), the number of
// items, each item after its length, in a sorted set its score, and a CRC-32C of the key and all that. Numbers are
// varints, scores the eight bytes of a float. Equal values have equal bytes.
func (v value) encode(key string, deadline int64) []byte {
	b := []byte{v.kind}
	b = binary.AppendVarint(b, deadline)
	b = binary.AppendUvarint(b, uint64(len(v.items)))
	for i, item := range v.items {
		b = binary.AppendUvarint(b, uint64(len(item)))
		b = append(b, item...)
		if v.kind == kindZSet {
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(v.scores[i]))
		}
	}
	return binary.BigEndian.AppendUint32(b, checksum(key, b))
}

// decode reads what encode wrote. Any other bytes are an error.
func decode(key string, b []byte) (v value, deadline int64, err error) {
	body := len(b) - crc32.Size
	if body < 1 || binary.BigEndian.Uint32(b[body:]) != checksum(key, b[:body]) {
		return value{}, 0, errDamaged
	}
	r := reader{rest: b[1:body]}
	v.kind = b[0]
	deadline = r.varint()
	n := r.uvarint()
	if n > uint64(len(r.rest)) { // an item takes a byte at least
		return value{}, 0, errDamaged
	}
	v.items = make([]string, 0, n)
	for range n {
		v.items = append(v.items, string(r.bytes(r.uvarint())))
		if v.kind == kindZSet {
			v.scores = append(v.scores, r.score())
		}
	}
	if r.failed || len(r.rest) > 0 || !v.sound() {
		return value{}, 0, errDamaged
	}
	return v, deadline, nil
}

// sound reports whether v can be put.
func (v value) sound() bool {
	switch v.kind {
	case kindString:
		return len(v.items) == 1
	case kindHash:
		return len(v.items) > 0 && len(v.items)%2 == 0
	case kindSet, kindList, kindZSet:
		return len(v.items) > 0
	default:
		return false
	}
}

func checksum(key string, b []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte(key), castagnoli), castagnoli, b)
}

// reader takes numbers and bytes off the front of rest. After a failure it gives zeros.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) varint() int64 {
	n, size := binary.Varint(r.rest)
	r.skip(size)
	return n
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	r.skip(size)
	return n
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.failed = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) score() float64 {
	b := r.bytes(8)
	if r.failed {
		return 0
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}

func (r *reader) skip(size int) {
	if size <= 0 {
		r.failed = true
		return
	}
	r.rest = r.rest[size:]
}
