package secret_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/watchword/watchword/pkg/secret"
)

func TestSealOpensForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	s := sealer(t, "totp", newKey(t, "k1"))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		owner, other := rapid.String().Draw(t, "owner"), rapid.String().Draw(t, "other")
		sealed, err := s.Seal(plain, owner)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Open(sealed, owner); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v", got, err)
		}
		if _, err := s.Open(sealed, other); owner != other && !errors.Is(err, secret.ErrSealed) {
			t.Fatalf("another owner: %v", err)
		}
		if len(plain) >= 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the plain text is in the sealed value")
		}
	})
}

func TestSealTellsEveryChange(t *testing.T) {
	t.Parallel()
	s := sealer(t, "totp", newKey(t, "k1"), newKey(t, "k2"))
	sealed, err := s.Seal([]byte("a secret"), "owner")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(sealed, []byte("k1:")) {
		t.Fatalf("no key id in front: %q", sealed)
	}
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := s.Open(changed, "owner"); !errors.Is(err, secret.ErrSealed) {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
		}
	}
	for n := range sealed {
		if _, err := s.Open(sealed[:n], "owner"); !errors.Is(err, secret.ErrSealed) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := s.Open(append(sealed, 0), "owner"); !errors.Is(err, secret.ErrSealed) {
		t.Fatalf("with a byte more: %v", err)
	}
}

func TestSealKeepsPurposesApart(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1")
	sealed, err := sealer(t, "totp", key).Seal([]byte("a secret"), "owner")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sealer(t, "api key", key).Open(sealed, "owner"); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("another purpose: %v", err)
	}
}

func TestSealRotatesKeys(t *testing.T) {
	t.Parallel()
	before, after := newKey(t, "k1"), newKey(t, "k2")
	sealed, err := sealer(t, "totp", before).Seal([]byte("a secret"), "owner")
	if err != nil {
		t.Fatal(err)
	}
	rotated := sealer(t, "totp", after, before)
	if got, err := rotated.Open(sealed, "owner"); err != nil || string(got) != "a secret" {
		t.Errorf("the old key's: %q, %v", got, err)
	}
	again, err := rotated.Seal([]byte("a secret"), "owner")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(again, []byte("k2:")) {
		t.Errorf("sealed under another key than the first: %q", again)
	}
	if _, err := sealer(t, "totp", after).Open(sealed, "owner"); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("a key that is gone: %v", err)
	}
	renamed := append([]byte("k2"), sealed[2:]...)
	if _, err := rotated.Open(renamed, "owner"); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("under another key's id: %v", err)
	}
}

func TestSealNeverRepeatsANonce(t *testing.T) {
	t.Parallel()
	s := sealer(t, "totp", newKey(t, "k1"))
	seen := map[string]bool{}
	for range 1000 {
		sealed, err := s.Seal([]byte("a secret"), "owner")
		if err != nil {
			t.Fatal(err)
		}
		nonce := string(sealed[len("k1:"):][:12])
		if seen[nonce] {
			t.Fatal("a nonce came twice")
		}
		seen[nonce] = true
	}
}

func TestSealNeedsAKeyAndRandomness(t *testing.T) {
	t.Parallel()
	if _, err := secret.NewSealer(secret.Keyring{}, "totp", rand.Reader); err == nil {
		t.Error("sealed without a key")
	}
	ring, err := secret.NewKeyring(newKey(t, "k1"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := secret.NewSealer(ring, "totp", strings.NewReader("elevenbytes"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seal([]byte("a secret"), "owner"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a short nonce: %v", err)
	}
}

func sealer(t *testing.T, purpose string, keys ...secret.Key) *secret.Sealer {
	t.Helper()
	ring, err := secret.NewKeyring(keys...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := secret.NewSealer(ring, purpose, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newKey(t *testing.T, id string) secret.Key {
	t.Helper()
	key := secret.Key{ID: id, Bytes: make([]byte, secret.MinKeyBytes)}
	if _, err := rand.Read(key.Bytes); err != nil {
		t.Fatal(err)
	}
	return key
}
