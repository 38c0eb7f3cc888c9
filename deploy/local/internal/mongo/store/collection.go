package store

import (
	"context"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

var (
	docsBucket    = []byte("d")
	indexesBucket = []byte("i")
)

// Tx is a view of the whole store; its changes become visible and durable together. It ends with the function it was
// given to, and so do the bytes that it hands out, where it is not said that they are copies.
type Tx struct {
	ctx  context.Context
	root *bolt.Bucket
	// known are the definitions of indexes that were read before.
	known *definitions
	tails tails         // nil where nothing is written
	open  []*collection // those that are in use, mostly one
}

func newTx(ctx context.Context, tx *bolt.Tx, known *definitions, tails tails) *Tx {
	return &Tx{ctx: ctx, root: tx.Bucket(collectionsBucket), known: known, tails: tails}
}

type collection struct {
	ns      Namespace
	root    *bolt.Bucket
	docs    *bolt.Bucket
	indexes []*index
	tails   tails
}

// find opens a collection, nil if there is none.
func (t *Tx) find(ns Namespace) (*collection, error) {
	for _, c := range t.open {
		if c.ns == ns {
			return c, nil
		}
	}
	root := t.root.Bucket([]byte(ns.String()))
	if root == nil {
		return nil, nil
	}
	c := &collection{ns: ns, root: root, docs: root.Bucket(docsBucket), indexes: make([]*index, 0, 8), tails: t.tails}
	err := root.Bucket(indexesBucket).ForEach(func(_, raw []byte) error {
		d, err := t.known.load(raw)
		c.indexes = append(c.indexes, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	t.open = append(t.open, c)
	return c, nil
}

// obtain opens a collection, and makes it if there is none.
func (t *Tx) obtain(ns Namespace) (*collection, error) {
	c, err := t.find(ns)
	if c != nil || err != nil {
		return c, err
	}
	root, err := t.root.CreateBucket([]byte(ns.String()))
	if err != nil {
		return nil, err
	}
	for _, name := range [][]byte{docsBucket, indexesBucket} {
		if _, err := root.CreateBucket(name); err != nil {
			return nil, err
		}
	}
	return t.find(ns)
}

// Create makes an empty collection.
func (t *Tx) Create(ns Namespace) error {
	if c, err := t.find(ns); c != nil || err != nil {
		if err == nil {
			err = code.NamespaceExists.Errorf("Collection %s already exists.", ns)
		}
		return err
	}
	_, err := t.obtain(ns)
	return err
}

// Drop removes a collection with its indexes and tells how many those were; without one it fails with NamespaceNotFound.
func (t *Tx) Drop(ns Namespace) (indexes int, err error) {
	c, err := t.find(ns)
	if err != nil {
		return 0, err
	}
	if c == nil {
		return 0, code.NamespaceNotFound.Errorf("ns not found")
	}
	t.open = slices.DeleteFunc(t.open, func(open *collection) bool { return open == c })
	return len(c.indexes) + 1, t.root.DeleteBucket([]byte(ns.String()))
}

// Namespaces lists all collections, by database and then by name.
func (t *Tx) Namespaces() []Namespace {
	var out []Namespace
	cursor := t.root.Cursor()
	for name, _ := cursor.First(); name != nil; name, _ = cursor.Next() {
		database, collection, _ := strings.Cut(string(name), ".")
		out = append(out, Namespace{database, collection})
	}
	return out
}

// fetch gives the document that an index names.
func (c *collection) fetch(id []byte) (bson.Raw, error) {
	raw := c.docs.Get(id)
	if raw == nil {
		return nil, code.BadValue.Errorf("an index of %s names a document that is not there", c.ns)
	}
	return raw, nil
}

// idKey is the key under which a document stands.
func idKey(doc bson.Raw) []byte { return document.AppendKey(nil, document.Lookup(doc, "_id")) }

// count is how many documents the collection holds.
func (c *collection) count() int64 { return int64(c.docs.Sequence()) }

func (c *collection) addCount(n int) error {
	return c.docs.SetSequence(uint64(int64(c.docs.Sequence()) + int64(n)))
}
