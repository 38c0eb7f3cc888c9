package document

import (
	"bytes"
	"slices"
)

// Interval holds the keys from From up to, but not with, To. A nil To is no bound.
type Interval struct{ From, To []byte }

// Point is the interval of one value's key.
func Point(key []byte) Interval { return Interval{key, After(key)} }

// Intervals are sorted and apart.
type Intervals []Interval

// Contain tells whether a key lies in one of them.
func (in Intervals) Contain(key []byte) bool {
	i, found := slices.BinarySearchFunc(in, key, func(i Interval, key []byte) int { return bytes.Compare(i.From, key) })
	return found || i > 0 && below(key, in[i-1].To)
}

// below tells whether a key is under an upper bound.
func below(key, to []byte) bool { return to == nil || bytes.Compare(key, to) < 0 }

// sorted sorts intervals and joins those that overlap.
func (in Intervals) sorted() Intervals {
	slices.SortFunc(in, func(a, b Interval) int { return bytes.Compare(a.From, b.From) })
	var out Intervals
	for _, i := range in {
		if len(out) == 0 || !below(i.From, out[len(out)-1].To) {
			out = append(out, i)
			continue
		}
		last := &out[len(out)-1]
		if last.To != nil && (i.To == nil || bytes.Compare(i.To, last.To) > 0) {
			last.To = i.To
		}
	}
	return out
}

// union holds the keys that lie in either.
func (in Intervals) union(other Intervals) Intervals {
	return slices.Concat(in, other).sorted()
}

// Intersect holds the keys that lie in both.
func (in Intervals) Intersect(other Intervals) Intervals {
	var out Intervals
	for i, j := 0, 0; i < len(in) && j < len(other); {
		a, b := in[i], other[j]
		both := Interval{From: a.From, To: a.To}
		if bytes.Compare(b.From, a.From) > 0 {
			both.From = b.From
		}
		if a.To == nil || b.To != nil && bytes.Compare(b.To, a.To) < 0 {
			both.To = b.To
		}
		if below(both.From, both.To) {
			out = append(out, both)
		}
		if a.To != nil && (b.To == nil || bytes.Compare(a.To, b.To) < 0) {
			i++
		} else {
			j++
		}
	}
	return out
}

// Points tells whether each of them is the interval of one value.
func (in Intervals) Points() bool {
	for _, i := range in {
		if !bytes.Equal(After(i.From), i.To) {
			return false
		}
	}
	return true
}
