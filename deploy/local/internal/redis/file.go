package redis

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

// The file: a bucket that says what it is, and one with a value for each key.
const (
	metaBucket = "watchword"
	keysBucket = "keys"
	formatKey  = "format"
	format     = "redis 1"
)

const (
	lockWait = 500 * time.Millisecond
	// mapped is mapped in advance: a file that outgrows its map waits for readers, and a backup is a long one.
	mapped = 256 << 20
)

// file keeps the encoded values in bbolt.
type file struct {
	path string
	db   *bolt.DB
}

// openFile opens or makes the file, and checks it first through a read-only handle: bbolt trusts what it opens for
// writing, and ends the process over a page that makes no sense.
func openFile(path string, noSync bool) (*file, error) {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Size() == 0:
	case err != nil:
		return nil, fmt.Errorf("embedded redis: %w", err)
	default:
		if err := check(path); err != nil {
			return nil, err
		}
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout: lockWait, FreelistType: bolt.FreelistMapType, NoFreelistSync: true, NoSync: noSync, InitialMmapSize: mapped,
	})
	if err != nil {
		return nil, explain(path, err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists([]byte(metaBucket))
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucketIfNotExists([]byte(keysBucket)); err != nil {
			return err
		}
		return meta.Put([]byte(formatKey), []byte(format))
	})
	if err != nil {
		return nil, errors.Join(explain(path, err), db.Close())
	}
	return &file{path: path, db: db}, nil
}

// check reads the whole file.
func check(path string) (err error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, ReadOnly: true})
	if err != nil {
		return explain(path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.View(func(tx *bolt.Tx) (err error) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a page beyond the end of the file
		defer func() {
			if p := recover(); p != nil {
				err = explain(path, fmt.Errorf("%v", p))
			}
		}()
		if info, err := os.Stat(path); err != nil || info.Size() < tx.Size() {
			return explain(path, errors.Join(err, errors.New("the file is cut short")))
		}
		meta, keys := tx.Bucket([]byte(metaBucket)), tx.Bucket([]byte(keysBucket))
		if meta == nil || keys == nil || string(meta.Get([]byte(formatKey))) != format {
			return fmt.Errorf("embedded redis: %s is not a file of this store, or of another version of it", path)
		}
		return keys.ForEach(func(k, raw []byte) error {
			if _, _, err := decode(string(k), raw); err != nil {
				return explain(path, err)
			}
			return nil
		})
	})
}

// explain says what an error of bbolt means for the person who started the store.
func explain(path string, err error) error {
	var pathError *fs.PathError
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("embedded redis: %s is in use by another process", path)
	case errors.As(err, &pathError):
		return fmt.Errorf("embedded redis: %w", err)
	default:
		return fmt.Errorf("embedded redis: %s is damaged or not a file of this store; restore it from a backup: %w", path, err)
	}
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
		return explain(f.path, err)
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
				return fmt.Errorf("write %s: %w", f.path, err)
			}
		}
		return nil
	})
}

// backup writes a copy beside path and renames it when it is on disk.
func (f *file) backup(ctx context.Context, path string) (err error) {
	if sameFile(path, f.path) {
		return fmt.Errorf("back up %s: the copy would replace the file itself", f.path)
	}
	out, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // mode 0600
	if err != nil {
		return fmt.Errorf("back up %s: %w", f.path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up %s: %w", f.path, errors.Join(err, out.Close(), os.Remove(out.Name())))
		}
	}()
	err = f.db.View(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(writer{ctx, out})
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

func (f *file) close() error { return f.db.Close() }

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

// writer stops a copy when ctx ends.
type writer struct {
	ctx context.Context
	to  io.Writer
}

func (w writer) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(b)
}
