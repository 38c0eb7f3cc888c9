// Package coretest puts core together as the service does, over a Redis and over users and mailer in memory, with a clock
// that tests move, for the tests of core and of what stands on it.
package coretest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi/mailfake"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/pkg/usersapi/usersfake"
	"github.com/watchword/watchword/services/auth/internal/core"
	store "github.com/watchword/watchword/services/auth/internal/store/redis"
)

// Issuer is the public URL.
const Issuer = "https://accounts.example.com"

// Password is one that users accepts.
const Password = "correct horse battery staple"

// Fixture is core with what it stands on.
type Fixture struct {
	*core.Core
	Users    *usersfake.Fake
	Mails    *mailfake.Fake
	Sessions *session.Store
	Codes    *code.Store
	Access   *token.Verifier
	Keys     *token.KeyDir
	Events   *Events
	Clock    *Clock
	Redis    redis.UniversalClient
}

// New makes one with no accounts; with may change the dependencies.
func New(t testing.TB, with ...func(d *core.Deps)) *Fixture {
	t.Helper()
	clock := NewClock()
	keys, err := token.OpenKeyDir(SigningKeys(t), clock.Now, slog.New(slog.DiscardHandler))
	must(t, err)
	rdb := storetest.Redis(t)
	f := &Fixture{
		Users:    usersfake.New(id.Source{Now: clock.Now, Rand: rand.Reader}),
		Mails:    mailfake.New(clock.Now),
		Sessions: session.NewStore(rdb, clock.Now, 1),
		Codes:    code.NewStore(rdb, clock.Now),
		Access:   token.NewVerifier(keys, Issuer, clock.Now),
		Keys:     keys,
		Events:   &Events{},
		Clock:    clock,
		Redis:    rdb,
	}
	deps := core.Deps{
		Factors:       f.Users,
		Directory:     f.Users,
		Credentials:   f.Users,
		Registrations: f.Users,
		Accounts:      f.Users,
		Authenticator: session.NewAuthenticator(f.Access, f.Sessions),
		Sessions:      f.Sessions,
		Challenges:    store.NewChallenges(rdb, clock.Now),
		Attempts:      store.NewAttempts(rdb, clock.Now, Keyring(t).First().Bytes),
		Codes:         f.Codes,
		Mails:         f.Mails,
		// Each fixture has its own key, and so its own counters.
		Limits:    limit.New(limit.Config{Redis: rdb, Key: Keyring(t).First().Bytes, Scale: 1, Now: clock.Now, Refused: func(string) {}}),
		Access:    token.NewMinter(keys, Issuer, clock.Now, rand.Reader),
		Expired:   f.Access,
		Refreshes: token.NewRefreshCodec(Keyring(t), Issuer, clock.Now),
		Observer:  f.Events,
		Logger:    slog.New(slog.DiscardHandler),
		Now:       clock.Now,
		Rand:      rand.Reader,
		Settings: core.Settings{
			VerifyURL:  Issuer + "/verify",
			ResetURL:   Issuer + "/reset",
			CodeSignIn: true,
		},
	}
	for _, w := range with {
		w(&deps)
	}
	f.Core, err = core.New(deps)
	must(t, err)
	return f
}

// Add makes an account whose name nobody else has in this fixture; its password is Password.
func (f *Fixture) Add(name string, factor userscontract.Factor) usersapi.Account {
	return f.Users.Add(userscontract.Person{
		Username: name, Email: name + "@example.com", Password: Password, Verified: true, Factor: factor,
	})
}

// Keyring draws one.
func Keyring(t testing.TB) secret.Keyring {
	t.Helper()
	b := make([]byte, secret.MinKeyBytes)
	_, _ = rand.Read(b) // never fails
	keys, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: b})
	must(t, err)
	return keys
}

// SigningKeys is a folder with one key.
func SigningKeys(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "1.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	return dir
}

// Clock stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at the real time, as Redis lets keys lapse by its own.
func NewClock() *Clock { return &Clock{now: time.Now().UTC().Truncate(time.Millisecond)} }

// Now is its time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves it.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Events keeps what core told its observer.
type Events struct {
	mu    sync.Mutex
	lines []string
}

// Take gives what was told since the last time, in order.
func (e *Events) Take() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	lines := e.lines
	e.lines = nil
	return lines
}

func (e *Events) note(line string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lines = append(e.lines, line)
}

// SignIn, Refresh and SessionEnded are core.Observer.
func (e *Events) SignIn(method, outcome string) { e.note("sign-in " + method + " " + outcome) }
func (e *Events) Refresh(outcome string)        { e.note("refresh " + outcome) }
func (e *Events) SessionEnded(reason string)    { e.note("ended " + reason) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
