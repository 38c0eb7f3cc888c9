package transfer_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/mac"
	"github.com/watchword/watchword/services/users/internal/password"
	"github.com/watchword/watchword/services/users/internal/store/mongo"
	"github.com/watchword/watchword/services/users/internal/totp"
	"github.com/watchword/watchword/services/users/internal/transfer"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// place is an installation: a database and its keys.
type place struct {
	store   *mongo.Store
	seals   []secret.Key
	peppers []secret.Key
}

func newPlace(t testing.TB, seals, peppers []secret.Key) place {
	t.Helper()
	s := mongo.New(storetest.Database(t))
	check(t, s.Prepare(t.Context(), slog.New(slog.DiscardHandler)))
	return place{store: s, seals: seals, peppers: peppers}
}

// key draws one.
func key(name string) secret.Key {
	b := make([]byte, secret.MinKeyBytes)
	_, _ = rand.Read(b) // never fails
	return secret.Key{ID: name, Bytes: b}
}

func ring(t testing.TB, keys []secret.Key) secret.Keyring {
	t.Helper()
	r, err := secret.NewKeyring(keys...)
	check(t, err)
	return r
}

func (p place) pool(t testing.TB) *password.Pool {
	t.Helper()
	var peppers []password.Pepper
	for _, k := range p.peppers {
		peppers = append(peppers, password.Pepper{ID: k.ID, Bytes: k.Bytes})
	}
	hasher, err := password.NewHasherForTests(rand.Reader, peppers...)
	check(t, err)
	pool, err := password.NewPool(password.PoolDeps{
		Hasher: hasher, Observer: unheard{}, Now: time.Now, Rand: rand.Reader, Slots: 2, Queue: 1000, MaxWait: time.Minute,
	})
	check(t, err)
	return pool
}

type unheard struct{}

func (unheard) HashStarted(password.Lane, time.Duration) {}
func (unheard) HashDone(password.Lane)                   {}
func (unheard) HashRejected(password.Lane, string)       {}

// core is the service's use cases at the place.
func (p place) core(t testing.TB) *coretest.Fixture {
	t.Helper()
	return coretest.New(t, func(d *core.Deps) {
		d.Store, d.SealKeys, d.Passwords = p.store, ring(t, p.seals), p.pool(t)
	})
}

func (p place) sealer(t testing.TB, purpose string) *secret.Sealer {
	t.Helper()
	s, err := secret.NewSealer(ring(t, p.seals), purpose, rand.Reader)
	check(t, err)
	return s
}

func (p place) codes(t testing.TB) *mac.Keyed {
	t.Helper()
	k, err := mac.New(ring(t, p.seals), core.HashBackupCodes)
	check(t, err)
	return k
}

// run is a Transfer at a place, with what it reported.
type run struct {
	*transfer.Transfer

	report strings.Builder
	done   int
}

func (p place) transfer(t testing.TB, travels ...secret.Key) *run {
	t.Helper()
	r := &run{}
	tell := func(kind string) func(transfer.Row, string) {
		return func(row transfer.Row, why string) {
			fmt.Fprintf(&r.report, "%s %d %q: %s\n", kind, row.Number, row.Name, why)
		}
	}
	d := transfer.Deps{
		Accounts: p.store, SealKeys: ring(t, p.seals), PepperKeys: ring(t, p.peppers), Now: func() time.Time { return noon },
		Rand: rand.Reader, Refused: tell("refused"), Noted: tell("note"), Done: func() { r.done++ },
	}
	if len(travels) > 0 {
		d.TransferKeys = ring(t, travels)
	}
	var err error
	r.Transfer, err = transfer.New(d)
	check(t, err)
	return r
}

// export gives the lines of a place.
func (p place) export(t testing.TB, travels secret.Key) []byte {
	t.Helper()
	var out bytes.Buffer
	r := p.transfer(t, travels)
	sum, err := r.Export(t.Context(), &out)
	check(t, err)
	if sum.Refused > 0 {
		t.Fatalf("refused:\n%s", r.report.String())
	}
	return out.Bytes()
}

func (r *run) take(t testing.TB, text []byte, o transfer.Options) transfer.Summary {
	t.Helper()
	sum, err := r.Import(t.Context(), bytes.NewReader(text), o)
	check(t, err)
	return sum
}

// person makes an account that has a password and an API key.
func (p place) person(t testing.TB, username string) core.Account {
	t.Helper()
	text, err := id.Source{Now: func() time.Time { return noon }, Rand: rand.Reader}.New()
	check(t, err)
	hash, err := p.pool(t).Hash(t.Context(), password.LaneRegistration, coretest.Password)
	check(t, err)
	sealed, err := p.sealer(t, core.SealAPIKey).Seal([]byte(apiKey), text)
	check(t, err)
	account := id.Account(text)
	return core.Account{
		ID: account, Username: username, UsernameKey: core.UsernameKey(username), EmailKey: core.NoEmailKey(account),
		Name: username, Role: "standard", Epoch: 1, Version: 1, CreatedAt: noon, UpdatedAt: noon,
		Password: core.Password{Hash: secret.New(hash), ChangedAt: noon},
		APIKey:   core.APIKey{Hash: apiKeyHash, Sealed: sealed},
	}
}

func (p place) add(t testing.TB, a core.Account) core.Account {
	t.Helper()
	check(t, p.store.Insert(t.Context(), a))
	if a.Profile.Image != "" {
		check(t, p.store.AddPicture(t.Context(), pictureOf(a)))
	}
	return a
}

func pictureOf(a core.Account) core.Picture {
	return core.Picture{Key: a.Profile.Image, Account: a.ID, Type: "image/png", Bytes: []byte("a picture")}
}

func (p place) get(t testing.TB, account id.Account) core.Account {
	t.Helper()
	a, err := p.store.Get(t.Context(), account)
	check(t, err)
	return a
}

// The API key of everybody here, and its hash (SHA-256, base64url).
const (
	apiKey     = "uihJEIwC0jjGIF0BhZnY7xI90jN664La"
	apiKeyHash = "a4du3wp--7WkzwozhaJBzoGspP-FwcdxT9wMozpKh78"
)

var authenticator = totp.Secret("12345678901234567890")

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
