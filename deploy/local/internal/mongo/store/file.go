package store

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/watchword/watchword/deploy/local/internal/datafile"
)

// collectionsBucket has a bucket for each collection.
var collectionsBucket = []byte("collections")

// openFile opens or makes the file; one that is there is read whole first.
func openFile(cfg Config) (*bolt.DB, error) {
	return datafile.Open(datafile.Config{
		Store:    "embedded mongodb",
		Path:     cfg.Path,
		Format:   "mongo 1",
		Bucket:   string(collectionsBucket),
		Mapped:   1 << 30,
		Value:    checkValue,
		Check:    check,
		NoSync:   cfg.NoSync,
		OpenFile: cfg.openFile,
	})
}

var errDamaged = errors.New("a document or an index is not whole")

func check(collections *bolt.Bucket) error {
	return collections.ForEachBucket(func(ns []byte) error {
		root := collections.Bucket(ns)
		if root.Bucket(docsBucket) == nil || root.Bucket(indexesBucket) == nil {
			return errDamaged
		}
		return nil
	})
}

func checkValue(bucket []string, _, value []byte) error {
	if len(bucket) == 3 && bucket[2] == string(docsBucket) && !framed(value) {
		return errDamaged
	}
	return nil
}

// framed tells whether a document has the length that it claims.
func framed(doc []byte) bool {
	return len(doc) >= 5 && int(doc[0])|int(doc[1])<<8|int(doc[2])<<16|int(doc[3])<<24 == len(doc) && doc[len(doc)-1] == 0
}

// Backup writes a consistent copy of the file to path, beside readers and writers. What stood at path is replaced once
// the copy is whole and on disk.
func (s *Store) Backup(ctx context.Context, path string) error {
	return datafile.Backup(ctx, s.db, path)
}
