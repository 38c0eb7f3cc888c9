// Package coretest puts core together over fakes, with a clock that stands still, for the tests of core and of what
// stands on it.
package coretest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/mailapi/mailfake"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/mac"
	"github.com/watchword/watchword/services/users/internal/password"
	"github.com/watchword/watchword/services/users/internal/store/storefake"
	"github.com/watchword/watchword/services/users/internal/totp"
)

// Password is one that the rule accepts.
const Password = "correct horse battery staple"

// Fixture is core with what it stands on.
type Fixture struct {
	*core.Core
	Store    *storefake.Store
	Sessions *Sessions
	Codes    *Codes
	Mails    *mailfake.Fake
	Limits   *Limits
	Events   *Events
	Clock    *Clock
	Log      *bytes.Buffer // read it when nothing runs

	pool   *password.Pool
	sealer *secret.Sealer
	codes  *mac.Keyed
}

// New makes one with no accounts; with may change the dependencies.
func New(t testing.TB, with ...func(d *core.Deps)) *Fixture {
	t.Helper()
	keys := Keys(t)
	clock := NewClock()
	f := &Fixture{
		Store:    storefake.New(),
		Sessions: &Sessions{},
		Codes:    &Codes{},
		Mails:    mailfake.New(clock.Now),
		Limits:   &Limits{clock: clock},
		Events:   &Events{},
		Clock:    clock,
		Log:      &bytes.Buffer{},
	}
	var err error
	f.pool = Pool(t)
	f.sealer, err = secret.NewSealer(keys, "totp", rand.Reader)
	must(t, err)
	f.codes, err = mac.New(keys, "backup codes")
	must(t, err)
	deps := core.Deps{
		Store:     f.Store,
		Sessions:  f.Sessions,
		Codes:     f.Codes,
		Mails:     f.Mails,
		Limits:    f.Limits,
		Passwords: f.pool,
		SealKeys:  keys,
		Observer:  f.Events,
		Logger:    slog.New(slog.NewJSONHandler(f.Log, nil)),
		Now:       clock.Now,
		Rand:      rand.Reader,
		Settings: core.Settings{
			VerifyURL:    "https://accounts.example.com/verify",
			Issuer:       "Watchword",
			Registration: true,
			Retention:    30 * 24 * time.Hour,
		},
	}
	for _, w := range with {
		w(&deps)
	}
	f.Core, err = core.New(deps)
	must(t, err)
	return f
}

// Keys draws a keyring.
func Keys(t testing.TB) secret.Keyring {
	t.Helper()
	b := make([]byte, secret.MinKeyBytes)
	_, _ = rand.Read(b) // never fails
	keys, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: b})
	must(t, err)
	return keys
}

// Pool hashes for next to nothing.
func Pool(t testing.TB) *password.Pool {
	t.Helper()
	hasher, err := password.NewHasherForTests(rand.Reader, password.Pepper{ID: "p1", Bytes: bytes.Repeat([]byte("pepper"), 6)})
	must(t, err)
	pool, err := password.NewPool(password.PoolDeps{
		Hasher: hasher, Observer: unheard{}, Now: time.Now, Rand: rand.Reader,
		Slots: 4, Queue: 1000, MaxWait: time.Minute,
	})
	must(t, err)
	return pool
}

// Person is an account that a test wants there; empty members are what most have.
type Person struct {
	Username    string
	Email       string // empty: none
	Verified    bool
	Password    string // empty: none
	Enabled     bool   // an authenticator, confirmed
	Required    bool
	BackupCodes []string
	Admin       bool
}

// Add makes the account.
func (f *Fixture) Add(t testing.TB, p Person) core.Account {
	t.Helper()
	text, err := id.Source{Now: f.Clock.Now, Rand: rand.Reader}.New()
	must(t, err)
	now := f.Clock.Now()
	a := core.Account{
		ID: id.Account(text), Username: p.Username, UsernameKey: core.UsernameKey(p.Username), Name: p.Username,
		EmailKey: core.NoEmailKey(id.Account(text)), Role: usersapi.RoleStandard, Locale: "en", Epoch: 1, Version: 1,
		CreatedAt: now, UpdatedAt: now,
	}
	if p.Admin {
		a.Role = usersapi.RoleAdmin
	}
	if p.Email != "" {
		a.Email = p.Email
		a.EmailKey, err = core.EmailKey(p.Email)
		must(t, err)
	}
	if p.Verified {
		a.EmailVerifiedAt, a.VerifiedEmail, a.VerifiedEmailKey, a.VerifiedEmailAt = now, a.Email, a.EmailKey, now
	}
	if p.Password != "" {
		hash, err := f.pool.Hash(t.Context(), password.LaneRegistration, p.Password)
		must(t, err)
		a.Password = core.Password{Hash: secret.New(hash), ChangedAt: now}
	}
	if p.Enabled {
		drawn, err := totp.NewSecret(rand.Reader, totp.SHA256)
		must(t, err)
		sealed, err := f.sealer.Seal(drawn, text)
		must(t, err)
		a.TOTP = core.TOTP{Enabled: true, Required: p.Required, Secret: sealed, Algorithm: string(totp.SHA256)}
	}
	for _, code := range p.BackupCodes {
		a.BackupCodes = append(a.BackupCodes, core.BackupCode{Hash: f.codes.Sum(text, code)})
	}
	must(t, f.Store.Insert(t.Context(), a))
	return a
}

// Get gives the account as it is now.
func (f *Fixture) Get(t testing.TB, account id.Account) core.Account {
	t.Helper()
	a, err := f.Store.Get(t.Context(), account)
	must(t, err)
	return a
}

// Code is what the account's authenticator shows now, the enabled one or the one that waits.
func (f *Fixture) Code(t testing.TB, account id.Account) string {
	t.Helper()
	a := f.Get(t, account)
	sealed, algorithm := a.TOTP.Secret, a.TOTP.Algorithm
	if !a.TOTP.Enabled {
		sealed, algorithm = a.TOTP.Pending.Secret, a.TOTP.Pending.Algorithm
	}
	plain, err := f.sealer.Open(sealed, string(account))
	must(t, err)
	code, err := totp.Code(plain, totp.Algorithm(algorithm), f.Clock.Now())
	must(t, err)
	return code
}

// CodeAt is what an authenticator with legion's algorithm shows.
func CodeAt(t testing.TB, s totp.Secret, at time.Time) string {
	t.Helper()
	code, err := totp.Code(s, totp.SHA256, at)
	must(t, err)
	return code
}

// Relay relays the account's outbox and gives all mails that were sent to it from then on, by template.
func (f *Fixture) Relay(t testing.TB, account id.Account) map[mailapi.Template]mailapi.Message {
	t.Helper()
	before := len(f.Mails.Messages())
	must(t, f.Core.Relay(t.Context(), account))
	if left := f.Get(t, account).Outbox; len(left) != 0 {
		t.Fatalf("left in the outbox: %v", left)
	}
	sent := map[mailapi.Template]mailapi.Message{}
	for _, m := range f.Mails.Messages()[before:] {
		if _, twice := sent[m.Template]; twice {
			t.Fatalf("%s was sent twice", m.Template)
		}
		sent[m.Template] = m
	}
	return sent
}

// Actor is a session of the account's.
func Actor(a core.Account) core.Actor {
	return core.Actor{Account: a.ID, Session: id.Session("session of " + a.Username)}
}

// Text is a pointer to s.
func Text(s string) *string { return &s }

// Secret is a pointer to a secret.
func Secret(s string) *secret.String {
	v := secret.New(s)
	return &v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("fixture: %w", err))
	}
}
