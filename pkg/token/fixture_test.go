package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
)

const (
	issuer    = "https://id.example.com"
	accountID = id.Account("01JX5J8W6V3M5Q9Z7T2B4N6P8R")
	sessionID = id.Session("01JX5J8W6V3M5Q9Z7T2B4N6P8S")
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func ecKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// writeKey puts a key into a folder as PKCS #8, last changed at modified.
func writeKey(t testing.TB, dir, name string, k crypto.Signer, modified time.Time) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, modified, modified); err != nil {
		t.Fatal(err)
	}
}

func openDir(t testing.TB, dir string, c *clock) *KeyDir {
	t.Helper()
	d, err := OpenKeyDir(dir, c.now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// suite is one of each kind, over keys of its own.
type suite struct {
	clock    *clock
	dir      *KeyDir
	minter   *Minter
	verifier *Verifier
	refresh  *RefreshCodec
	service  *ServiceCodec
	ring     secret.Keyring
}

// newSuite signs access tokens with key, and both HS256 kinds with one keyring, so that nothing but kind and audience
// keeps them apart.
func newSuite(t testing.TB, key crypto.Signer) *suite {
	t.Helper()
	c, dir := newClock(), t.TempDir()
	writeKey(t, dir, "1.pem", key, c.now())
	material := make([]byte, 32)
	if _, err := rand.Read(material); err != nil {
		t.Fatal(err)
	}
	ring, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: material})
	if err != nil {
		t.Fatal(err)
	}
	d := openDir(t, dir, c)
	return &suite{
		clock:    c,
		dir:      d,
		minter:   NewMinter(d, issuer, c.now, rand.Reader),
		verifier: NewVerifier(d, issuer, c.now),
		refresh:  NewRefreshCodec(ring, issuer, c.now),
		service:  NewServiceCodec(ring, c.now),
		ring:     ring,
	}
}

func (s *suite) access(t testing.TB) string {
	t.Helper()
	text, _, err := s.minter.Mint(Access{Account: accountID, Session: sessionID, Role: "standard", AMR: []string{"pwd"}}, s.clock.now().Add(AccessLifetime))
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}

func (s *suite) refreshToken(t testing.TB, generation int64) string {
	t.Helper()
	text, err := s.refresh.Sign(Refresh{
		Account: accountID, Session: sessionID, Dialect: "legion", Generation: generation,
		Issued: s.clock.now(), Expires: s.clock.now().Add(30 * 24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}

func (s *suite) serviceToken(t testing.TB) string {
	t.Helper()
	text, err := s.service.Sign("auth", "users")
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}
