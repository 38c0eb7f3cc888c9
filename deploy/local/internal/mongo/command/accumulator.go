package command

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// accumulator gathers the values of a group, one after the other.
type accumulator interface {
	add(v document.Value)
	result() any
}

var accumulators = map[string]func() accumulator{
	"$sum":   func() accumulator { return &sum{total: int32(0)} },
	"$avg":   func() accumulator { return &average{sum: sum{total: int32(0)}} },
	"$min":   func() accumulator { return &best{sign: -1} },
	"$max":   func() accumulator { return &best{sign: 1} },
	"$first": func() accumulator { return &end{} },
	"$last":  func() accumulator { return &end{last: true} },
}

// sum adds numbers and passes over all else.
type sum struct {
	total any
	n     int64
}

func (s *sum) add(v document.Value) {
	n, ok := number(v)
	if !ok {
		return
	}
	s.n++
	total, _ := document.Add(s.total, n)
	if total == nil { // no int64 holds it
		total, _ = document.Add(float64(0), s.total)
		total, _ = document.Add(total, n)
	}
	s.total = total
}

func (s *sum) result() any { return s.total }

func number(v document.Value) (any, bool) {
	switch v.Type {
	case bson.TypeInt32:
		return v.Int32(), true
	case bson.TypeInt64:
		return v.Int64(), true
	case bson.TypeDouble:
		return v.Double(), true
	default:
		return nil, false
	}
}

type average struct{ sum }

func (a *average) result() any {
	if a.n == 0 {
		return nil
	}
	total, _ := document.Add(float64(0), a.total)
	return total.(float64) / float64(a.n)
}

// best is $min or $max; what is null or not there doesn't count.
type best struct {
	sign int
	key  []byte
	v    document.Value
}

func (b *best) add(v document.Value) {
	if v.Type == 0 || v.Type == bson.TypeNull {
		return
	}
	if key := document.AppendKey(nil, v); b.key == nil || bytes.Compare(key, b.key) == b.sign {
		b.key, b.v = key, v
	}
}

func (b *best) result() any { return orNull(b.v) }

// end is $first or $last.
type end struct {
	last, any bool
	v         document.Value
}

func (e *end) add(v document.Value) {
	if e.last || !e.any {
		e.v, e.any = v, true
	}
}

func (e *end) result() any { return orNull(e.v) }

func orNull(v document.Value) any {
	if v.Type == 0 {
		return nil
	}
	return v
}
