package store

import (
	"bytes"
	"container/heap"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// Query says which documents, in what order, and how many of them.
type Query struct {
	Filter document.Filter
	Order  []document.Column
	Skip   int64
	Limit  int64 // 0: all
}

// maxSort bounds, in bytes, what is held to be sorted.
const maxSort = 100 << 20

// Cursor remembers where a query stands. It holds no results, but those that it had to sort.
type Cursor struct {
	ns     Namespace
	query  Query
	access *access
	at     position
	seen   int64 // documents passed, with those skipped
	sorted []bson.Raw
	done   bool
}

// NewCursor stands before the first document.
func NewCursor(ns Namespace, q Query) *Cursor { return &Cursor{ns: ns, query: q} }

// Done tells that there is no more.
func (cur *Cursor) Done() bool { return cur.done }

// Next gives copies of the next documents: at most n, and about maxBytes, but at least one if there is one.
func (t *Tx) Next(cur *Cursor, n int, maxBytes int) ([]bson.Raw, error) {
	if n <= 0 || cur.done {
		return nil, nil
	}
	c, err := t.reopen(cur)
	if err != nil {
		return nil, err
	}
	if c == nil {
		cur.done = true
		return nil, nil
	}
	if sorted, err := t.prepare(c, cur); sorted || err != nil {
		return cur.takeSorted(n, maxBytes), err
	}
	var out []bson.Raw
	size := 0
	cur.done = true
	err = t.each(c, cur, func(r row) (bool, error) {
		if cur.seen++; cur.seen <= cur.query.Skip {
			return true, nil
		}
		doc, err := r.document()
		if err != nil {
			return false, err
		}
		out = append(out, bytes.Clone(doc))
		size += len(doc)
		if cur.query.Limit > 0 && cur.seen-cur.query.Skip >= cur.query.Limit {
			return false, nil
		}
		if len(out) < n && size < maxBytes {
			return true, nil
		}
		cur.done = false
		return false, nil
	})
	return out, err
}

// prepare chooses how to get at the documents. Where they don't come in the order asked for, it sorts them.
func (t *Tx) prepare(c *collection, cur *Cursor) (sorted bool, err error) {
	if cur.access == nil {
		a := c.choose(cur.query)
		cur.access = &a
		if len(cur.query.Order) > 0 && !a.sorted() {
			cur.sorted, err = t.sort(c, cur)
		}
	}
	return cur.sorted != nil, err
}

// reopen opens the cursor's collection, and makes sure that the indexes it walks are the same.
func (t *Tx) reopen(cur *Cursor) (*collection, error) {
	c, err := t.find(cur.ns)
	if err != nil || cur.access == nil {
		return c, err
	}
	if c == nil {
		return nil, code.QueryPlanKilled.Errorf("collection dropped: %s", cur.ns)
	}
	for i := range cur.access.plans {
		p := &cur.access.plans[i]
		if p.index == idIndex {
			continue
		}
		at := slices.IndexFunc(c.indexes, func(d *index) bool { return d.Name == p.index.Name && d.same(p.index.IndexSpec) })
		if at < 0 {
			return nil, code.QueryPlanKilled.Errorf("index '%s' dropped", p.index.Name)
		}
		p.index = c.indexes[at]
		p.exact = p.exact && !p.index.Multikey
	}
	return c, nil
}

func (cur *Cursor) takeSorted(n, maxBytes int) []bson.Raw {
	size, i := 0, 0
	for i < len(cur.sorted) && i < n && (size < maxBytes || i == 0) {
		size += len(cur.sorted[i])
		i++
	}
	out := cur.sorted[:i:i]
	cur.sorted = cur.sorted[i:]
	cur.done = len(cur.sorted) == 0
	return out
}

// sortable is a document with its sort key and the place at which it came.
type sortable struct {
	key   []byte
	place int
	doc   bson.Raw
}

func (s sortable) compare(other sortable) int {
	if c := bytes.Compare(s.key, other.key); c != 0 {
		return c
	}
	return s.place - other.place
}

// sortables is a heap with the last of the order on top.
type sortables []sortable

func (s sortables) Len() int           { return len(s) }
func (s sortables) Less(i, j int) bool { return s[i].compare(s[j]) > 0 }
func (s sortables) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *sortables) Push(x any)        { *s = append(*s, x.(sortable)) }
func (s *sortables) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// sort collects what the query finds, and of that no more than its limit needs.
func (t *Tx) sort(c *collection, cur *Cursor) ([]bson.Raw, error) {
	var found sortables
	size, place := 0, 0
	most := cur.query.Skip + cur.query.Limit
	err := t.each(c, cur, func(r row) (bool, error) {
		doc, err := r.document()
		if err != nil {
			return false, err
		}
		s := sortable{key: document.SortKey(nil, doc, cur.query.Order), place: place}
		place++
		if cur.query.Limit > 0 && int64(len(found)) >= most {
			if s.compare(found[0]) > 0 {
				return true, nil
			}
			last := heap.Pop(&found).(sortable)
			size -= len(last.key) + len(last.doc)
		}
		s.doc = bytes.Clone(doc)
		if size += len(s.key) + len(s.doc); size > maxSort {
			return false, code.MemoryLimitNoDiskUse.Errorf("Sort exceeded memory limit of %d bytes, and there is no external sorting", maxSort)
		}
		heap.Push(&found, s)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, sortable.compare)
	out := []bson.Raw{}
	for _, s := range found[min(cur.query.Skip, int64(len(found))):] {
		out = append(out, s.doc)
	}
	return out, nil
}

// Count counts what a query finds. Where the keys of an index say enough, no document is looked at.
func (t *Tx) Count(ns Namespace, q Query) (int64, error) {
	c, err := t.find(ns)
	if err != nil || c == nil {
		return 0, err
	}
	q.Order = nil
	n := c.count()
	if !q.Filter.Everything() {
		n = 0
		most := q.Skip + q.Limit
		cur := NewCursor(ns, q)
		if _, err := t.prepare(c, cur); err != nil {
			return 0, err
		}
		err = t.each(c, cur, func(row) (bool, error) {
			n++
			return q.Limit == 0 || n < most, nil
		})
	}
	n = max(n-q.Skip, 0)
	if q.Limit > 0 {
		n = min(n, q.Limit)
	}
	return n, err
}
