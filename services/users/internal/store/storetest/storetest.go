// Package storetest is the contract of core.Store, as tests that every implementation passes.
package storetest

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
)

// racers is how many try the same thing at once.
const racers = 50

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

type test = func(t *testing.T, s core.Store)

// Run runs the suite; each test has a store of its own, empty.
func Run(t *testing.T, make func(t *testing.T) core.Store) {
	for _, tests := range []map[string]test{accounts, attempts, relays, sweeps, profiles} {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, make(t))
			})
		}
	}
}

// person makes a plain account with a username.
func person(t *testing.T, username string) core.Account {
	t.Helper()
	text, err := id.Source{Now: func() time.Time { return noon }, Rand: rand.Reader}.New()
	accept(t, err)
	account := id.Account(text)
	return core.Account{
		ID:          account,
		Username:    username,
		UsernameKey: core.UsernameKey(username),
		EmailKey:    core.NoEmailKey(account),
		Name:        username,
		Role:        "standard",
		Locale:      "en",
		Epoch:       1,
		CreatedAt:   noon,
		UpdatedAt:   noon,
		Version:     1,
	}
}

func added(t *testing.T, s core.Store, username string, with ...func(a *core.Account)) core.Account {
	t.Helper()
	a := person(t, username)
	for _, w := range with {
		w(&a)
	}
	accept(t, s.Insert(t.Context(), a))
	return a
}

func email(address string) func(a *core.Account) {
	return func(a *core.Account) { a.Email, a.EmailKey = address, "e:"+address }
}

func deleted(at time.Time) func(a *core.Account) {
	return func(a *core.Account) { a.DeletedAt = at }
}

func get(t *testing.T, s core.Store, account id.Account) core.Account {
	t.Helper()
	a, err := s.Get(t.Context(), account)
	accept(t, err)
	return a
}

// changed writes what fn does to the account as it is now.
func changed(ctx context.Context, s core.Store, account id.Account, fn func(a *core.Account)) error {
	before, err := s.Get(ctx, account)
	if err != nil {
		return err
	}
	after := before
	fn(&after)
	after.Version++
	return s.Update(ctx, before, after)
}

// race runs fn racers times at once and counts who won.
func race(t *testing.T, fn func() (bool, error)) int64 {
	t.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	for range racers {
		wg.Go(func() {
			ok, err := fn()
			if err != nil {
				t.Error(err)
			}
			if ok {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	return won.Load()
}

func accept(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refuse(t *testing.T, err error, reason fault.Reason) {
	t.Helper()
	if !fault.Has(err, reason) {
		t.Fatalf("got %v, want %s", err, reason)
	}
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	secrets := cmp.Comparer(func(a, b secret.String) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, got, secrets, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
