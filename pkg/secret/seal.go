package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// ErrSealed says that a sealed value can't be opened: unknown key, other owner or purpose, or changed bytes.
var ErrSealed = errors.New("sealed value can't be opened")

const nonceBytes = 12

// Sealer seals small secrets for storage with AES-256-GCM (NIST SP 800-38D) under keys derived from a keyring by HKDF
// for one purpose, so two purposes never share a key. The owner (an account's id, say) is the additional data: a value
// moved to another owner does not open.
type Sealer struct {
	rand  io.Reader
	first string
	aeads map[string]cipher.AEAD
}

// NewSealer derives the keys for purpose.
func NewSealer(keys Keyring, purpose string, rand io.Reader) (*Sealer, error) {
	if keys.Empty() {
		return nil, errors.New("no key to seal with")
	}
	s := &Sealer{rand: rand, first: keys.First().ID, aeads: map[string]cipher.AEAD{}}
	for _, k := range keys.All() {
		derived, err := hkdf.Key(sha256.New, k.Bytes, nil, "watchword seal "+purpose, 32)
		if err != nil {
			return nil, fmt.Errorf("derive key %s: %w", k.ID, err)
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, err
		}
		if s.aeads[k.ID], err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Seal gives "kid:" + nonce + ciphertext.
func (s *Sealer) Seal(plain []byte, owner string) ([]byte, error) {
	nonce := make([]byte, nonceBytes)
	if _, err := io.ReadFull(s.rand, nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	out := append([]byte(s.first+":"), nonce...)
	return s.aeads[s.first].Seal(out, nonce, plain, []byte(owner)), nil
}

// Open gives back what Seal sealed for the same owner, or ErrSealed.
func (s *Sealer) Open(sealed []byte, owner string) ([]byte, error) {
	id, rest, ok := bytes.Cut(sealed, []byte(":"))
	aead := s.aeads[string(id)]
	if !ok || aead == nil || len(rest) < nonceBytes {
		return nil, ErrSealed
	}
	plain, err := aead.Open(nil, rest[:nonceBytes], rest[nonceBytes:], []byte(owner))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}
