package store

import (
	"bytes"
	"slices"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// plan says which keys of which index hold all documents that can match.
type plan struct {
	index    *index // idIndex: the documents themselves
	spans    []document.Interval
	backward bool
	// sorted: they come in the order asked for.
	sorted bool
	// exact: every one of them matches, once each.
	exact bool
	score int
}

// The worth of a plan. What tells most is a unique key given whole.
const (
	scoreNothing = 10000 // no key can match
	scoreUnique  = 1000
	scorePoint   = 8 // for each column whose value is given
	scoreRange   = 3
	scoreSorted  = 1
)

// maxSpans bounds what values of several columns multiply to.
const maxSpans = 4096

// demand is what a filter asks of the paths, see document.Condition.
type demand struct {
	byPath   map[string][]document.Intervals
	complete bool
}

func demandOf(f document.Filter) demand {
	conditions, complete := f.Conditions()
	d := demand{map[string][]document.Intervals{}, complete}
	for _, c := range conditions {
		d.byPath[c.Path] = append(d.byPath[c.Path], c.Intervals)
	}
	return d
}

// on gives the intervals of a path in an index, and whether they say all that is asked of it. In an index with arrays two
// conditions may be met by two elements, so only one of them can narrow.
func (d demand) on(path string, multikey bool) (in document.Intervals, all, ok bool) {
	conditions := d.byPath[path]
	if len(conditions) == 0 {
		return nil, false, false
	}
	in = conditions[0]
	for _, other := range conditions[1:] {
		switch {
		case !multikey:
			in = in.Intersect(other)
		case other.Points() && (!in.Points() || len(other) < len(in)):
			in = other
		}
	}
	return in, !multikey || len(conditions) == 1, true
}

// plan uses values of leading columns, then a range of the next.
func (d *index) plan(asked demand, order []document.Column) plan {
	p := plan{index: d}
	prefixes := [][]byte{nil}
	fixed := map[string]bool{}
	consumed := 0
	n := 0
	for ; n < len(d.columns); n++ {
		c := d.columns[n]
		in, all, ok := asked.on(c.Path.Name, d.Multikey)
		if !ok || len(prefixes)*len(in) > maxSpans {
			break
		}
		if all {
			consumed++
		}
		if !in.Points() {
			p.spans = ranges(prefixes, in, c.Reverse)
			p.score += scoreRange
			break
		}
		prefixes = points(prefixes, in, c.Reverse)
		p.score += scorePoint
		fixed[c.Path.Name] = len(in) == 1
	}
	if p.spans == nil {
		for _, prefix := range prefixes {
			p.spans = append(p.spans, document.Interval{From: prefix, To: document.After(prefix)})
		}
		if d.Unique && n == len(d.columns) && p.score > 0 {
			p.score += scoreUnique
		}
	}
	if len(p.spans) == 0 {
		p.score += scoreNothing
	}
	slices.SortFunc(p.spans, func(a, b document.Interval) int { return bytes.Compare(a.From, b.From) })
	p.exact = asked.complete && !d.Multikey && consumed == len(asked.byPath)
	p.sorted, p.backward = d.sorts(order, fixed)
	if p.sorted && len(order) > 0 {
		p.score += scoreSorted
	}
	return p
}

// points extends each prefix by each value.
func points(prefixes [][]byte, in document.Intervals, reverse bool) [][]byte {
	out := make([][]byte, 0, len(prefixes)*len(in))
	for _, prefix := range prefixes {
		for _, i := range in {
			key := append(prefix[:len(prefix):len(prefix)], i.From...)
			if reverse {
				document.Invert(key, len(prefix))
			}
			out = append(out, key)
		}
	}
	return out
}

// ranges gives each interval behind each prefix. Where the column runs downwards, what was below is above.
func ranges(prefixes [][]byte, in document.Intervals, reverse bool) []document.Interval {
	var out []document.Interval
	for _, prefix := range prefixes {
		for _, i := range in {
			from, to := i.From, i.To
			if reverse {
				from, to = inverted(i.To), inverted(i.From)
			}
			span := document.Interval{From: join(prefix, from), To: document.After(prefix)}
			if to != nil {
				span.To = join(prefix, to)
			}
			out = append(out, span)
		}
	}
	return out
}

// inverted is the first key, in the reversed order, behind all that begin with the bound.
func inverted(bound []byte) []byte {
	out := bytes.Clone(bound)
	document.Invert(out, 0)
	return document.After(out)
}

func join(a, b []byte) []byte { return slices.Concat(a, b) }

// sorts tells whether the keys come in an order, and in which direction to walk. Columns with one value don't count; an
// index with arrays has no order that a document has a single place in.
func (d *index) sorts(order []document.Column, fixed map[string]bool) (sorted, backward bool) {
	if d.Multikey {
		return len(order) == 0, false
	}
	columns := d.columns
	first := true
	for _, o := range order {
		if fixed[o.Path.Name] {
			continue
		}
		for len(columns) > 0 && fixed[columns[0].Path.Name] {
			columns = columns[1:]
		}
		if len(columns) == 0 || columns[0].Path.Name != o.Path.Name {
			return false, false
		}
		opposite := columns[0].Reverse != o.Reverse
		if !first && opposite != backward {
			return false, false
		}
		backward, first = opposite, false
		if o.Path.Name == idPath.Name {
			break
		}
		columns = columns[1:]
	}
	return true, backward
}
