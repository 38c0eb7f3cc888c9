package datafile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func config(path string) Config {
	return Config{
		Store: "a store", Path: path, Format: "test 1", Bucket: "all", NoSync: true,
		Check: func(*bolt.Bucket) error { return nil },
	}
}

// fill writes and deletes by chance, in buckets of values and in one of buckets, and gives how many values there are.
func fill(t *testing.T, db *bolt.DB, r *rand.Rand, writes int) (values int) {
	t.Helper()
	for range 4 {
		tx, err := Begin(db)
		must(t, err)
		for b := range 5 {
			bucket, err := tx.Bucket([]byte("all")).CreateBucketIfNotExists([]byte{'a' + byte(b)})
			must(t, err)
			for range writes >> (2 * b) { // the last ones stay small enough to stand in their parent
				key := []byte(fmt.Sprint("key", r.IntN(writes)))
				if r.IntN(3) == 0 {
					must(t, bucket.Delete(key))
					continue
				}
				size := r.IntN(200)
				if r.IntN(50) == 0 {
					size *= 100 // longer than a page
				}
				must(t, bucket.Put(key, make([]byte, size)))
			}
		}
		must(t, tx.Commit())
	}
	must(t, db.View(func(tx *bolt.Tx) error {
		all := tx.Bucket([]byte("all"))
		return all.ForEachBucket(func(name []byte) error {
			return all.Bucket(name).ForEach(func([]byte, []byte) error { values++; return nil })
		})
	}))
	return values
}

// TestCheckReadsWhatBboltWrites: whatever has been written, with a list of free pages or without.
func TestCheckReadsWhatBboltWrites(t *testing.T) {
	t.Parallel()
	for _, writes := range []int{0, 1, 20, 500, 20_000} {
		seed := uint64(time.Now().UnixNano())
		r := rand.New(rand.NewPCG(seed, 0))
		cfg := config(filepath.Join(t.TempDir(), "file"))
		db, err := Open(cfg)
		must(t, err)
		want := fill(t, db, r, writes)
		for _, end := range []func(*bolt.DB) error{(*bolt.DB).Close, Close} {
			must(t, end(db))
			var seen atomic.Int64
			cfg.Value = func(bucket []string, key, value []byte) error {
				if len(bucket) == 2 && bucket[0] == "all" && bytes.HasPrefix(key, []byte("key")) {
					seen.Add(1)
				}
				return nil
			}
			if db, err = Open(cfg); err != nil {
				t.Fatalf("%d writes, seed %d: %v", writes, seed, err)
			}
			if int(seen.Load()) != want {
				t.Errorf("%d writes, seed %d: %d values were shown of %d", writes, seed, seen.Load(), want)
			}
		}
		must(t, db.Close())
	}
}

// whole makes a file with branches, values that run over, buckets within their parent and a list of free pages, and no page
// that was in use before.
func whole(t *testing.T) []byte {
	t.Helper()
	cfg := config(filepath.Join(t.TempDir(), "file"))
	db, err := Open(cfg)
	must(t, err)
	must(t, db.Update(func(tx *bolt.Tx) error {
		all := tx.Bucket([]byte("all"))
		for name, values := range map[string]int{"large": 400, "small": 3, "none": 0} {
			b, err := all.CreateBucket([]byte(name))
			must(t, err)
			for i := range values {
				must(t, b.Put(fmt.Appendf(nil, "key%05d", i), make([]byte, 60+i/399*9000)))
			}
		}
		return nil
	}))
	must(t, Close(db))
	b, err := os.ReadFile(cfg.Path)
	must(t, err)
	m, err := readMeta(bytes.NewReader(b), os.Getpagesize())
	must(t, err)
	return b[:int(m.high)*os.Getpagesize()]
}

// content reads a file as bbolt does; it says so where bbolt panics.
func content(t *testing.T, b []byte) (text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy")
	must(t, os.WriteFile(path, b, 0o600))
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		return err.Error()
	}
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprint("panic: ", p)
		}
	}()
	var out strings.Builder
	must(t, db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error { return write(&out, name, b) })
	}))
	must(t, db.Close())
	return out.String()
}

func write(out *strings.Builder, name []byte, b *bolt.Bucket) error {
	fmt.Fprintf(out, "%q\n", name)
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			return write(out, k, b.Bucket(k))
		}
		fmt.Fprintf(out, "%q %d\n", k, len(v))
		return nil
	})
}

// TestCheckFindsDamage changes each number at the head of each page: either the file is refused, or bbolt still reads as many
// keys.
func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	good, size := whole(t), os.Getpagesize()
	must(t, checkFile(bytes.NewReader(good), int64(len(good)), size, nil))
	want := strings.Count(content(t, good), "\n")
	b, refused := bytes.Clone(good), 0
	for at := 0; at < len(good); at += size {
		for offset := 0; offset < headerSize+3*elementSize; offset += 4 {
			for _, change := range []uint32{1, 0x10, 0xFFFF0000, 0xFFFFFFFF} {
				field := b[at+offset:]
				was := binary.NativeEndian.Uint32(field)
				binary.NativeEndian.PutUint32(field, was^change)
				if checkFile(bytes.NewReader(b), int64(len(b)), size, nil) != nil {
					refused++
				} else if text := content(t, b); strings.Count(text, "\n") != want {
					t.Errorf("page %d: a change at %d was not noticed: %.100s", at/size, offset, text)
				}
				binary.NativeEndian.PutUint32(field, was)
			}
		}
	}
	if refused < len(good)/size {
		t.Errorf("only %d changes were refused", refused)
	}
}

