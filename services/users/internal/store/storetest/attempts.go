package storetest

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
)

const free = 10

var attempts = map[string]test{
	"free guesses are counted whoever guesses at once, and no more": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada")
		won := race(t, func() (bool, error) {
			return s.CountPassword(t.Context(), a.ID, core.Failures{}, free, noon)
		})
		equal(t, "guesses", won, free)
		got := get(t, s, a.ID)
		equal(t, "failures", got.Password.Failures, core.Failures{Count: free, At: noon})
		equal(t, "version", got.Version, a.Version)
	},
	"past the free guesses one of many counts": func(t *testing.T, s core.Store) {
		seen := core.Failures{Count: free, At: noon}
		a := added(t, s, "ada", func(a *core.Account) { a.Password.Failures = seen })
		won := race(t, func() (bool, error) {
			return s.CountPassword(t.Context(), a.ID, seen, free, noon.Add(time.Minute))
		})
		equal(t, "guesses", won, 1)
		equal(t, "failures", get(t, s, a.ID).Password.Failures, core.Failures{Count: free + 1, At: noon.Add(time.Minute)})
	},
	"of many guesses at a code that saw the same one counts": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada")
		won := race(t, func() (bool, error) { return s.CountCode(t.Context(), a.ID, core.Failures{}, noon) })
		equal(t, "guesses", won, 1)
		equal(t, "failures", get(t, s, a.ID).TOTP.Failures, core.Failures{Count: 1, At: noon})
	},
	"a step is accepted once, and none before it": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada", func(a *core.Account) {
			a.TOTP = core.TOTP{Enabled: true, Secret: []byte{1}, LastStep: 6, Failures: core.Failures{Count: 3, At: noon}}
		})
		won := race(t, func() (bool, error) { return s.AcceptStep(t.Context(), a.ID, 7) })
		equal(t, "winners", won, 1)
		got := get(t, s, a.ID)
		equal(t, "failures", got.TOTP.Failures, core.Failures{})
		equal(t, "last step", got.TOTP.LastStep, 7)
		ok, err := s.AcceptStep(t.Context(), a.ID, 6)
		accept(t, err)
		equal(t, "an earlier step", ok, false)
	},
	"an authenticator that is off accepts no step": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada", func(a *core.Account) { a.TOTP = core.TOTP{Required: true, Secret: []byte{1}} })
		ok, err := s.AcceptStep(t.Context(), a.ID, 7)
		accept(t, err)
		equal(t, "accepted", ok, false)
	},
	"a hash is replaced only where it is still the old one": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada", func(a *core.Account) { a.Password.Hash = secret.New("old") })
		won := race(t, func() (bool, error) { return s.Rehash(t.Context(), a.ID, secret.New("old"), secret.New("new")) })
		equal(t, "winners", won, 1)
		got := get(t, s, a.ID)
		equal(t, "hash", got.Password.Hash.Reveal(), "new")
		equal(t, "version", got.Version, a.Version)
	},
	"a wrong password is taken back, where one is counted": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada", func(a *core.Account) { a.Password.Failures = core.Failures{Count: 1, At: noon} })
		for _, want := range []bool{true, false} {
			ok, err := s.UncountPassword(t.Context(), a.ID)
			accept(t, err)
			equal(t, "taken back", ok, want)
			equal(t, "failures", get(t, s, a.ID).Password.Failures.Count, 0)
		}
	},
	"a note clears wrong passwords and tells the time": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada", func(a *core.Account) { a.Password.Failures = core.Failures{Count: 3, At: noon} })
		ok, err := s.Note(t.Context(), a.ID, core.Note{SignedInAt: noon})
		accept(t, err)
		equal(t, "noted", ok, true)
		equal(t, "failures", get(t, s, a.ID).Password.Failures.Count, 3)
		_, err = s.Note(t.Context(), a.ID, core.Note{ClearPassword: true})
		accept(t, err)
		got := get(t, s, a.ID)
		equal(t, "failures", got.Password.Failures, core.Failures{})
		equal(t, "signed in", got.SignedInAt, noon)
		equal(t, "version", got.Version, a.Version)
	},
	"of many notices that saw the same one is sent": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada")
		notice := &core.Entry{ID: "01", Kind: core.SendMail, At: noon}
		won := race(t, func() (bool, error) { return s.Note(t.Context(), a.ID, core.Note{Notice: notice}) })
		equal(t, "winners", won, 1)
		got := get(t, s, a.ID)
		equal(t, "outbox", got.Outbox, []core.Entry{*notice})
		equal(t, "noticed", got.NoticedAt, noon)
	},
}
