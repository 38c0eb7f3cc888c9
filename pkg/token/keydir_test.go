package token

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

// signing is the file whose key signs.
func signing(d *KeyDir) string { return d.signer().name }

func published(d *KeyDir) int { return len(d.JWKS().Keys) }

func TestTheGreatestNameSignsOncePublishedFor60s(t *testing.T) {
	t.Parallel()
	c, dir := newClock(), t.TempDir()
	writeKey(t, dir, "2026-01.pem", ecKey(t), c.now().Add(-time.Hour))
	d := openDir(t, dir, c)
	writeKey(t, dir, "2026-02.pem", ecKey(t), c.now().Add(-time.Hour)) // its age is no matter: it was not here
	d.reread(t.Context())
	if published(d) != 2 || signing(d) != "2026-01.pem" {
		t.Fatalf("at once: %d published, %s signs", published(d), signing(d))
	}
	c.advance(publishFirst - time.Millisecond)
	d.reread(t.Context())
	if signing(d) != "2026-01.pem" {
		t.Fatal("signs too early")
	}
	c.advance(time.Millisecond)
	d.reread(t.Context())
	if signing(d) != "2026-02.pem" || published(d) != 2 {
		t.Fatalf("after 60 s: %d published, %s signs", published(d), signing(d))
	}

	if err := os.Remove(filepath.Join(dir, "2026-01.pem")); err != nil {
		t.Fatal(err)
	}
	d.reread(t.Context())
	if signing(d) != "2026-02.pem" || published(d) != 1 {
		t.Fatalf("after the old one left: %d published, %s signs", published(d), signing(d))
	}
}

func TestWhichKeySignsAtTheStart(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ages map[string]time.Duration
		want string
	}{
		"only one, brand new":         {map[string]time.Duration{"a.pem": 0}, "a.pem"},
		"the greatest of the aged":    {map[string]time.Duration{"a.pem": time.Hour, "b.pem": time.Minute}, "b.pem"},
		"the greatest is brand new":   {map[string]time.Duration{"a.pem": time.Hour, "b.pem": 59 * time.Second}, "a.pem"},
		"all are brand new":           {map[string]time.Duration{"a.pem": 0, "b.pem": 0}, "a.pem"},
		"a date in the future is new": {map[string]time.Duration{"a.pem": time.Hour, "b.pem": -time.Hour}, "a.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, dir := newClock(), t.TempDir()
			for file, age := range tt.ages {
				writeKey(t, dir, file, ecKey(t), c.now().Add(-age))
			}
			if got := signing(openDir(t, dir, c)); got != tt.want {
				t.Errorf("%s signs, want %s", got, tt.want)
			}
		})
	}
}

func TestTheSignerStaysWhereNoneQualifies(t *testing.T) {
	t.Parallel()
	c, dir := newClock(), t.TempDir()
	writeKey(t, dir, "b.pem", ecKey(t), c.now())
	d := openDir(t, dir, c)
	writeKey(t, dir, "a.pem", ecKey(t), c.now())
	d.reread(t.Context())
	if got := signing(d); got != "b.pem" {
		t.Errorf("%s signs", got)
	}
}

func TestANewKeyUnderAnOldNameIsPublishedFirst(t *testing.T) {
	t.Parallel()
	c, dir := newClock(), t.TempDir()
	writeKey(t, dir, "a.pem", ecKey(t), c.now().Add(-time.Hour))
	writeKey(t, dir, "b.pem", ecKey(t), c.now().Add(-time.Hour))
	d := openDir(t, dir, c)
	writeKey(t, dir, "b.pem", ecKey(t), c.now().Add(-time.Hour))
	d.reread(t.Context())
	if got := signing(d); got != "a.pem" {
		t.Errorf("%s signs", got)
	}
}

