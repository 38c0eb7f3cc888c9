package store

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// maxIndexes is mongod's bound for a collection, that of the _id counted.
const maxIndexes = 64

// CreateIndex builds an index, and the collection if need be. The same one again is no error and changes nothing;
// another one under its name, or its key under another name or with other options, is.
func (t *Tx) CreateIndex(ns Namespace, spec IndexSpec) error {
	c, err := t.obtain(ns)
	if err != nil {
		return err
	}
	d, err := newIndex(IndexSpec{Name: spec.Name, Key: bytes.Clone(spec.Key), Unique: spec.Unique, ExpireAfter: spec.ExpireAfter})
	if err != nil {
		return code.CannotCreateIndex.Errorf("%v", err)
	}
	if exists, err := c.exists(spec); exists || err != nil {
		return err
	}
	if len(c.indexes)+1 >= maxIndexes {
		return code.CannotCreateIndex.Errorf("add index fails, too many indexes for %s", ns)
	}
	if _, err := c.root.CreateBucket(d.bucket()); err != nil {
		return err
	}
	if err := c.build(d); err != nil {
		if undo := c.root.DeleteBucket(d.bucket()); undo != nil {
			return undo
		}
		return err
	}
	c.indexes = append(c.indexes, d)
	return c.define(d)
}

// exists tells whether the index is there already, and refuses what mongod calls a conflict.
func (c *collection) exists(spec IndexSpec) (bool, error) {
	if spec.Name == idIndex.Name || sameKey(spec.Key, idKeySpec) {
		if spec.Name == idIndex.Name && sameKey(spec.Key, idKeySpec) && spec.ExpireAfter == nil {
			return true, nil
		}
		return false, code.BadValue.Errorf("the index of _id is there always, as %s, and takes no options", idIndex.Name)
	}
	for _, d := range c.indexes {
		switch {
		case d.Name == spec.Name && d.same(spec):
			return true, nil
		case d.Name == spec.Name && !sameKey(d.Key, spec.Key):
			return false, code.IndexKeySpecsConflict.Errorf("An existing index has the same name as the requested index. "+
				"When index names are not specified, they are auto generated and can cause conflicts. Please refer to our "+
				"documentation. Requested index: %s, existing index: %s", spec.Key, d.Key)
		case d.Name == spec.Name:
			return false, code.IndexKeySpecsConflict.Errorf("An equivalent index already exists with the same name but different options: %s", d.Name)
		case sameKey(d.Key, spec.Key):
			return false, code.IndexOptionsConflict.Errorf("Index already exists with a different name: %s", d.Name)
		}
	}
	return false, nil
}

var idKeySpec = document.Build(nil, func(b []byte) []byte {
	return document.AppendElement(b, "_id", document.Value{Type: bson.TypeInt32, Value: []byte{1, 0, 0, 0}})
})

// build fills a new index; a document that it can't take is an error.
func (c *collection) build(d *index) error {
	return c.docs.ForEach(func(id, raw []byte) error {
		keys, array, err := d.keys(raw)
		if err != nil {
			return err
		}
		if err := c.admits(d, raw, id, keys); err != nil {
			return err
		}
		d.Multikey = d.Multikey || array
		return c.reindex(d, id, nil, keys)
	})
}

// define writes an index's definition.
func (c *collection) define(d *index) error {
	raw, err := bson.Marshal(d)
	if err != nil {
		return err
	}
	return c.root.Bucket(indexesBucket).Put([]byte(d.Name), raw)
}

// Indexes lists a collection's indexes, that of the _id first.
func (t *Tx) Indexes(ns Namespace) ([]IndexSpec, error) {
	c, err := t.find(ns)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, code.NamespaceNotFound.Errorf("ns does not exist: %s", ns)
	}
	out := []IndexSpec{{Name: idIndex.Name, Key: idKeySpec}}
	for _, d := range c.indexes {
		out = append(out, d.IndexSpec)
	}
	return out, nil
}

// DropIndexes removes the indexes that which chooses and tells how many there were. Choosing none is an error, unless
// all were asked for.
func (t *Tx) DropIndexes(ns Namespace, all bool, which func(IndexSpec) bool) (was int, err error) {
	c, err := t.find(ns)
	if err != nil {
		return 0, err
	}
	if c == nil {
		return 0, code.NamespaceNotFound.Errorf("ns not found %s", ns)
	}
	was = len(c.indexes) + 1
	var kept []*index
	for _, d := range c.indexes {
		if !all && !which(d.IndexSpec) {
			kept = append(kept, d)
			continue
		}
		if err := c.root.DeleteBucket(d.bucket()); err != nil {
			return 0, err
		}
		if err := c.root.Bucket(indexesBucket).Delete([]byte(d.Name)); err != nil {
			return 0, err
		}
	}
	if !all && len(kept) == len(c.indexes) {
		return 0, code.IndexNotFound.Errorf("index not found")
	}
	c.indexes = slices.Clip(kept)
	return was, nil
}

// SameKey tells whether an index has this key.
func (s IndexSpec) SameKey(key bson.Raw) bool { return sameKey(s.Key, key) }
