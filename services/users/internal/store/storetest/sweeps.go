package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
)

var relays = map[string]test{
	"owing accounts come by id, in pages": func(t *testing.T, s core.Store) {
		owes := func(at time.Time) func(a *core.Account) {
			return func(a *core.Account) {
				a.Outbox = []core.Entry{{ID: "01", Kind: core.UpdateSessions, At: at.Add(time.Hour)}, {ID: "02", Kind: core.SendMail, At: at}}
			}
		}
		numbered := func(n int) func(a *core.Account) {
			return func(a *core.Account) {
				a.ID = id.Account(fmt.Sprintf("01JD000000000000000000000%d", n))
				a.EmailKey = core.NoEmailKey(a.ID)
			}
		}
		third := added(t, s, "third", numbered(3), owes(noon))
		first := added(t, s, "first", numbered(1), owes(noon))
		second := added(t, s, "second", numbered(2), owes(noon), deleted(noon))
		added(t, s, "fresh", numbered(4), owes(noon.Add(time.Second)))
		added(t, s, "even", numbered(5))

		got, err := s.Owing(t.Context(), noon, "", 2)
		accept(t, err)
		equal(t, "first page", got, []id.Account{first.ID, second.ID})
		got, err = s.Owing(t.Context(), noon, second.ID, 2)
		accept(t, err)
		equal(t, "last page", got, []id.Account{third.ID})
	},
	"an entry is pushed to a live account's outbox alone": func(t *testing.T, s core.Store) {
		first, second := core.Entry{ID: "01", Kind: core.SendMail, At: noon}, core.Entry{ID: "02", Kind: core.SendMail, At: noon}
		a := added(t, s, "ada", func(a *core.Account) { a.Outbox = []core.Entry{first} })
		gone := added(t, s, "bob", deleted(noon))
		for _, account := range []id.Account{a.ID, gone.ID, "01JD0000000000000000000000"} {
			accept(t, s.Push(t.Context(), account, second))
		}
		got := get(t, s, a.ID)
		equal(t, "outbox", got.Outbox, []core.Entry{first, second})
		equal(t, "version", got.Version, a.Version)
		equal(t, "a deleted account's", get(t, s, gone.ID), gone)
	},
	"relayed entries go, others stay in their order": func(t *testing.T, s core.Store) {
		entries := []core.Entry{{ID: "01", At: noon}, {ID: "02", At: noon}, {ID: "03", At: noon}, {ID: "04", At: noon}}
		a := added(t, s, "ada", func(a *core.Account) { a.Outbox = entries })
		accept(t, s.Relayed(t.Context(), a.ID, []string{"03", "01", "unknown"}))
		got := get(t, s, a.ID)
		equal(t, "outbox", got.Outbox, []core.Entry{entries[1], entries[3]})
		equal(t, "version", got.Version, a.Version)
		accept(t, s.Relayed(t.Context(), "01JD0000000000000000000000", []string{"01"}))
	},
}

