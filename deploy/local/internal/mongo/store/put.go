package store

import (
	"bytes"
	"slices"

	bolt "go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// put adds doc, or sets it in the place of old, which has the same _id. It checks everything before it changes anything.
func (c *collection) put(old, doc bson.Raw) error {
	if err := document.Storable(doc); err != nil {
		return err
	}
	id := idKey(doc)
	switch {
	case len(id) > bolt.MaxKeySize:
		return code.KeyTooLong.Errorf("the _id takes more than %d bytes", bolt.MaxKeySize)
	case old == nil && c.docs.Get(id) != nil:
		return idIndex.duplicate(c.ns, doc, id)
	}
	type change struct {
		index    *index
		del, add [][]byte
		array    bool
	}
	changes := make([]change, 0, len(c.indexes))
	for _, d := range c.indexes {
		ch := change{index: d}
		var err error
		if ch.add, ch.array, err = d.keys(doc); err != nil {
			return err
		}
		if old != nil {
			if ch.del, _, err = d.keys(old); err != nil {
				return err
			}
		}
		if err := c.admits(d, doc, id, ch.add); err != nil {
			return err
		}
		changes = append(changes, ch)
	}
	for _, ch := range changes {
		if err := c.reindex(ch.index, id, ch.del, ch.add); err != nil {
			return err
		}
		if ch.array && !ch.index.Multikey {
			d := *ch.index
			d.Multikey = true
			c.indexes[slices.Index(c.indexes, ch.index)] = &d
			if err := c.define(&d); err != nil {
				return err
			}
		}
	}
	if old == nil {
		c.pack(c.docs, idIndex, id)
	}
	return c.docs.Put(id, doc)
}

// admits tells whether an index can take a document's keys.
func (c *collection) admits(d *index, doc bson.Raw, id []byte, keys [][]byte) error {
	for _, k := range keys {
		if len(k) > bolt.MaxKeySize {
			return code.KeyTooLong.Errorf("the key of a document in index %s takes more than %d bytes", d.Name, bolt.MaxKeySize)
		}
		if !d.Unique {
			continue
		}
		if owner := c.root.Bucket(d.bucket()).Get(k); owner != nil && !bytes.Equal(owner, id) {
			return d.duplicate(c.ns, doc, k)
		}
	}
	return nil
}

// reindex takes keys away and adds others; both are sorted.
func (c *collection) reindex(d *index, id []byte, del, add [][]byte) error {
	b := c.root.Bucket(d.bucket())
	for _, k := range del {
		if _, kept := slices.BinarySearchFunc(add, k, bytes.Compare); kept {
			continue
		}
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	for _, k := range add {
		if _, there := slices.BinarySearchFunc(del, k, bytes.Compare); there {
			continue
		}
		c.pack(b, d, k)
		if err := b.Put(k, id); err != nil {
			return err
		}
	}
	return nil
}