func TestKeysStayWhereTheFolderCantBeRead(t *testing.T) {
	t.Parallel()
	c, dir := newClock(), t.TempDir()
	key := ecKey(t)
	writeKey(t, dir, "a.pem", key, c.now())
	var log bytes.Buffer
	d, err := OpenKeyDir(dir, c.now, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	before := d.JWKS()
	if err := os.WriteFile(filepath.Join(dir, "b.pem"), []byte("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.reread(t.Context())
	if diff := cmp.Diff(before.Keys[0].KeyID, d.JWKS().Keys[0].KeyID); diff != "" || published(d) != 1 {
		t.Errorf("the keys changed: %s", diff)
	}
	if !strings.Contains(log.String(), "b.pem") || strings.Contains(log.String(), "c2VjcmV0") {
		t.Errorf("logged %q", log.String())
	}
}

func TestOpenKeyDirNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		make func(t *testing.T, dir string)
		want string
	}{
		"empty":       {func(*testing.T, string) {}, "no *.pem"},
		"missing":     {func(t *testing.T, dir string) { _ = os.Remove(dir) }, "signing keys"},
		"no PEM":      {func(t *testing.T, dir string) { write(t, dir, "k.pem", "hello") }, "k.pem: no private key"},
		"public only": {func(t *testing.T, dir string) { write(t, dir, "k.pem", string(publicPEM(t, ecKey(t)))) }, "k.pem: no private key"},
		"P-384":       {func(t *testing.T, dir string) { writeKey(t, dir, "k.pem", p384, time.Now()) }, "k.pem: neither"},
		"same twice": {func(t *testing.T, dir string) {
			k := ecKey(t)
			writeKey(t, dir, "a.pem", k, time.Now())
			writeKey(t, dir, "b.pem", k, time.Now())
		}, "a.pem and b.pem"},
		"other ending": {func(t *testing.T, dir string) { writeKey(t, dir, "k.key", ecKey(t), time.Now()) }, "no *.pem"},
		"hidden":       {func(t *testing.T, dir string) { writeKey(t, dir, "..k.pem", ecKey(t), time.Now()) }, "no *.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "keys")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			tt.make(t, dir)
			_, err := OpenKeyDir(dir, time.Now, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestAlgorithmIsTheKeys(t *testing.T) {
	t.Parallel()
	short := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2046), E: 65537}
	for _, tt := range []struct {
		key  any
		want string
	}{
		{ecKey(t).Public(), "ES256"},
		{edKey(t).Public(), "EdDSA"},
		{rsaKey(t, 2048).Public(), "RS256"},
		{short, ""},
		{[]byte("secret"), ""},
		{ecKey(t), ""},
		{nil, ""},
	} {
		if got := algorithm(tt.key); got != tt.want {
			t.Errorf("%T: %q, want %q", tt.key, got, tt.want)
		}
	}
}

// TestKeyForms reads what openssl writes, and gives each key the same id in every form.
func TestKeyForms(t *testing.T) {
	t.Parallel()
	c := newClock()
	ec, r := ecKey(t), rsaKey(t, 2048)
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	parameters := pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}})
	for name, tt := range map[string]struct {
		key  crypto.Signer
		text []byte
	}{
		"SEC 1":   {ec, append(parameters, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1})...)},
		"PKCS #1": {r, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(r)})},
	} {
		pkcs8, other := t.TempDir(), t.TempDir()
		writeKey(t, pkcs8, "k.pem", tt.key, c.now())
		write(t, other, "k.pem", string(tt.text))
		want, got := openDir(t, pkcs8, c).JWKS().Keys[0], openDir(t, other, c).JWKS().Keys[0]
		if got.KeyID != want.KeyID || !validKeyID(got.KeyID) {
			t.Errorf("%s: kid %q, want %q", name, got.KeyID, want.KeyID)
		}
	}
}

func TestJWKSHoldsPublicKeysOnly(t *testing.T) {
	t.Parallel()
	c, dir := newClock(), t.TempDir()
	for name, k := range map[string]crypto.Signer{"ec.pem": ecKey(t), "ed.pem": edKey(t), "rsa.pem": rsaKey(t, 2048)} {
		writeKey(t, dir, name, k, c.now())
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(encode(t, openDir(t, dir, c).JWKS()), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 3 {
		t.Fatalf("%d keys", len(set.Keys))
	}
	for _, k := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, ok := k[private]; ok {
				t.Errorf("%v shows %q", k["kid"], private)
			}
		}
		if k["use"] != "sig" || k["alg"] == nil || k["kid"] == nil {
			t.Errorf("lacks something: %v", k)
		}
	}
}

func TestAges(t *testing.T) {
	t.Parallel()
	c, dir := newClock(), t.TempDir()
	writeKey(t, dir, "a.pem", ecKey(t), c.now().Add(-3*time.Hour))
	writeKey(t, dir, "b.pem", ecKey(t), c.now().Add(-2*time.Hour))
	writeKey(t, dir, "c.pem", ecKey(t), c.now().Add(-time.Hour))
	got := openDir(t, dir, c).Ages()
	want := map[string]time.Duration{"signing": time.Hour, "published": 2 * time.Hour}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRunFollowsTheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeKey(t, dir, "a.pem", ecKey(t), time.Now())
	synctest.Test(t, func(t *testing.T) {
		d, err := OpenKeyDir(dir, time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		writeKey(t, dir, "b.pem", ecKey(t), time.Now())
		time.Sleep(rereadEvery + time.Second)
		synctest.Wait()
		if published(d) != 2 || signing(d) != "a.pem" {
			t.Errorf("%d published, %s signs", published(d), signing(d))
		}
		time.Sleep(publishFirst + rereadEvery)
		synctest.Wait()
		if signing(d) != "b.pem" {
			t.Errorf("%s signs", signing(d))
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// TestARetiredKeyVerifiesNothing, not even what the cache holds (JW-09).
func TestARetiredKeyVerifiesNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	text := s.access(t)
	if err := second(s.verifier.Verify(t.Context(), text)); err != nil {
		t.Fatal(err)
	}
	writeKey(t, s.dir.path, "2.pem", ecKey(t), s.clock.now())
	s.dir.reread(t.Context())
	s.clock.advance(publishFirst)
	s.dir.reread(t.Context())
	if err := second(s.verifier.Verify(t.Context(), text)); err != nil {
		t.Errorf("while its key is published: %v", err)
	}
	if err := os.Remove(filepath.Join(s.dir.path, "1.pem")); err != nil {
		t.Fatal(err)
	}
	s.dir.reread(t.Context())
	if err := second(s.verifier.Verify(t.Context(), text)); !errors.Is(err, ErrInvalid) {
		t.Errorf("after: %v", err)
	}
	if err := second(s.verifier.Verify(t.Context(), s.access(t))); err != nil {
		t.Errorf("one of the new key: %v", err)
	}
}

// unknowable is a source that can't be asked.
type unknowable struct{}

var errDown = errors.New("down")

func (unknowable) Find(context.Context, string) (jose.JSONWebKey, bool, error) {
	return jose.JSONWebKey{}, false, errDown
}

func TestAnOutageOfTheKeysIsNotAnInvalidToken(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	v := NewVerifier(unknowable{}, issuer, s.clock.now)
	if err := second(v.Verify(t.Context(), s.access(t))); !errors.Is(err, errDown) || errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
