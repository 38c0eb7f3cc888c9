package storetest

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
)

// whole is an account with everything set.
func whole(a *core.Account) {
	rank := int64(0)
	later := func(d time.Duration) time.Time { return noon.Add(d * time.Millisecond) }
	a.Email, a.EmailKey, a.EmailVerifiedAt = "Ada@Example.com", "e:ada@example.com", later(1)
	a.VerifiedEmail, a.VerifiedEmailKey, a.VerifiedEmailAt = "Ada@Example.com", "e:ada@example.com", later(1)
	a.Password = core.Password{Hash: secret.New("hash"), ChangedAt: later(2), Failures: core.Failures{Count: 3, At: later(3)}}
	a.TOTP = core.TOTP{
		Enabled: true, Required: true, Secret: []byte{1, 2}, Algorithm: "SHA1", LastStep: 9,
		Failures: core.Failures{Count: 4, At: later(4)},
		Pending:  core.Pending{Secret: []byte{3}, Algorithm: "SHA256", At: later(5)},
	}
	a.BackupCodes = []core.BackupCode{{Hash: "one", UsedAt: later(6)}, {Hash: "two"}}
	a.APIKey = core.APIKey{Hash: "key", Sealed: []byte{4}}
	a.Kats, a.Rank = 7, &rank
	a.SignedInAt, a.NoticedAt, a.UnconfirmedUntil = later(7), later(8), later(9)
	a.DeletedAt, a.RestoredAt = later(10), later(11)
	a.ResetAt, a.UndoneAt = later(15), later(16)
	a.Outbox = []core.Entry{
		{
			ID: "01", Kind: core.SendMail, At: later(12), Template: mailapi.EmailChanged, To: "a@example.com", Locale: "de",
			Data: map[string]string{"username": "ada"}, Purpose: code.Undo, Token: []byte{5}, Address: "a@example.com",
		},
		{ID: "02", Kind: core.EndSessions, At: later(13), Epoch: 5, Spare: "01JD0000000000000000000000"},
		{ID: "03", Kind: core.UpdateSessions, At: later(14)},
	}
}

