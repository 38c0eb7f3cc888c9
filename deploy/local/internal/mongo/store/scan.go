package store

import (
	"bytes"
	"slices"

	bolt "go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// position is where a walk stands: behind a key in a span of a plan.
type position struct {
	plan, span int
	key        []byte // nil: before the first
}

func (c *collection) bucket(d *index) *bolt.Bucket {
	if d == idIndex {
		return c.docs
	}
	return c.root.Bucket(d.bucket())
}

// checkEvery is how many keys are walked between two looks at the context.
const checkEvery = 256

// row is a key that a walk has come to.
type row struct {
	c       *collection
	key, id []byte
	raw     bson.Raw // the document, where it has been looked at
}

// document looks at the row's document.
func (r row) document() (bson.Raw, error) {
	if r.raw != nil {
		return r.raw, nil
	}
	return r.c.fetch(r.id)
}

// walk gives the keys of an access, from a position on, until fn answers false; the position is then behind the last key
// that fn saw.
func (t *Tx) walk(c *collection, a access, at *position, fn func(*plan, row) (bool, error)) error {
	n := 0
	for ; at.plan < len(a.plans); at.plan, at.span, at.key = at.plan+1, 0, nil {
		p := &a.plans[at.plan]
		cursor := c.bucket(p.index).Cursor()
		for ; at.span < len(p.spans); at.span, at.key = at.span+1, nil {
			span := p.spans[at.span]
			if p.backward {
				span = p.spans[len(p.spans)-1-at.span]
			}
			for k, v := behind(cursor, span, p.backward, at.key); inside(k, span, p.backward); k, v = step(cursor, p.backward) {
				if n++; n%checkEvery == 0 && t.ctx.Err() != nil {
					return expired(t.ctx.Err())
				}
				r := row{c: c, key: k, id: v}
				if p.index == idIndex {
					r.id, r.raw = k, v
				}
				more, err := fn(p, r)
				if err != nil {
					return err
				}
				if !more {
					at.key = bytes.Clone(k)
					return nil
				}
			}
		}
	}
	return nil
}

// behind goes to the key after the one given, in the direction of the walk, or to the first.
func behind(cursor *bolt.Cursor, s document.Interval, backward bool, key []byte) (k, v []byte) {
	switch {
	case key == nil:
		return first(cursor, s, backward)
	case backward:
		return first(cursor, document.Interval{From: s.From, To: key}, true)
	}
	k, v = cursor.Seek(key)
	if bytes.Equal(k, key) {
		return cursor.Next()
	}
	return k, v
}

// first, step and inside walk a span of a bucket in either direction.
func first(cursor *bolt.Cursor, s document.Interval, backward bool) (k, v []byte) {
	switch {
	case !backward && s.From == nil:
		return cursor.First()
	case !backward:
		return cursor.Seek(s.From)
	case s.To == nil:
		return cursor.Last()
	}
	if k, _ = cursor.Seek(s.To); k == nil {
		return cursor.Last()
	}
	return cursor.Prev()
}

func step(cursor *bolt.Cursor, backward bool) (k, v []byte) {
	if backward {
		return cursor.Prev()
	}
	return cursor.Next()
}

func inside(k []byte, s document.Interval, backward bool) bool {
	switch {
	case k == nil:
		return false
	case backward:
		return bytes.Compare(k, s.From) >= 0
	default:
		return s.To == nil || bytes.Compare(k, s.To) < 0
	}
}

// each gives the documents that a prepared cursor finds, as they come, until fn answers false. Where the keys alone say
// that a document matches, nobody has looked at it yet.
func (t *Tx) each(c *collection, cur *Cursor, fn func(row) (bool, error)) error {
	a := *cur.access
	return t.walk(c, a, &cur.at, func(p *plan, r row) (bool, error) {
		if p.exact {
			return fn(r)
		}
		var err error
		if r.raw, err = r.document(); err != nil {
			return false, err
		}
		filter := cur.query.Filter
		if a.branches != nil {
			filter = a.branches[cur.at.plan]
		}
		if !filter.Match(r.raw) {
			return true, nil
		}
		again, err := seen(a, cur.at.plan, p, r)
		if again || err != nil {
			return true, err
		}
		return fn(r)
	})
}

// seen tells whether a walk has come by the document before: in an earlier plan, or by another key of an array.
func seen(a access, at int, p *plan, r row) (bool, error) {
	for _, earlier := range a.branches[:min(at, len(a.branches))] {
		if earlier.Match(r.raw) {
			return true, nil
		}
	}
	if !p.index.Multikey {
		return false, nil
	}
	keys, _, err := p.index.keys(r.raw)
	if err != nil {
		return false, err
	}
	if p.backward {
		slices.Reverse(keys)
	}
	i := slices.IndexFunc(keys, func(k []byte) bool {
		return slices.ContainsFunc(p.spans, func(s document.Interval) bool {
			return bytes.Compare(k, s.From) >= 0 && (s.To == nil || bytes.Compare(k, s.To) < 0)
		})
	})
	return i >= 0 && !bytes.Equal(keys[i], r.key), nil
}
