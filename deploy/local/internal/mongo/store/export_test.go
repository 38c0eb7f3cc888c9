package store

import (
	"context"
	"os"
)

// OpenBreakable opens a file whose disk can break: from then on, no write to it goes through.
func OpenBreakable(cfg Config) (s *Store, breakDisk func(), err error) {
	var file *os.File
	cfg.openFile = func(path string, flag int, mode os.FileMode) (*os.File, error) {
		var err error
		file, err = os.OpenFile(path, flag, mode)
		return file, err
	}
	s, err = Open(cfg)
	return s, func() { _ = file.Close() }, err
}

// LoseDocuments takes the documents out of a collection and leaves their indexes.
func (s *Store) LoseDocuments(ns Namespace) error {
	return s.Write(context.Background(), func(t *Tx) error {
		c, err := t.find(ns)
		if err != nil {
			return err
		}
		if err := c.root.DeleteBucket(docsBucket); err != nil {
			return err
		}
		_, err = c.root.CreateBucket(docsBucket)
		return err
	})
}

// Use tells how much of the pages of one of a collection's buckets is in use, 1 being all.
func (s *Store) Use(ns Namespace, bucket string) (use float64) {
	_ = s.Read(context.Background(), func(t *Tx) error {
		stats := t.root.Bucket([]byte(ns.String())).Bucket([]byte(bucket)).Stats()
		use = float64(stats.LeafInuse) / float64(stats.LeafAlloc)
		return nil
	})
	return use
}