var accounts = map[string]test{
	"what is inserted is found by each of its keys": func(t *testing.T, s core.Store) {
		want := added(t, s, "Ada", whole)
		plain := added(t, s, "bob")
		equal(t, "by id", get(t, s, want.ID), want)
		equal(t, "a plain one", get(t, s, plain.ID), plain)
		got, err := s.GetByUsername(t.Context(), "u:ada")
		accept(t, err)
		equal(t, "by username", got, want)
		got, err = s.GetByEmail(t.Context(), "e:ada@example.com")
		accept(t, err)
		equal(t, "by email", got, want)
		got, err = s.GetByAPIKey(t.Context(), "key")
		accept(t, err)
		equal(t, "by API key", got, want)
	},
	"what is not there is unknown": func(t *testing.T, s core.Store) {
		_, err := s.Get(t.Context(), "01JD0000000000000000000000")
		refuse(t, err, fault.AccountUnknown)
		_, err = s.GetByUsername(t.Context(), "u:ada")
		refuse(t, err, fault.AccountUnknown)
		_, err = s.GetByEmail(t.Context(), "e:ada@example.com")
		refuse(t, err, fault.AccountUnknown)
		_, err = s.GetByVerifiedEmail(t.Context(), "e:ada@example.com")
		refuse(t, err, fault.AccountUnknown)
		added(t, s, "bob") // who has no API key
		for _, hash := range []string{"key", ""} {
			_, err = s.GetByAPIKey(t.Context(), hash)
			refuse(t, err, fault.AccountUnknown)
		}
		refuse(t, s.Update(t.Context(), person(t, "ada"), person(t, "ada")), fault.AccountUnknown)
	},
	"of many who insert one name one wins": func(t *testing.T, s core.Store) {
		won := race(t, func() (bool, error) {
			err := s.Insert(t.Context(), person(t, "ada"))
			if fault.Has(err, fault.UsernameTaken) {
				return false, nil
			}
			return err == nil, err
		})
		equal(t, "winners", won, 1)
	},
	"the key that is taken is told": func(t *testing.T, s core.Store) {
		added(t, s, "ada", email("ada@example.com"))
		bob := added(t, s, "bob", email("bob@example.com"))
		refuse(t, s.Insert(t.Context(), person(t, "ADA")), fault.UsernameTaken)
		eve := person(t, "eve")
		email("ada@example.com")(&eve)
		refuse(t, s.Insert(t.Context(), eve), fault.EmailTaken)
		refuse(t, changed(t.Context(), s, bob.ID, func(a *core.Account) { a.UsernameKey = "u:ada" }), fault.UsernameTaken)
		refuse(t, changed(t.Context(), s, bob.ID, email("ada@example.com")), fault.EmailTaken)
		equal(t, "after the refusals", get(t, s, bob.ID), bob)
	},
	"a deleted account keeps its keys": func(t *testing.T, s core.Store) {
		added(t, s, "ada", email("ada@example.com"), deleted(noon))
		refuse(t, s.Insert(t.Context(), person(t, "ada")), fault.UsernameTaken)
	},
	"an address belongs to the live account that proved it last": func(t *testing.T, s core.Store) {
		proved := func(at time.Time) func(a *core.Account) {
			return func(a *core.Account) {
				a.VerifiedEmail, a.VerifiedEmailKey, a.VerifiedEmailAt = "x@example.com", "e:x@example.com", at
			}
		}
		added(t, s, "first", proved(noon))
		last := added(t, s, "last", proved(noon.Add(time.Hour)))
		added(t, s, "gone", proved(noon.Add(2*time.Hour)), deleted(noon))
		got, err := s.GetByVerifiedEmail(t.Context(), "e:x@example.com")
		accept(t, err)
		equal(t, "account", got.Username, last.Username)
	},
	"an update sets, unsets and pushes": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada", whole)
		accept(t, changed(t.Context(), s, a.ID, func(a *core.Account) {
			a.Name, a.Rank, a.DeletedAt = "Ada Lovelace", nil, time.Time{}
			a.TOTP, a.BackupCodes, a.APIKey = core.TOTP{}, nil, core.APIKey{}
			a.Outbox = append(a.Outbox, core.Entry{ID: "04", Kind: core.UpdateSessions, At: noon})
		}))
		want := a
		want.Name, want.Rank, want.DeletedAt = "Ada Lovelace", nil, time.Time{}
		want.TOTP, want.BackupCodes, want.APIKey = core.TOTP{}, nil, core.APIKey{}
		want.Outbox = append(want.Outbox, core.Entry{ID: "04", Kind: core.UpdateSessions, At: noon})
		want.Version++
		equal(t, "account", get(t, s, a.ID), want)
	},
	"of many updates of one version one wins": func(t *testing.T, s core.Store) {
		before := added(t, s, "ada")
		won := race(t, func() (bool, error) {
			after := before
			after.Name, after.Version = "another", before.Version+1
			err := s.Update(t.Context(), before, after)
			if fault.Has(err, fault.VersionConflict) {
				return false, nil
			}
			return err == nil, err
		})
		equal(t, "winners", won, 1)
		equal(t, "version", get(t, s, before.ID).Version, before.Version+1)
	},
	"an update leaves alone what was counted meanwhile": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada", whole, func(a *core.Account) { a.DeletedAt = time.Time{} })
		accept(t, changed(t.Context(), s, a.ID, func(after *core.Account) {
			for _, step := range []func() (bool, error){
				func() (bool, error) { return s.CountPassword(t.Context(), a.ID, a.Password.Failures, 10, noon) },
				func() (bool, error) { return s.AcceptStep(t.Context(), a.ID, 10) },
				func() (bool, error) { return s.Rehash(t.Context(), a.ID, secret.New("hash"), secret.New("better")) },
				func() (bool, error) { return s.Note(t.Context(), a.ID, core.Note{SignedInAt: noon}) },
			} {
				ok, err := step()
				accept(t, err)
				equal(t, "counted", ok, true)
			}
			accept(t, s.Relayed(t.Context(), a.ID, []string{"01"}))
			after.Name = "Ada Lovelace"
		}))
		got := get(t, s, a.ID)
		equal(t, "name", got.Name, "Ada Lovelace")
		equal(t, "wrong passwords", got.Password.Failures.Count, 4)
		equal(t, "hash", got.Password.Hash.Reveal(), "better")
		equal(t, "last step", got.TOTP.LastStep, 10)
		equal(t, "signed in", got.SignedInAt, noon)
		equal(t, "outbox", len(got.Outbox), 2)
	},
	"kats add up whoever adds at once": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada")
		won := race(t, func() (bool, error) {
			_, ok, err := s.AddKats(t.Context(), a.ID, core.KatsChange{Delta: 2, Max: 1000}, nil, noon)
			return ok, err
		})
		equal(t, "winners", won, racers)
		got := get(t, s, a.ID)
		equal(t, "kats", got.Kats, 2*racers)
		equal(t, "version", got.Version, a.Version+racers)
	},
	"kats stay in their bounds": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada", func(a *core.Account) { a.Kats = 5 })
		for delta, want := range map[int64]bool{-6: false, 6: false, -5: true} {
			_, ok, err := s.AddKats(t.Context(), a.ID, core.KatsChange{Delta: delta, Max: 10}, nil, noon)
			accept(t, err)
			equal(t, "accepted", ok, want)
			if ok {
				accept(t, changed(t.Context(), s, a.ID, func(a *core.Account) { a.Kats = 5 }))
			}
		}
	},
	"a rank is set, kept and unset": func(t *testing.T, s core.Store) {
		a := added(t, s, "ada")
		rank := int64(3)
		for _, c := range []struct {
			change core.KatsChange
			want   *int64
		}{
			{core.KatsChange{Max: 10, SetRank: true, Rank: &rank}, &rank},
			{core.KatsChange{Max: 10, Delta: 1}, &rank},
			{core.KatsChange{Max: 10, SetRank: true}, nil},
		} {
			got, ok, err := s.AddKats(t.Context(), a.ID, c.change, nil, noon)
			accept(t, err)
			equal(t, "accepted", ok, true)
			equal(t, "rank", got.Rank, c.want)
			equal(t, "stored rank", get(t, s, a.ID).Rank, c.want)
		}
	},
	"kats of what is gone or was changed are refused": func(t *testing.T, s core.Store) {
		a, gone := added(t, s, "ada"), added(t, s, "bob", deleted(noon))
		stale := a.Version + 1
		_, _, err := s.AddKats(t.Context(), a.ID, core.KatsChange{Delta: 1, Max: 10}, &stale, noon)
		refuse(t, err, fault.VersionConflict)
		_, _, err = s.AddKats(t.Context(), gone.ID, core.KatsChange{Delta: 1, Max: 10}, nil, noon)
		refuse(t, err, fault.AccountUnknown)
		_, ok, err := s.AddKats(t.Context(), a.ID, core.KatsChange{Delta: 1, Max: 10}, &a.Version, noon)
		accept(t, err)
		equal(t, "accepted", ok, true)
	},
}
