// Package store keeps collections of documents in one bbolt file. It owns the file, the indexes, the choice of index for
// a query, and the commit that concurrent writes share; what a filter or an update means is package document's, and
// what a client may ask is package command's.
//
// In the file, a collection is a bucket with the buckets "d" (documents by the key of their _id), "i" (definitions of
// indexes by name) and one "x:name" for each index (see index). The sequence of "d" counts the documents.
package store

import (
	"context"
	"errors"
	"os"

	bolt "go.etcd.io/bbolt"

	"github.com/watchword/watchword/deploy/local/internal/datafile"
	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// Config says where the file is.
type Config struct {
	Path string
	// NoSync leaves out the fsync: for tests, which don't lose power.
	NoSync bool
	// OnFatal is called at most once, when a commit has failed: what the file holds is whole, but nothing more can be
	// promised. Writes are refused from then on.
	OnFatal func(error)

	openFile func(string, int, os.FileMode) (*os.File, error) // nil for os.OpenFile
}

// Store is an open file. It is safe for concurrent use.
type Store struct {
	db *bolt.DB
	writer
}

// Open opens the file or makes it. The error is one sentence that names the file, be it held by another process,
// damaged, or of another kind.
func Open(cfg Config) (*Store, error) {
	db, err := openFile(cfg)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, writer: newWriter(db, cfg.OnFatal)}
	go s.run()
	return s, nil
}

// Close waits for the writes that are under way and closes the file. Later reads and writes fail.
func (s *Store) Close() error {
	s.stop()
	if s.failed.Load() {
		return s.db.Close() // there is no commit after one that failed
	}
	return datafile.Close(s.db)
}

// Read runs fn on what is committed, beside the writer and other readers.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error {
	return s.db.View(func(tx *bolt.Tx) error { return fn(newTx(ctx, tx, s.known, nil)) })
}

// Namespace names a collection.
type Namespace struct{ Database, Collection string }

func (n Namespace) String() string { return n.Database + "." + n.Collection }

// expired tells why a context has ended, in mongod's words.
func expired(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return code.MaxTimeMSExpired.Errorf("operation exceeded time limit")
	}
	return code.ShutdownInProgress.Errorf("the server is shutting down")
}
