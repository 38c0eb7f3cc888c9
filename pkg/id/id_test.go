package id_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
)

func TestNewIDsAreValidDifferentAndSortedByTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	source := id.Source{Now: func() time.Time { now = now.Add(time.Millisecond); return now }, Rand: rand.Reader}
	var ids []string
	for range 1000 {
		s, err := source.New()
		if err != nil {
			t.Fatal(err)
		}
		if !id.Valid(s) {
			t.Fatalf("%q is not valid", s)
		}
		ids = append(ids, s)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("ids are out of order or come twice")
	}
}

func TestNewNeedsRandomness(t *testing.T) {
	t.Parallel()
	source := id.Source{Now: time.Now, Rand: bytes.NewReader([]byte("nine byte"))}
	if s, err := source.New(); !errors.Is(err, io.ErrUnexpectedEOF) || s != "" {
		t.Errorf("drew %q, %v", s, err)
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	const good = "01JD3Z8QK5V7R9T2W4X6Y8ZABC"
	if !id.Valid(good) {
		t.Fatalf("%q is refused", good)
	}
	for name, s := range map[string]string{
		"empty":              "",
		"lower case":         strings.ToLower(good),
		"one lower letter":   good[:25] + "c",
		"short":              good[:25],
		"long":               good + "0",
		"a letter not used":  good[:25] + "U",
		"a letter read as 1": good[:25] + "I",
		"past the last time": "8" + good[1:],
		"a space":            good[:25] + " ",
		"a byte past ASCII":  good[:24] + "é",
	} {
		if id.Valid(s) {
			t.Errorf("%s: %q is valid", name, s)
		}
	}
}