// TestCheckFindsAPageOfAnotherPlace puts leaves that are whole where others belong.
func TestCheckFindsAPageOfAnotherPlace(t *testing.T) {
	t.Parallel()
	good, size := whole(t), os.Getpagesize()
	var leaves []int
	for at := firstPage * size; at < len(good); at += size {
		if p := page(good[at:]); p.kind() == leafKind && p.id() == uint64(at/size) && p.overflow() == 0 && p.count() > 5 {
			leaves = append(leaves, at)
		}
	}
	if len(leaves) < 5 {
		t.Fatalf("only %d leaves", len(leaves))
	}
	for i, at := range leaves[1:] {
		b := bytes.Clone(good)
		copy(b[at:at+size], good[leaves[i]:leaves[i]+size])
		binary.NativeEndian.PutUint64(b[at:], uint64(at/size))
		if checkFile(bytes.NewReader(b), int64(len(b)), size, nil) == nil {
			t.Errorf("page %d stands in the place of %d, which was not noticed", leaves[i]/size, at/size)
		}
	}
}

// FuzzCheck demands that no file ends the process, and that bbolt can read what passes.
func FuzzCheck(f *testing.F) {
	path := filepath.Join(f.TempDir(), "file")
	db, err := Open(config(path))
	must(f, err)
	must(f, db.Update(func(tx *bolt.Tx) error {
		for i := range 200 {
			if err := tx.Bucket([]byte("all")).Put([]byte(fmt.Sprint("key", i)), make([]byte, 100)); err != nil {
				return err
			}
		}
		return nil
	}))
	must(f, Close(db))
	good, err := os.ReadFile(path)
	must(f, err)
	good = good[:20*os.Getpagesize()]
	f.Add(uint32(0), uint64(1), uint32(0), uint64(0))
	f.Add(uint32(4*4096+16), uint64(1), uint32(5*4096), uint64(255))
	f.Fuzz(func(t *testing.T, at uint32, change uint64, at2 uint32, change2 uint64) {
		b := bytes.Clone(good)
		for where, by := range map[uint32]uint64{at: change, at2: change2} {
			field := b[where%uint32(len(b)-8):]
			binary.NativeEndian.PutUint64(field, binary.NativeEndian.Uint64(field)^by)
		}
		if checkFile(bytes.NewReader(b), int64(len(b)), os.Getpagesize(), nil) == nil {
			if text := content(t, b); strings.HasPrefix(text, "panic") {
				t.Error(text)
			}
		}
	})
}

func TestAValueThatMakesNoSenseIsDamage(t *testing.T) {
	t.Parallel()
	cfg := config(filepath.Join(t.TempDir(), "file"))
	db, err := Open(cfg)
	must(t, err)
	fill(t, db, rand.New(rand.NewPCG(1, 2)), 3000)
	must(t, Close(db))
	cfg.Value = func(bucket []string, key, _ []byte) error {
		if len(bucket) == 2 && string(key) == "key17" {
			return errors.New("it makes no sense")
		}
		return nil
	}
	if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), cfg.Path+" is damaged") || !strings.Contains(err.Error(), "it makes no sense") {
		t.Errorf("unclear: %v", err)
	}
}

// TestFreePagesAreListedWhileFew: what isn't listed is found again.
func TestFreePagesAreListedWhileFew(t *testing.T) {
	t.Parallel()
	cfg := config(filepath.Join(t.TempDir(), "file"))
	db, err := Open(cfg)
	must(t, err)
	commit := func(change func(b *bolt.Bucket) error) (listed bool) {
		t.Helper()
		tx, err := Begin(db)
		must(t, err)
		must(t, change(tx.Bucket([]byte("all"))))
		must(t, tx.Commit())
		file, err := os.Open(cfg.Path)
		must(t, err)
		m, err := readMeta(file, os.Getpagesize())
		must(t, errors.Join(err, file.Close()))
		return m.freelist != noFreelist
	}
	long := make([]byte, (longList+100)*os.Getpagesize())
	if !commit(func(b *bolt.Bucket) error { return b.Put([]byte("long"), long) }) {
		t.Error("few free pages are not listed")
	}
	commit(func(b *bolt.Bucket) error { return b.Delete([]byte("long")) })
	if commit(func(b *bolt.Bucket) error { return b.Put([]byte("short"), nil) }) {
		t.Error("many free pages are listed with every commit")
	}
	must(t, db.Close())
	before, err := os.Stat(cfg.Path)
	must(t, err)
	db, err = Open(cfg)
	must(t, err)
	commit(func(b *bolt.Bucket) error { return b.Put([]byte("long"), long) })
	must(t, Close(db))
	after, err := os.Stat(cfg.Path)
	must(t, err)
	if after.Size() != before.Size() {
		t.Errorf("the file grew from %d to %d bytes, though it had free pages", before.Size(), after.Size())
	}
}
