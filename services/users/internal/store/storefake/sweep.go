package storefake

import (
	"context"
	"slices"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
)

// Page implements core.Directory.
func (s *Store) Page(_ context.Context, skip, limit int64, deleted bool) (page []core.Account, err error) {
	err = s.locked(func() error {
		all := s.sorted(func(a core.Account) bool { return deleted || !a.Deleted() })
		from := min(skip, int64(len(all)))
		page = all[from:min(from+limit, int64(len(all)))]
		for i := range page {
			page[i].Password, page[i].TOTP, page[i].APIKey = core.Password{}, core.TOTP{}, core.APIKey{}
			page[i].BackupCodes, page[i].Outbox = nil, nil
		}
		return nil
	})
	return page, err
}

// Count implements core.Directory.
func (s *Store) Count(_ context.Context, deleted bool) (int64, error) {
	return s.count(func(a core.Account) bool { return deleted || !a.Deleted() })
}

// CountAdmins implements core.Directory.
func (s *Store) CountAdmins(context.Context) (int64, error) {
	return s.count(func(a core.Account) bool { return a.Role == "admin" && !a.Deleted() })
}

// Empty implements core.Directory.
func (s *Store) Empty(context.Context) (bool, error) {
	n, err := s.count(func(core.Account) bool { return true })
	return n == 0, err
}

func (s *Store) count(fits func(core.Account) bool) (n int64, err error) {
	err = s.locked(func() error {
		n = int64(len(s.sorted(fits)))
		return nil
	})
	return n, err
}

// Push implements core.Outbox.
func (s *Store) Push(_ context.Context, account id.Account, e core.Entry) error {
	_, err := s.alter(account, func(a *core.Account) bool {
		if !a.Deleted() {
			a.Outbox = append(a.Outbox, e)
		}
		return true
	})
	return err
}

// Owing implements core.Outbox.
func (s *Store) Owing(_ context.Context, before time.Time, after id.Account, limit int64) (owing []id.Account, err error) {
	err = s.locked(func() error {
		for _, a := range s.sorted(func(a core.Account) bool {
			return a.ID > after && slices.ContainsFunc(a.Outbox, func(e core.Entry) bool { return !e.At.After(before) })
		}) {
			if int64(len(owing)) < limit {
				owing = append(owing, a.ID)
			}
		}
		return nil
	})
	return owing, err
}

// Relayed implements core.Outbox.
func (s *Store) Relayed(_ context.Context, account id.Account, entries []string) error {
	_, err := s.alter(account, func(a *core.Account) bool {
		a.Outbox = slices.DeleteFunc(a.Outbox, func(e core.Entry) bool { return slices.Contains(entries, e.ID) })
		return true
	})
	return err
}

// RemoveDeleted implements core.Cleanup.
func (s *Store) RemoveDeleted(_ context.Context, before time.Time) (int64, error) {
	return s.remove(before, func(a core.Account) bool { return a.Deleted() && a.DeletedAt.Before(before) })
}

// RemoveUnconfirmed implements core.Cleanup.
func (s *Store) RemoveUnconfirmed(_ context.Context, account id.Account, now time.Time) (int64, error) {
	return s.remove(now, func(a core.Account) bool {
		return (account == "" || a.ID == account) && !a.UnconfirmedUntil.IsZero() && !now.Before(a.UnconfirmedUntil)
	})
}

func (s *Store) remove(at time.Time, fits func(core.Account) bool) (n int64, err error) {
	err = s.locked(func() error {
		for _, a := range s.sorted(fits) {
			s.doubt(a.Profile.Image, at.Add(-time.Millisecond))
			delete(s.accounts, a.ID)
			n++
		}
		return nil
	})
	return n, err
}

// Acquire implements core.Leases.
func (s *Store) Acquire(_ context.Context, name, owner string, now, until time.Time) (ours bool, err error) {
	err = s.locked(func() error {
		if l, ok := s.leases[name]; ok && l.owner != owner && l.until.After(now) {
			return nil
		}
		s.leases[name], ours = lease{owner, until}, true
		return nil
	})
	return ours, err
}

// Release implements core.Leases.
func (s *Store) Release(_ context.Context, name, owner string) error {
	return s.locked(func() error {
		if s.leases[name].owner == owner {
			delete(s.leases, name)
		}
		return nil
	})
}
