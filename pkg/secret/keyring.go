package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
)

// MinKeyBytes is the least a key may have (RFC 7518 §3.2 for HS256; the suite asks it of every key).
const MinKeyBytes = 32

var keyID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// Key is one key with its id.
type Key struct {
	ID    string
	Bytes []byte
}

// Format, String, GoString, MarshalText and LogValue hide the bytes.
func (k Key) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, k.String()) }
func (k Key) String() string               { return k.ID + ":" + redacted }
func (k Key) GoString() string             { return k.String() }
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
func (k Key) LogValue() slog.Value         { return slog.StringValue(k.String()) }

// Keyring is a list of keys, written as lines of "kid base64": the first signs or seals, all verify or open.
type Keyring struct {
	// A function, so that fmt, which sees through unexported fields of whatever holds a Keyring, shows an address at most.
	keys func() []Key
}

// NewKeyring makes a keyring of at least one key; ids must differ. Its errors name a key by its place: a line written the
// wrong way round has the secret where the id belongs.
func NewKeyring(keys ...Key) (Keyring, error) {
	if len(keys) == 0 {
		return Keyring{}, errors.New("no key given; write lines of \"kid base64\"")
	}
	seen := map[string]bool{}
	for i, k := range keys {
		switch {
		case !keyID.MatchString(k.ID):
			return Keyring{}, fmt.Errorf("key %d: an id is 1 to 32 letters, digits, _ or -", i+1)
		case seen[k.ID]:
			return Keyring{}, fmt.Errorf("key %d has the id of another", i+1)
		case len(k.Bytes) < MinKeyBytes:
			return Keyring{}, fmt.Errorf("key %d has %d bytes; at least %d random bytes are needed", i+1, len(k.Bytes), MinKeyBytes)
		case weak(k.Bytes):
			return Keyring{}, fmt.Errorf("key %d is not random; make one with: head -c 32 /dev/urandom | base64", i+1)
		}
		seen[k.ID] = true
	}
	kept := slices.Clone(keys)
	return Keyring{keys: func() []Key { return kept }}, nil
}

// weak tells keys that nobody drew at random: fewer than 12 different bytes, one piece repeated, or counting in even
// steps. Of random keys of 32 bytes fewer than one in 2⁸⁰ are.
func weak(b []byte) bool {
	different := map[byte]bool{}
	for _, c := range b {
		different[c] = true
	}
	if len(different) < 12 || even(b) {
		return true
	}
	for period := 1; period <= len(b)/2; period++ {
		if bytes.Equal(b[period:], b[:len(b)-period]) {
			return true
		}
	}
	return false
}

// even tells bytes that each follow the one before by the same step.
func even(b []byte) bool {
	for i := 2; i < len(b); i++ {
		if b[i]-b[i-1] != b[1]-b[0] {
			return false
		}
	}
	return true
}

// UnmarshalText reads the lines of a setting; empty lines and lines that begin with # are skipped. An empty text gives
// an empty keyring, so that Validate can say which setting is missing.
func (r *Keyring) UnmarshalText(text []byte) error {
	var keys []Key
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 2 {
			return fmt.Errorf("key %d is not written as \"kid base64\"", len(keys)+1)
		}
		raw, err := base64.StdEncoding.DecodeString(words[1])
		if err != nil {
			return fmt.Errorf("key %d is not base64", len(keys)+1)
		}
		keys = append(keys, Key{ID: words[0], Bytes: raw})
	}
	if len(keys) == 0 {
		*r = Keyring{}
		return nil
	}
	made, err := NewKeyring(keys...)
	if err != nil {
		return err
	}
	*r = made
	return nil
}

// String names the ids.
func (r Keyring) String() string {
	var ids []string
	for _, k := range r.all() {
		ids = append(ids, k.String())
	}
	return strings.Join(ids, " ")
}

// Format, GoString, MarshalText and LogValue hide the keys; only the ids are told.
func (r Keyring) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, r.String()) }
func (r Keyring) GoString() string             { return r.String() }
func (r Keyring) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
func (r Keyring) LogValue() slog.Value         { return slog.StringValue(r.String()) }

// Empty tells whether there is no key.
func (r Keyring) Empty() bool { return len(r.all()) == 0 }

// First is the key that signs or seals. It panics on an empty keyring, which no validated configuration has.
func (r Keyring) First() Key { return r.all()[0] }

// Find gives the key with that id.
func (r Keyring) Find(id string) (Key, bool) {
	for _, k := range r.all() {
		if k.ID == id {
			return k, true
		}
	}
	return Key{}, false
}

// All gives the keys, the first first.
func (r Keyring) All() []Key { return slices.Clone(r.all()) }

func (r Keyring) all() []Key {
	if r.keys == nil {
		return nil
	}
	return r.keys()
}
