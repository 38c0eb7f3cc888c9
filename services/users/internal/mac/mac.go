// Package mac hashes short secrets for storage under keys that the database does not hold: HMAC-SHA-256 over an owner and
// a text, so that equal texts of two owners differ and a dump of the database tells nothing. A hash names its key, so
// keys rotate. It is not for passwords.
package mac

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/watchword/watchword/pkg/secret"
)

// Keyed hashes for one purpose.
type Keyed struct {
	keys []secret.Key // derived; the first hashes, all are candidates
}

// New derives a key for purpose from each of keys.
func New(keys secret.Keyring, purpose string) (*Keyed, error) {
	if keys.Empty() {
		return nil, errors.New("no key to hash with")
	}
	k := &Keyed{}
	for _, key := range keys.All() {
		derived, err := hkdf.Key(sha256.New, key.Bytes, nil, "watchword mac "+purpose, sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive key %s: %w", key.ID, err)
		}
		k.keys = append(k.keys, secret.Key{ID: key.ID, Bytes: derived})
	}
	return k, nil
}

// Sum gives "kid:" and the hash in base64url, under the first key.
func (k *Keyed) Sum(owner, text string) string { return sum(k.keys[0], owner, text) }

// Candidates gives what Sum has given for the same owner and text under any key.
func (k *Keyed) Candidates(owner, text string) []string {
	out := make([]string, len(k.keys))
	for i, key := range k.keys {
		out[i] = sum(key, owner, text)
	}
	return out
}

func sum(key secret.Key, owner, text string) string {
	h := hmac.New(sha256.New, key.Bytes)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(owner))))
	h.Write([]byte(owner))
	h.Write([]byte(text))
	return key.ID + ":" + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
