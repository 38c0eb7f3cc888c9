package redis

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watchword/watchword/deploy/local/internal/datafile"
)

// keysBucket has a value for each key.
const keysBucket = "keys"

// file keeps the encoded values in bbolt.
type file struct {
	cfg datafile.Config
	db  *bolt.DB
}

// openFile opens or makes the file; one that is there is read whole first.
func openFile(path string, noSync bool) (*file, error) {
	cfg := datafile.Config{
		Store:  "embedded redis",
		Path:   path,
		Format: "redis 1",
		Bucket: keysBucket,
		Mapped: 256 << 20,
		Check:  check,
		NoSync: noSync,
	}
	db, err := datafile.Open(cfg)
	if err != nil {
		return nil, err
	}
	return &file{cfg: cfg, db: db}, nil
}

func check(keys *bolt.Bucket) error {
	return keys.ForEach(func(k, raw []byte) error {
		_, _, err := decode(string(k), raw)
		return err
	})
}

// load hands every value that has not expired to put, with its deadline, and removes the others.
func (f *file) load(now time.Time, put func(key string, v value, deadline int64) error) error {
	expired := map[string][]byte{}
	err := f.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(keysBucket)).ForEach(func(k, raw []byte) error {
			v, deadline, err := decode(string(k), raw)
			if err != nil {
				return err
			}
			if deadline != 0 && deadline <= now.UnixMilli() {
				expired[string(k)] = nil
				return nil
			}
			return put(string(k), v, deadline)
		})
	})
	if err != nil {
		return f.cfg.Explain(err)
	}
	if len(expired) == 0 {
		return nil
	}
	return f.commit(expired)
}

// commit writes the changes, nil for a key that is gone, and returns when they are on disk.
func (f *file) commit(changes map[string][]byte) error {
	return f.db.Update(func(tx *bolt.Tx) error {
		keys := tx.Bucket([]byte(keysBucket))
		for k, raw := range changes {
			var err error
			if raw == nil {
				err = keys.Delete([]byte(k))
			} else {
				err = keys.Put([]byte(k), raw)
			}
			if err != nil {
				return fmt.Errorf("write %s: %w", f.cfg.Path, err)
			}
		}
		return nil
	})
}

func (f *file) backup(ctx context.Context, path string) error {
	return datafile.Backup(ctx, f.db, path)
}

func (f *file) close() error { return f.db.Close() }
