// Package datafile is what both embedded stores ask of their bbolt file: it is checked before it is trusted, it says what it
// is, its troubles are told in a sentence that names it, and it can be copied while it is in use.
package datafile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// MetaBucket holds the file's format under FormatKey.
const (
	MetaBucket = "watchword"
	FormatKey  = "format"
)

const lockWait = 500 * time.Millisecond

// Config says what a store's file is.
type Config struct {
	// Store begins every error: "embedded redis", say.
	Store string
	Path  string
	// Format names the file's contents and their version; Bucket holds them.
	Format, Bucket string
	// Mapped is how many bytes are mapped in advance: a file that outgrows its map waits for readers, and a backup is a
	// long one.
	Mapped int
	// Value is shown every value of the file with the names of the buckets that it stands in, from several goroutines at
	// once and in no order; an error means damage. It may be nil.
	Value func(bucket []string, key, value []byte) error
	// Check looks at the bucket, all pages of which are whole; an error means damage.
	Check func(bucket *bolt.Bucket) error
	// NoSync leaves out the fsync. For tests.
	NoSync bool
	// OpenFile is os.OpenFile where nil. For tests.
	OpenFile func(path string, flag int, mode os.FileMode) (*os.File, error)
}

// Open opens or makes the file, and checks one that is there through a read-only handle first: bbolt trusts what it opens
// for writing, and ends the process over a page that makes no sense. The error names the file.
func Open(cfg Config) (*bolt.DB, error) {
	switch info, err := os.Stat(cfg.Path); {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Size() == 0:
	case err != nil:
		return nil, fmt.Errorf("%s: %w", cfg.Store, err)
	default:
		if err := cfg.check(); err != nil {
			return nil, err
		}
	}
	db, err := bolt.Open(cfg.Path, 0o600, &bolt.Options{
		Timeout: lockWait, FreelistType: bolt.FreelistMapType, NoFreelistSync: true, NoSync: cfg.NoSync,
		InitialMmapSize: cfg.Mapped, OpenFile: cfg.OpenFile,
	})
	if err != nil {
		return nil, cfg.Explain(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists([]byte(MetaBucket))
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucketIfNotExists([]byte(cfg.Bucket)); err != nil {
			return err
		}
		return meta.Put([]byte(FormatKey), []byte(cfg.Format))
	})
	if err != nil {
		return nil, errors.Join(cfg.Explain(err), db.Close())
	}
	return db, nil
}

// longList is how many free pages make a list that is not worth writing with every commit.
const longList = 2048

// Begin begins a transaction that writes. It has the free pages listed in the file while they are few, which saves the next
// Open a walk through all the others.
func Begin(db *bolt.DB) (*bolt.Tx, error) {
	tx, err := db.Begin(true)
	if err != nil {
		return nil, err
	}
	stats := db.Stats()
	db.NoFreelistSync = stats.FreePageN+stats.PendingPageN > longList
	return tx, nil
}

// Close closes the file, with its free pages listed. A list that can't be written is no error: all that it saves is time.
func Close(db *bolt.DB) error {
	db.NoFreelistSync = false
	_ = db.Update(func(*bolt.Tx) error { return nil })
	return db.Close()
}

// check reads the whole file.
func (cfg Config) check() (err error) {
	db, err := bolt.Open(cfg.Path, 0o600, &bolt.Options{Timeout: lockWait, ReadOnly: true})
	if err != nil {
		return cfg.Explain(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	file, err := os.Open(cfg.Path)
	if err != nil {
		return cfg.Explain(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return cfg.Explain(err)
	}
	if err := checkFile(file, info.Size(), db.Info().PageSize, cfg.Value); err != nil {
		return cfg.Explain(err)
	}
	return db.View(func(tx *bolt.Tx) error {
		meta, bucket := tx.Bucket([]byte(MetaBucket)), tx.Bucket([]byte(cfg.Bucket))
		if meta == nil || bucket == nil || string(meta.Get([]byte(FormatKey))) != cfg.Format {
			return fmt.Errorf("%s: %s is not a file of this store, or of another version of it", cfg.Store, cfg.Path)
		}
		if err := cfg.Check(bucket); err != nil {
			return cfg.Explain(err)
		}
		return nil
	})
}

// Explain says what an error of bbolt means for the person who started the store.
func (cfg Config) Explain(err error) error {
	var pathError *fs.PathError
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%s: %s is in use by another process", cfg.Store, cfg.Path)
	case errors.As(err, &pathError):
		return fmt.Errorf("%s: %w", cfg.Store, err)
	default:
		return fmt.Errorf("%s: %s is damaged or not a file of this store; restore it from a backup: %w", cfg.Store, cfg.Path, err)
	}
}
