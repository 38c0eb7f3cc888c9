package core_test

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/totp"
)

var legionPolicy = core.Policy{Algorithm: totp.SHA256}

func withoutPassword(username string) core.Create {
	return core.Create{Name: username, Username: username, Authenticator: true, Policy: legionPolicy, Address: "192.0.2.1"}
}

func gone(t *testing.T, f *coretest.Fixture, account id.Account) bool {
	t.Helper()
	_, err := f.Store.Get(t.Context(), account)
	if err != nil {
		refuse(t, err, fault.AccountUnknown)
	}
	return err != nil
}

func TestDeletedAccountsArePurgedAfterTheRetention(t *testing.T) {
	t.Parallel()
	for name, retention := range map[string]time.Duration{"30 days": 30 * 24 * time.Hour, "never": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t, func(d *core.Deps) { d.Settings.Retention = retention })
			ada := f.Add(t, coretest.Person{Username: "ada"})
			bob := f.Add(t, coretest.Person{Username: "bob"})
			_, err := f.Delete(t.Context(), coretest.Actor(ada), ada.ID, nil)
			accept(t, err)
			f.Clock.Advance(30 * 24 * time.Hour)
			accept(t, f.Sweep(t.Context()))
			equal(t, "purged on the day", gone(t, f, ada.ID), false)
			f.Clock.Advance(time.Millisecond)
			accept(t, f.Sweep(t.Context()))
			equal(t, "purged after it", gone(t, f, ada.ID), retention > 0)
			equal(t, "a live one purged", gone(t, f, bob.ID), false)
			if retention > 0 {
				f.Add(t, coretest.Person{Username: "ada"}) // the name is free
			}
		})
	}
}

func TestAnAccountWhoseOnlyWayInIsNotConfirmedIsRemoved(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	made, err := f.Create(t.Context(), withoutPassword("ada"))
	accept(t, err)
	withPassword := withoutPassword("bob")
	withPassword.Password = coretest.Secret(coretest.Password)
	other, err := f.Create(t.Context(), withPassword)
	accept(t, err)
	f.Clock.Advance(10*time.Minute - time.Millisecond)
	accept(t, f.Sweep(t.Context()))
	equal(t, "removed in time", gone(t, f, made.Account.ID), false)
	_, err = f.Create(t.Context(), withoutPassword("ADA"))
	refuse(t, err, fault.UsernameTaken)
	f.Clock.Advance(time.Minute)
	accept(t, f.Sweep(t.Context()))
	equal(t, "removed after it", gone(t, f, made.Account.ID), true)
	equal(t, "one with a password removed", gone(t, f, other.Account.ID), false)
}

func TestNamesAreFreeOnTimeWhateverTheSweepDoes(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	in := withoutPassword("ada")
	in.Email = coretest.Text("ada@example.com")
	_, err := f.Create(t.Context(), in)
	accept(t, err)
	f.Clock.Advance(10 * time.Minute)
	in.Username = "other"
	_, err = f.Create(t.Context(), in)
	accept(t, err)
	_, err = f.Create(t.Context(), withoutPassword("ada"))
	accept(t, err)
}

func TestOneReplicaSweepsAtATime(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	_, err := f.Delete(t.Context(), coretest.Actor(ada), ada.ID, nil)
	accept(t, err)
	f.Clock.Advance(31 * 24 * time.Hour)
	now := f.Clock.Now()
	ours, err := f.Store.Acquire(t.Context(), "sweep", "another replica", now, now.Add(time.Minute))
	accept(t, err)
	equal(t, "lease", ours, true)
	accept(t, f.Sweep(t.Context()))
	equal(t, "swept beside it", gone(t, f, ada.ID), false)
	f.Clock.Advance(time.Minute)
	accept(t, f.Sweep(t.Context()))
	equal(t, "swept after it", gone(t, f, ada.ID), true)
}

func TestASweepGivesItsLeaseBack(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	accept(t, f.Sweep(t.Context()))
	now := f.Clock.Now()
	ours, err := f.Store.Acquire(t.Context(), "sweep", "another replica", now, now.Add(time.Minute))
	accept(t, err)
	equal(t, "lease", ours, true)
}
