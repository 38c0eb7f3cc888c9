package store

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// Insert adds a document; one without an _id gets an ObjectID.
func (t *Tx) Insert(ns Namespace, doc bson.Raw) error {
	c, err := t.obtain(ns)
	if err != nil {
		return err
	}
	_, err = c.insert(doc)
	return err
}

func (c *collection) insert(doc bson.Raw) (bson.Raw, error) {
	id := bson.NewObjectID()
	doc = document.WithID(doc, document.Value{Type: bson.TypeObjectID, Value: id[:]})
	if err := c.put(nil, doc); err != nil {
		return nil, err
	}
	return doc, c.addCount(1)
}

// Change is what an update or a removal has done to one document. The documents are copies.
type Change struct {
	Before, After bson.Raw // nil where there was, or is, none
}

// Update is what to do to the documents that a query finds.
type Update struct {
	Query  Query
	Update document.Update
	Upsert bool
}

// Updated counts the documents that were found and those that are different now. Upserted is the one that was made, a
// copy.
type Updated struct {
	Matched, Modified int64
	Upserted          bson.Raw
}

// Update changes what the query finds. An error in the middle leaves what was changed before, as in mongod; Updated
// counts it.
func (t *Tx) Update(ns Namespace, u Update) (Updated, error) {
	var done Updated
	c, err := t.obtain(ns)
	if err != nil {
		return done, err
	}
	ids, err := t.ids(c, u.Query)
	if err != nil {
		return done, err
	}
	if len(ids) == 0 && u.Upsert {
		done.Upserted, err = c.upsert(u)
		return done, err
	}
	for _, id := range ids {
		change, err := c.update(id, u.Update)
		if err != nil {
			return done, err
		}
		done.Matched++
		if change.After != nil {
			done.Modified++
		}
	}
	return done, nil
}

// UpdateOne changes the first document that the query finds and shows it, or the one that an upsert has made; found
// tells which of the two it was. An update that changes nothing has no After.
func (t *Tx) UpdateOne(ns Namespace, u Update) (change Change, found bool, err error) {
	c, err := t.obtain(ns)
	if err != nil {
		return Change{}, false, err
	}
	u.Query.Limit = 1
	ids, err := t.ids(c, u.Query)
	switch {
	case err != nil:
		return Change{}, false, err
	case len(ids) == 1:
		change, err = c.update(ids[0], u.Update)
		return change, true, err
	case u.Upsert:
		change.After, err = c.upsert(u)
		return change, false, err
	}
	return Change{}, false, nil
}

func (c *collection) upsert(u Update) (bson.Raw, error) {
	doc, err := u.Update.Insert(u.Query.Filter)
	if err != nil {
		return nil, err
	}
	return c.insert(doc)
}

func (c *collection) update(id []byte, u document.Update) (Change, error) {
	raw, err := c.fetch(id)
	if err != nil {
		return Change{}, err
	}
	before := bytes.Clone(raw)
	after, err := u.Apply(before)
	if err != nil {
		return Change{}, err
	}
	if bytes.Equal(before, after) {
		return Change{Before: before}, nil
	}
	return Change{Before: before, After: after}, c.put(before, after)
}

// Delete removes what the query finds and tells how many that was.
func (t *Tx) Delete(ns Namespace, q Query) (int64, error) {
	c, err := t.find(ns)
	if err != nil || c == nil {
		return 0, err
	}
	ids, err := t.ids(c, q)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if _, err := c.remove(id); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), nil
}

// DeleteOne removes the first document that the query finds and gives a copy of it, nil if there was none.
func (t *Tx) DeleteOne(ns Namespace, q Query) (bson.Raw, error) {
	c, err := t.find(ns)
	if err != nil || c == nil {
		return nil, err
	}
	q.Limit = 1
	ids, err := t.ids(c, q)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return c.remove(ids[0])
}

func (c *collection) remove(id []byte) (bson.Raw, error) {
	raw, err := c.fetch(id)
	if err != nil {
		return nil, err
	}
	doc := bytes.Clone(raw)
	for _, d := range c.indexes {
		keys, _, err := d.keys(doc)
		if err != nil {
			return nil, err
		}
		if err := c.reindex(d, id, keys, nil); err != nil {
			return nil, err
		}
	}
	if err := c.docs.Delete(id); err != nil {
		return nil, err
	}
	return doc, c.addCount(-1)
}

// ids gives copies of the keys of the documents that a query finds, in its order.
func (t *Tx) ids(c *collection, q Query) ([][]byte, error) {
	cur := NewCursor(c.ns, q)
	var out [][]byte
	if sorted, err := t.prepare(c, cur); sorted || err != nil {
		for _, doc := range cur.sorted {
			out = append(out, idKey(doc))
		}
		return out, err
	}
	err := t.each(c, cur, func(r row) (bool, error) {
		out = append(out, bytes.Clone(r.id))
		return q.Limit == 0 || int64(len(out)) < q.Limit, nil
	})
	return out, err
}
