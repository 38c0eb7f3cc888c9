package datafile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Backup writes a consistent copy of db to path, beside readers and writers. What stood at path is replaced once the copy is
// whole and on disk; it can't be the file itself.
func Backup(ctx context.Context, db *bolt.DB, path string) (err error) {
	if sameFile(path, db.Path()) {
		return fmt.Errorf("back up %s: the copy would replace the file itself", db.Path())
	}
	out, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // mode 0600
	if err != nil {
		return fmt.Errorf("back up %s: %w", db.Path(), err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up %s: %w", db.Path(), errors.Join(err, out.Close(), os.Remove(out.Name())))
		}
	}()
	err = db.View(func(tx *bolt.Tx) error {
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

// Write passes b on.
func (w writer) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(b)
}
