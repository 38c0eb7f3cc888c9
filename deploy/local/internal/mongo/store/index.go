package store

import (
	"bytes"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// IndexSpec is an index as a client asks for it.
type IndexSpec struct {
	Name   string   `bson:"name"`
	Key    bson.Raw `bson:"key"`
	Unique bool     `bson:"unique"`
	// ExpireAfter, in seconds, removes documents that long after the date in the index's only field.
	ExpireAfter *int64 `bson:"expireAfter,omitempty"`
}

// same tells whether two specifications, whatever their names, are of one index.
func (s IndexSpec) same(other IndexSpec) bool {
	return sameKey(s.Key, other.Key) && s.Unique == other.Unique && (s.ExpireAfter == nil) == (other.ExpireAfter == nil) &&
		(s.ExpireAfter == nil || *s.ExpireAfter == *other.ExpireAfter)
}

func sameKey(a, b bson.Raw) bool {
	return bytes.Equal(document.AppendKey(nil, embed(a)), document.AppendKey(nil, embed(b)))
}

func embed(doc bson.Raw) document.Value {
	return document.Value{Type: bson.TypeEmbeddedDocument, Value: doc}
}

// index is a bucket of keys. A key is made of the columns' keys; the value is the key of the document's _id. Where the
// columns don't make a key unique, the key of the _id follows, as one more column.
type index struct {
	IndexSpec `bson:",inline"`
	// Multikey is set for good once a document has an array on a column's path. Before, a document has exactly one key.
	Multikey bool `bson:"multikey"`

	columns []document.Column // of the key, with the _id where that follows
	withID  bool
}

// idIndex stands for the documents themselves.
var idIndex = &index{IndexSpec: IndexSpec{Name: "_id_", Unique: true}, columns: []document.Column{{Path: idPath}}}

var idPath = document.Field("_id")

func newIndex(spec IndexSpec) (*index, error) {
	columns, err := document.ParseColumns(spec.Key)
	if err != nil {
		return nil, err
	}
	hasID := slices.ContainsFunc(columns, func(c document.Column) bool { return c.Path.Name == idPath.Name })
	d := &index{IndexSpec: spec, columns: columns, withID: !spec.Unique && !hasID}
	if d.withID {
		d.columns = append(d.columns, document.Column{Path: idPath})
	}
	return d, nil
}

func loadIndex(raw []byte) (*index, error) {
	var d index
	if err := bson.Unmarshal(raw, &d); err != nil {
		return nil, err
	}
	d.Key = bytes.Clone(d.Key)
	loaded, err := newIndex(d.IndexSpec)
	if err == nil {
		loaded.Multikey = d.Multikey
	}
	return loaded, err
}

// definitions keeps the indexes that were loaded, by what the file says of them: a transaction that knows them has less to do.
// They are shared, so whoever changes one changes a copy.
type definitions struct {
	mu     sync.RWMutex
	loaded map[string]*index
}

// maxDefinitions is how many are kept before all are forgotten.
const maxDefinitions = 1024

func (k *definitions) load(raw []byte) (*index, error) {
	k.mu.RLock()
	d := k.loaded[string(raw)]
	k.mu.RUnlock()
	if d != nil {
		return d, nil
	}
	d, err := loadIndex(raw)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.loaded == nil || len(k.loaded) >= maxDefinitions {
		k.loaded = map[string]*index{}
	}
	k.loaded[string(raw)] = d
	return d, nil
}

func (d *index) bucket() []byte { return []byte("x:" + d.Name) }

// keys gives a document's keys, sorted, and whether an array was on the way to them.
func (d *index) keys(doc bson.Raw) (keys [][]byte, array bool, err error) {
	keys = [][]byte{nil}
	for _, c := range d.columns {
		values, crossed := c.Path.Keys(nil, doc)
		if crossed && array {
			return nil, true, code.CannotIndexParallelArrays.Errorf("cannot index two arrays of one document in index %s", d.Name)
		}
		array = array || crossed
		next := make([][]byte, 0, len(keys)*len(values))
		for _, prefix := range keys {
			for _, v := range values {
				key := append(prefix[:len(prefix):len(prefix)], v...)
				if c.Reverse {
					document.Invert(key, len(prefix))
				}
				next = append(next, key)
			}
		}
		keys = next
	}
	if len(keys) > 1 {
		slices.SortFunc(keys, bytes.Compare)
		keys = slices.CompactFunc(keys, bytes.Equal)
	}
	return keys, array, nil
}

// duplicate is the error for a unique key that another document has, in mongod's form.
func (d *index) duplicate(ns Namespace, doc bson.Raw, key []byte) error {
	var pattern, values bson.D
	for _, c := range d.columns {
		direction := int32(1)
		if c.Reverse {
			direction = -1
		}
		v, n := c.Path.ValueOf(doc, key, c.Reverse)
		key = key[n:]
		pattern = append(pattern, bson.E{Key: c.Path.Name, Value: direction})
		values = append(values, bson.E{Key: c.Path.Name, Value: v})
	}
	return &code.Error{
		Code: code.DuplicateKey,
		Text: "E11000 duplicate key error collection: " + ns.String() + " index: " + d.Name + " dup key: " + document.Render(values),
		More: bson.D{{Key: "keyPattern", Value: pattern}, {Key: "keyValue", Value: values}},
	}
}
