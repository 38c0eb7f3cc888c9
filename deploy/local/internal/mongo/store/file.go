package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The file: a bucket that says what it is, and one with a bucket for each collection.
var (
	metaBucket        = []byte("watchword")
	collectionsBucket = []byte("collections")
	formatKey         = []byte("format")
)

const (
	format   = "mongo 1"
	lockWait = 500 * time.Millisecond
	// mapped is mapped in advance: a file that outgrows its map waits for readers, and a backup is a long one.
	mapped = 1 << 30
)

// openFile checks a file that is there through a read-only handle first: bbolt trusts what it opens for writing, and
// ends the process over a page that makes no sense.
func openFile(cfg Config) (*bolt.DB, error) {
	path := cfg.Path
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Size() == 0:
	case err != nil:
		return nil, fmt.Errorf("embedded mongodb: %w", err)
	default:
		if err := check(path); err != nil {
			return nil, err
		}
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout: lockWait, FreelistType: bolt.FreelistMapType, NoFreelistSync: true, NoSync: cfg.NoSync,
		InitialMmapSize: mapped, OpenFile: cfg.openFile,
	})
	if err != nil {
		return nil, explain(path, err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(metaBucket)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucketIfNotExists(collectionsBucket); err != nil {
			return err
		}
		return meta.Put(formatKey, []byte(format))
	})
	if err != nil {
		return nil, errors.Join(explain(path, err), db.Close())
	}
	return db, nil
}

// check walks every page of the file.
func check(path string) (err error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, ReadOnly: true})
	if err != nil {
		return explain(path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.View(func(tx *bolt.Tx) (err error) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a page beyond the end of the file
		defer func() {
			if p := recover(); p != nil { // bbolt panics over a page that makes no sense
				err = explain(path, fmt.Errorf("%v", p))
			}
		}()
		if info, err := os.Stat(path); err != nil || info.Size() < tx.Size() {
			return explain(path, errors.Join(err, errors.New("the file is cut short")))
		}
		meta, collections := tx.Bucket(metaBucket), tx.Bucket(collectionsBucket)
		if meta == nil || collections == nil || string(meta.Get(formatKey)) != format {
			return fmt.Errorf("embedded mongodb: %s is not a file of this store, or of another version of it", path)
		}
		return collections.ForEachBucket(func(ns []byte) error { return checkCollection(path, collections.Bucket(ns)) })
	})
}

func checkCollection(path string, root *bolt.Bucket) error {
	damaged := func() error { return explain(path, errors.New("a document or an index is not whole")) }
	if root.Bucket(docsBucket) == nil || root.Bucket(indexesBucket) == nil {
		return damaged()
	}
	return root.ForEachBucket(func(name []byte) error {
		documents := string(name) == string(docsBucket)
		return root.Bucket(name).ForEach(func(k, v []byte) error {
			if documents && !framed(v) {
				return damaged()
			}
			return nil
		})
	})
}

// framed tells whether a document has the length that it claims.
func framed(doc []byte) bool {
	return len(doc) >= 5 && int(doc[0])|int(doc[1])<<8|int(doc[2])<<16|int(doc[3])<<24 == len(doc) && doc[len(doc)-1] == 0
}

// explain says what an error of bbolt means for the person who started the store.
func explain(path string, err error) error {
	var pathError *fs.PathError
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("embedded mongodb: %s is in use by another process", path)
	case errors.As(err, &pathError):
		return fmt.Errorf("embedded mongodb: %w", err)
	default:
		return fmt.Errorf("embedded mongodb: %s is damaged or not a file of this store; restore it from a backup: %w", path, err)
	}
}

// Backup writes a consistent copy of the file to path, beside readers and writers. What stood at path is replaced once
// the copy is whole and on disk.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	if sameFile(path, s.path) {
		return fmt.Errorf("back up %s: the copy would replace the file itself", s.path)
	}
	out, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // mode 0600
	if err != nil {
		return fmt.Errorf("back up %s: %w", s.path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up %s: %w", s.path, errors.Join(err, out.Close(), os.Remove(out.Name())))
		}
	}()
	err = s.db.View(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(ctxWriter{ctx, out})
		return err
	})
	if err != nil {
		return err
	}
	if err := out.Sync(); err != nil {
		return err
	}
	if err := os.Rename(out.Name(), path); err != nil {
		return err
	}
	return errors.Join(out.Close(), syncDir(filepath.Dir(path)))
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// syncDir makes a rename in dir last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ctxWriter stops a copy when ctx ends.
type ctxWriter struct {
	ctx context.Context
	to  io.Writer
}

func (w ctxWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(b)
}