var sweeps = map[string]test{
	"pages are by id, with or without deleted accounts": func(t *testing.T, s core.Store) {
		var all, live []string
		for n := range 7 {
			a := added(t, s, fmt.Sprintf("user%d", n), whole, func(a *core.Account) {
				a.ID = id.Account(fmt.Sprintf("01JD000000000000000000000%d", n))
				a.EmailKey = core.NoEmailKey(a.ID)
				a.DeletedAt = time.Time{}
				if n%3 == 0 {
					a.DeletedAt = noon
				}
			})
			all = append(all, a.Username)
			if !a.Deleted() {
				live = append(live, a.Username)
			}
		}
		for _, c := range []struct {
			skip, limit int64
			deleted     bool
			want        []string
		}{
			{0, 3, false, live[:3]},
			{3, 3, false, live[3:]},
			{4, 3, false, nil},
			{2, 3, true, all[2:5]},
		} {
			page, err := s.Page(t.Context(), c.skip, c.limit, c.deleted)
			accept(t, err)
			var got []string
			for _, a := range page {
				got = append(got, a.Username)
				equal(t, "a credential in a list", a.Password.Hash.Reveal()+a.APIKey.Hash, "")
			}
			equal(t, fmt.Sprintf("page %+v", c), got, c.want)
		}
		n, err := s.Count(t.Context(), false)
		accept(t, err)
		equal(t, "live ones", n, int64(len(live)))
		n, err = s.Count(t.Context(), true)
		accept(t, err)
		equal(t, "all", n, int64(len(all)))
	},
	"a store with a deleted account is not empty": func(t *testing.T, s core.Store) {
		empty, err := s.Empty(t.Context())
		accept(t, err)
		equal(t, "without accounts", empty, true)
		added(t, s, "gone", deleted(noon))
		empty, err = s.Empty(t.Context())
		accept(t, err)
		equal(t, "with one", empty, false)
	},
	"live admins are counted": func(t *testing.T, s core.Store) {
		admin := func(a *core.Account) { a.Role = "admin" }
		added(t, s, "ada", admin)
		added(t, s, "bob", admin, deleted(noon))
		added(t, s, "eve")
		n, err := s.CountAdmins(t.Context())
		accept(t, err)
		equal(t, "admins", n, 1)
	},
	"accounts deleted long ago are removed": func(t *testing.T, s core.Store) {
		old := added(t, s, "old", deleted(noon.Add(-time.Millisecond)))
		recent := added(t, s, "recent", deleted(noon))
		live := added(t, s, "live")
		n, err := s.RemoveDeleted(t.Context(), noon)
		accept(t, err)
		equal(t, "removed", n, 1)
		_, err = s.Get(t.Context(), old.ID)
		refuse(t, err, fault.AccountUnknown)
		get(t, s, recent.ID)
		get(t, s, live.ID)
	},
	"accounts without a way in are removed, one or all": func(t *testing.T, s core.Store) {
		until := func(at time.Time) func(a *core.Account) {
			return func(a *core.Account) { a.UnconfirmedUntil = at }
		}
		one, two := added(t, s, "one", until(noon)), added(t, s, "two", until(noon))
		early := added(t, s, "early", until(noon.Add(time.Millisecond)))
		added(t, s, "confirmed")
		for _, c := range []struct {
			account id.Account
			want    int64
		}{{early.ID, 0}, {one.ID, 1}, {"", 1}} {
			n, err := s.RemoveUnconfirmed(t.Context(), c.account, noon)
			accept(t, err)
			equal(t, "removed", n, c.want)
		}
		_, err := s.Get(t.Context(), two.ID)
		refuse(t, err, fault.AccountUnknown)
		n, err := s.Count(t.Context(), true)
		accept(t, err)
		equal(t, "left", n, 2)
	},
	"a lease is one owner's until it ends": func(t *testing.T, s core.Store) {
		acquire := func(owner string, now time.Time) bool {
			t.Helper()
			ours, err := s.Acquire(t.Context(), "sweep", owner, now, now.Add(time.Minute))
			accept(t, err)
			return ours
		}
		equal(t, "free", acquire("a", noon), true)
		equal(t, "held", acquire("b", noon.Add(59*time.Second)), false)
		equal(t, "prolonged", acquire("a", noon.Add(59*time.Second)), true)
		equal(t, "still held", acquire("b", noon.Add(time.Minute)), false)
		equal(t, "lapsed", acquire("b", noon.Add(2*time.Minute)), true)
		accept(t, s.Release(t.Context(), "sweep", "a"))
		equal(t, "released by another", acquire("a", noon.Add(2*time.Minute)), false)
		accept(t, s.Release(t.Context(), "sweep", "b"))
		equal(t, "released", acquire("a", noon.Add(2*time.Minute)), true)
	},
	"of many who want a free lease one gets it": func(t *testing.T, s core.Store) {
		won := race(t, func() (bool, error) {
			owner := string(person(t, "owner").ID)
			return s.Acquire(t.Context(), "sweep", owner, noon, noon.Add(time.Minute))
		})
		equal(t, "owners", won, 1)
	},
}
