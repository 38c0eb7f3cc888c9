// Package storefake keeps accounts in memory, for tests of what stands on core.Store. It passes the suite of package
// storetest, as the real store does.
package storefake

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
)

// Store implements core.Store.
type Store struct {
	mu          sync.Mutex
	accounts    map[id.Account]core.Account
	leases      map[string]lease
	pictures    map[string]core.Picture
	communities map[string]core.Community
	down        error
}

type lease struct {
	owner string
	until time.Time
}

var _ core.Store = (*Store)(nil)

// New makes an empty store.
func New() *Store {
	return &Store{
		accounts:    map[id.Account]core.Account{},
		leases:      map[string]lease{},
		pictures:    map[string]core.Picture{},
		communities: map[string]core.Community{},
	}
}

// Break makes every method fail with an outage, until Mend.
func (s *Store) Break(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = cause
}

// Mend ends Break.
func (s *Store) Mend() { s.Break(nil) }

// Insert implements core.Accounts.
func (s *Store) Insert(_ context.Context, a core.Account) error {
	return s.locked(func() error {
		if err := s.taken(a); err != nil {
			return err
		}
		s.accounts[a.ID] = detached(a)
		return nil
	})
}

// Get implements core.Accounts.
func (s *Store) Get(_ context.Context, account id.Account) (core.Account, error) {
	return s.one(func(a core.Account) bool { return a.ID == account })
}

// GetByUsername implements core.Accounts.
func (s *Store) GetByUsername(_ context.Context, key string) (core.Account, error) {
	return s.one(func(a core.Account) bool { return a.UsernameKey == key })
}

// GetByEmail implements core.Accounts.
func (s *Store) GetByEmail(_ context.Context, key string) (core.Account, error) {
	return s.one(func(a core.Account) bool { return a.EmailKey == key })
}

// GetByVerifiedEmail implements core.Accounts.
func (s *Store) GetByVerifiedEmail(_ context.Context, key string) (core.Account, error) {
	return s.one(func(a core.Account) bool { return a.VerifiedEmailKey == key && !a.Deleted() })
}

// GetByAPIKey implements core.Accounts.
func (s *Store) GetByAPIKey(_ context.Context, hash string) (core.Account, error) {
	return s.one(func(a core.Account) bool { return hash != "" && a.APIKey.Hash == hash })
}

// one gives the account that proved its address last among those that fit.
func (s *Store) one(fits func(core.Account) bool) (found core.Account, err error) {
	err = s.locked(func() error {
		all := s.sorted(fits)
		if len(all) == 0 {
			return fault.New(fault.AccountUnknown)
		}
		found = slices.MaxFunc(all, func(a, b core.Account) int { return a.VerifiedEmailAt.Compare(b.VerifiedEmailAt) })
		return nil
	})
	return found, err
}

// Update implements core.Accounts.
func (s *Store) Update(_ context.Context, before, after core.Account) error {
	return s.locked(func() error {
		now, ok := s.accounts[before.ID]
		switch {
		case !ok:
			return fault.New(fault.AccountUnknown)
		case now.Version != before.Version:
			return fault.New(fault.VersionConflict)
		}
		if err := s.taken(after); err != nil {
			return err
		}
		after = detached(after)
		after.Outbox = append(now.Outbox, after.Outbox[min(len(before.Outbox), len(after.Outbox)):]...)
		keep(&after.Password.Failures, before.Password.Failures, now.Password.Failures)
		keep(&after.Password.Hash, before.Password.Hash, now.Password.Hash)
		keep(&after.TOTP.Failures, before.TOTP.Failures, now.TOTP.Failures)
		keep(&after.TOTP.LastStep, before.TOTP.LastStep, now.TOTP.LastStep)
		keep(&after.TOTP.Enabled, before.TOTP.Enabled, now.TOTP.Enabled)
		keep(&after.BackupCodes, before.BackupCodes, now.BackupCodes)
		keep(&after.SignedInAt, before.SignedInAt, now.SignedInAt)
		keep(&after.NoticedAt, before.NoticedAt, now.NoticedAt)
		s.accounts[after.ID] = after
		return nil
	})
}

// keep leaves what changes without the version as it is now, where the change does not touch it.
func keep[T any](after *T, before, now T) {
	if reflect.DeepEqual(*after, before) {
		*after = now
	}
}

// AddKats implements core.Accounts.
func (s *Store) AddKats(_ context.Context, account id.Account, change core.KatsChange, ifVersion *int64, now time.Time) (a core.Account, ok bool, err error) {
	err = s.locked(func() error {
		var found bool
		a, found = s.accounts[account]
		switch {
		case !found || a.Deleted():
			return fault.New(fault.AccountUnknown)
		case ifVersion != nil && *ifVersion != a.Version:
			return fault.New(fault.VersionConflict)
		case a.Kats+change.Delta < 0 || a.Kats+change.Delta > change.Max:
			return nil
		}
		a.Kats += change.Delta
		if change.SetRank {
			a.Rank = change.Rank
		}
		a.Version++
		a.UpdatedAt = now
		s.accounts[account], ok = a, true
		return nil
	})
	return a, ok, err
}

func (s *Store) alter(account id.Account, fn func(a *core.Account) bool) (done bool, err error) {
	err = s.locked(func() error {
		if a, ok := s.accounts[account]; ok {
			a = detached(a)
			if done = fn(&a); done {
				s.accounts[account] = a
			}
		}
		return nil
	})
	return done, err
}

func (s *Store) locked(fn func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return fault.Outage(s.down)
	}
	return fn()
}

func (s *Store) taken(a core.Account) error {
	for _, other := range s.accounts {
		if other.ID != a.ID && other.UsernameKey == a.UsernameKey {
			return fault.Field(fault.UsernameTaken, "username", fault.FieldTaken)
		}
	}
	for _, other := range s.accounts {
		if other.ID != a.ID && other.EmailKey == a.EmailKey {
			return fault.Field(fault.EmailTaken, "email", fault.FieldTaken)
		}
	}
	return nil
}

func (s *Store) sorted(fits func(core.Account) bool) []core.Account {
	var all []core.Account
	for _, a := range s.accounts {
		if fits(a) {
			all = append(all, detached(a))
		}
	}
	slices.SortFunc(all, func(a, b core.Account) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// detached shares no slice with a.
func detached(a core.Account) core.Account {
	a.BackupCodes = slices.Clone(a.BackupCodes)
	a.Outbox = slices.Clone(a.Outbox)
	return a
}
