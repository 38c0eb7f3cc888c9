package session_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/token"
)

const issuer = "https://id.example.com"

// signingKeys is a folder with one key.
func signingKeys(t *testing.T, f *fixture) *token.KeyDir {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(filepath.Join(dir, "1.pem"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := token.OpenKeyDir(dir, f.clock.now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// bearer mints an access token of a session.
func (f *fixture) bearer(t *testing.T, keys *token.KeyDir, x session.Session) string {
	t.Helper()
	m := token.NewMinter(keys, issuer, f.clock.now, rand.Reader)
	text, _, err := m.Mint(token.Access{Account: x.Account, Session: x.ID, Role: x.Role, AMR: x.AMR}, x.Expires)
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}

func TestAuthenticateTellsThePrincipalOfTheSession(t *testing.T) {
	t.Parallel()
	f := setup(t)
	keys := signingKeys(t, f)
	a := session.NewAuthenticator(token.NewVerifier(keys, issuer, f.clock.now), f.Store)
	x := f.create(t, 3)
	bearer := f.bearer(t, keys, x)
	told := session.Standing{Epoch: 3, Role: "admin", Email: "new@example.com", EmailVerified: true}
	if err := f.Update(t.Context(), f.account, told); err != nil {
		t.Fatal(err)
	}
	got, err := a.Authenticate(t.Context(), bearer)
	if err != nil {
		t.Fatal(err)
	}
	want := session.Principal{
		Account: f.account, Session: x.ID, Dialect: session.Legion, Epoch: 3,
		Role: "admin", Email: "new@example.com", EmailVerified: true, Expires: x.Expires,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAuthenticateRefuses(t *testing.T) {
	t.Parallel()
	f := setup(t)
	keys := signingKeys(t, f)
	a := session.NewAuthenticator(token.NewVerifier(keys, issuer, f.clock.now), f.Store)
	x, other := f.create(t, 0), f.create(t, 0)
	bearer := f.bearer(t, keys, x)
	if _, err := a.Authenticate(t.Context(), bearer); err != nil {
		t.Fatal(err)
	}
	stranger := x
	stranger.Account = "01JX5J8W6V3M5Q9Z7T2B4N6P8R"
	if _, err := f.End(t.Context(), f.account, x.ID); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"of an ended session":           bearer,
		"of another's session":          f.bearer(t, keys, session.Session{Account: stranger.Account, ID: other.ID, Role: "admin", Expires: other.Expires}),
		"of nobody":                     "",
		"under another key":             f.bearer(t, signingKeys(t, f), other),
		"of a session that never lived": f.bearer(t, keys, f.fresh(t, 0)),
	} {
		if _, err := a.Authenticate(t.Context(), text); !fault.Has(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// unknowable is a source of keys that can't be asked.
type unknowable struct{}

func (unknowable) Find(context.Context, string) (jose.JSONWebKey, bool, error) {
	return jose.JSONWebKey{}, false, errors.New("down")
}

func TestAuthenticateTellsAnOutageFromARefusal(t *testing.T) {
	t.Parallel()
	f := setup(t)
	keys := signingKeys(t, f)
	x := f.create(t, 0)
	bearer := f.bearer(t, keys, x)
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1, DialTimeout: time.Second})
	t.Cleanup(func() { _ = rdb.Close() })
	for name, a := range map[string]*session.Authenticator{
		"keys":  session.NewAuthenticator(token.NewVerifier(unknowable{}, issuer, f.clock.now), f.Store),
		"redis": session.NewAuthenticator(token.NewVerifier(keys, issuer, f.clock.now), session.NewStore(rdb, f.clock.now, 1)),
	} {
		if _, err := a.Authenticate(t.Context(), bearer); !fault.Has(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
