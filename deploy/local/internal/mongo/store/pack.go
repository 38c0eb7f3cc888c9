package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// packed is how full a page is left where keys come in order: what comes later goes into another. The rest is for documents
// that grow. Where keys come in any order, half is right, which is bbolt's own choice.
const packed = 0.9

// tails are the keys that came last, for each index. Only the writer knows them.
type tails map[tail][]byte

type tail struct {
	ns    Namespace
	index string
}

// maxTails is how many are remembered before all are forgotten.
const maxTails = 1024

// pack has the pages of an index that are split in this transaction left full if key, which is new, follows the one that came
// before it: as the _id does, and with it each key that a field with few values makes.
func (c *collection) pack(b *bolt.Bucket, d *index, key []byte) {
	at := tail{c.ns, d.Name}
	if last, ok := c.tails[at]; ok && bytes.Compare(last, key) < 0 {
		cursor := b.Cursor()
		before, _ := cursor.Seek(key)
		if before == nil {
			before, _ = cursor.Last()
		} else {
			before, _ = cursor.Prev()
		}
		if bytes.Equal(before, last) {
			b.FillPercent = packed
		}
	}
	if len(c.tails) >= maxTails {
		clear(c.tails)
	}
	c.tails[at] = key
}
