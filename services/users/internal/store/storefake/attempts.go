package storefake

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
)

// UncountPassword implements core.Attempts.
func (s *Store) UncountPassword(_ context.Context, account id.Account) (bool, error) {
	return s.alter(account, func(a *core.Account) bool {
		if a.Password.Failures.Count == 0 {
			return false
		}
		a.Password.Failures.Count--
		return true
	})
}

// CountPassword implements core.Attempts.
func (s *Store) CountPassword(_ context.Context, account id.Account, seen core.Failures, free int64, now time.Time) (bool, error) {
	return s.alter(account, func(a *core.Account) bool {
		f := &a.Password.Failures
		if seen.Count < free && f.Count >= free || seen.Count >= free && *f != seen {
			return false
		}
		*f = core.Failures{Count: f.Count + 1, At: now}
		return true
	})
}

// CountCode implements core.Attempts.
func (s *Store) CountCode(_ context.Context, account id.Account, seen core.Failures, now time.Time) (bool, error) {
	return s.alter(account, func(a *core.Account) bool {
		if a.TOTP.Failures != seen {
			return false
		}
		a.TOTP.Failures = core.Failures{Count: seen.Count + 1, At: now}
		return true
	})
}

// AcceptStep implements core.Attempts.
func (s *Store) AcceptStep(_ context.Context, account id.Account, step int64) (bool, error) {
	return s.alter(account, func(a *core.Account) bool {
		if !a.TOTP.Enabled || a.TOTP.LastStep >= step {
			return false
		}
		a.TOTP.LastStep, a.TOTP.Failures = step, core.Failures{}
		return true
	})
}

// Rehash implements core.Attempts.
func (s *Store) Rehash(_ context.Context, account id.Account, old, fresh secret.String) (bool, error) {
	return s.alter(account, func(a *core.Account) bool {
		if !a.Password.Hash.Equal(old) {
			return false
		}
		a.Password.Hash = fresh
		return true
	})
}

// Note implements core.Attempts.
func (s *Store) Note(_ context.Context, account id.Account, n core.Note) (bool, error) {
	return s.alter(account, func(a *core.Account) bool {
		if n.Notice != nil {
			if !a.NoticedAt.Equal(n.NoticeSeen) {
				return false
			}
			a.NoticedAt = n.Notice.At
			a.Outbox = append(a.Outbox, *n.Notice)
		}
		if n.ClearPassword {
			a.Password.Failures = core.Failures{}
		}
		if !n.SignedInAt.IsZero() {
			a.SignedInAt = n.SignedInAt
		}
		return true
	})
}
