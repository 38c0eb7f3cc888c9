package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

var people = store.Namespace{Database: "d", Collection: "people"}

// documents are in a filled file.
const documents = 500

// filled makes a file with some documents, and without room to grow.
func filled(t *testing.T) string {
	t.Helper()
	s := open(t)
	createIndex(t, s, people, "name_1", true, d("name", 1))
	for i := range documents / 10 {
		var docs []bson.D
		for j := 10 * i; j < 10*i+10; j++ {
			docs = append(docs, d("_id", j, "name", fmt.Sprint("name", j), "text", strings.Repeat("x", 100)))
		}
		insert(t, s, people, docs...)
	}
	path := filepath.Join(t.TempDir(), "mongo.db")
	must(t, s.Backup(context.Background(), path))
	return path
}

// refused opens a file that must not open, and demands that the error is one line that names it.
func refused(t *testing.T, path string) string {
	t.Helper()
	s, err := store.Open(store.Config{Path: path, NoSync: true})
	if err == nil {
		must(t, s.Close())
		t.Fatal("the file was opened")
	}
	if text := err.Error(); !strings.Contains(text, path) || strings.Contains(text, "\n") {
		t.Errorf("unclear: %q", text)
	}
	return err.Error()
}

func TestOpenRefusesAFileInUse(t *testing.T) {
	t.Parallel()
	path := filled(t)
	s, err := store.Open(store.Config{Path: path, NoSync: true})
	must(t, err)
	if text := refused(t, path); !strings.Contains(text, "in use by another process") {
		t.Errorf("unclear: %q", text)
	}
	must(t, s.Close())
	again, err := store.Open(store.Config{Path: path, NoSync: true})
	must(t, err)
	must(t, again.Close())
}

func TestOpenRefusesWhatIsNotItsFile(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "notes.txt")
	must(t, os.WriteFile(text, bytes.Repeat([]byte("these are notes\n"), 1000), 0o600))
	refused(t, text)

	other := filepath.Join(t.TempDir(), "other.db")
	db, err := bolt.Open(other, 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("theirs"))
		return err
	}))
	must(t, db.Close())
	if message := refused(t, other); !strings.Contains(message, "not a file of this store") {
		t.Errorf("unclear: %q", message)
	}
	refused(t, filepath.Join(t.TempDir(), "missing", "mongo.db"))
	refused(t, t.TempDir())
}

// TestOpenRefusesADamagedFile damages a copy in many places. A page that is free may be damaged; what opens must then
// hold every document.
func TestOpenRefusesADamagedFile(t *testing.T) {
	t.Parallel()
	path := filled(t)
	whole, err := os.ReadFile(path)
	must(t, err)
	refusals := 0
	damage := func(name string, b []byte) {
		broken := filepath.Join(t.TempDir(), "broken.db")
		must(t, os.WriteFile(broken, b, 0o600))
		s, err := store.Open(store.Config{Path: broken, NoSync: true})
		if err != nil {
			refusals++
			if !strings.Contains(err.Error(), broken) {
				t.Errorf("%s: unclear: %v", name, err)
			}
			after, readErr := os.ReadFile(broken)
			must(t, readErr)
			if !bytes.Equal(b, after) {
				t.Errorf("%s: the refused file was changed", name)
			}
			return
		}
		if n := len(all(t, s, people, store.Query{}, 500)); n != documents {
			t.Errorf("%s: opened with %d of %d documents", name, n, documents)
		}
		must(t, s.Close())
	}
	for _, half := range []int{2, 3, 10} {
		damage(fmt.Sprint("cut to 1/", half), whole[:len(whole)/half])
	}
	for page := 0; page < len(whole); page += os.Getpagesize() {
		b := bytes.Clone(whole)
		for i := range 64 {
			b[page+i] ^= 0xA5
		}
		damage(fmt.Sprint("damaged at ", page), b)
	}
	if refusals < 10 {
		t.Errorf("only %d damaged files were refused", refusals)
	}
}

func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()
	s := open(t)
	createIndex(t, s, people, "name_1", true, d("name", 1))
	insert(t, s, people, d("_id", -1, "name", "before"))
	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default: // two documents at a time: a backup has both or none
				insert(t, s, people, d("_id", 2*i, "name", fmt.Sprint("a", i)), d("_id", 2*i+1, "name", fmt.Sprint("b", i)))
			}
		}
	})
	path := filepath.Join(t.TempDir(), "backup.db")
	for range 5 {
		must(t, s.Backup(context.Background(), path))
		copied, err := store.Open(store.Config{Path: path, NoSync: true})
		must(t, err)
		n := count(t, copied, people, store.Query{})
		if n%2 != 1 || int(n) != len(all(t, copied, people, store.Query{Order: order(t, d("name", 1))}, 100)) {
			t.Errorf("a backup of %d documents", n)
		}
		must(t, copied.Close())
	}
	close(stop)
	wait.Wait()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Backup(ctx, path); err == nil {
		t.Error("a backup went on after its context had ended")
	}
	left, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(left) != 1 {
		t.Errorf("a backup left %v", left)
	}
}
