package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func withPassword(username string) core.Create {
	return core.Create{Name: username, Username: username, Password: coretest.Secret(coretest.Password), Address: "192.0.2.1"}
}

func TestOfManyWhoCreateOneNameOneWins(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	won := race(t, func() error {
		_, err := f.Create(t.Context(), withPassword("ada"))
		return err
	}, fault.UsernameTaken)
	equal(t, "accounts", won, 1)
}

func TestNothingIsHashedForWhatIsRefused(t *testing.T) {
	t.Parallel()
	f, hashes := counted(t)
	f.Add(t, coretest.Person{Username: "taken"})
	for _, in := range []core.Create{
		withPassword("taken"),
		{Name: "A", Username: "ada", Password: coretest.Secret(strings.Repeat("x", 257))},
		{Name: "A", Username: "ada", Password: coretest.Secret(coretest.Password), Email: coretest.Text("none")},
	} {
		if _, err := f.Create(t.Context(), in); err == nil {
			t.Errorf("%+v was made", in)
		}
	}
	equal(t, "hashes", hashes.hashed.Load(), 0)
}

func TestSecretsAreStoredSealedOrHashed(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	in := withPassword("ada")
	in.Authenticator, in.Policy = true, legionPolicy
	made, err := f.Create(t.Context(), in)
	accept(t, err)
	a := f.Get(t, made.Account.ID)
	_, uri, _ := strings.Cut(made.URI.Reveal(), "secret=")
	text, _, _ := strings.Cut(uri, "&")
	for what, stored := range map[string]string{
		"password":      a.Password.Hash.Reveal(),
		"authenticator": string(a.TOTP.Pending.Secret),
		"API key":       string(a.APIKey.Sealed) + a.APIKey.Hash,
	} {
		if stored == "" || strings.Contains(stored, coretest.Password) || strings.Contains(stored, text) {
			t.Errorf("%s is stored as %q", what, stored)
		}
	}
}

func TestDeleteEndsEverything(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	made, err := f.Create(t.Context(), withPassword("ada"))
	accept(t, err)
	ada := f.Get(t, made.Account.ID)
	a, err := f.Delete(t.Context(), coretest.Actor(ada), ada.ID, nil)
	accept(t, err)
	equal(t, "API key", a.APIKey, core.APIKey{})
	equal(t, "sessions were ended", f.Sessions.Told(), []coretest.Told{
		{Account: ada.ID, Ended: true, Standing: session.Standing{Epoch: 2, Role: "standard"}},
	})
	_, err = f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	refuse(t, err, fault.CredentialsWrong)
	_, err = f.Enrol(t.Context(), coretest.Actor(ada), ada.ID, legionPolicy)
	refuse(t, err, fault.Unauthenticated)
	_, err = f.ConfirmAuthenticator(t.Context(), core.Confirm{Account: ada.ID, Code: "123456"})
	refuse(t, err, fault.AccountUnknown)

	admin := f.Add(t, coretest.Person{Username: "root", Admin: true})
	restored, err := f.Restore(t.Context(), coretest.Actor(admin), ada.ID, nil)
	accept(t, err)
	if restored.APIKey.Hash == "" || restored.APIKey.Hash == ada.APIKey.Hash {
		t.Errorf("API key after the restore: %q", restored.APIKey.Hash)
	}
	_, err = f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
}

func TestConflictsAreMetByReadingAgain(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, func(d *core.Deps) { d.Store = &contended{Store: d.Store, conflicts: 2} })
	ada := f.Add(t, coretest.Person{Username: "ada"})
	a, err := f.Update(t.Context(), core.Update{Actor: coretest.Actor(ada), Account: ada.ID, Name: "Ada", Username: "ada"})
	accept(t, err)
	equal(t, "name", a.Name, "Ada")
}

func TestConflictsAreToldWhereTheClientNamedTheVersion(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, func(d *core.Deps) { d.Store = &contended{Store: d.Store, conflicts: 1} })
	ada := f.Add(t, coretest.Person{Username: "ada"})
	_, err := f.Update(t.Context(), core.Update{
		Actor: coretest.Actor(ada), Account: ada.ID, Name: "Ada", Username: "ada", IfVersion: &ada.Version,
	})
	refuse(t, err, fault.VersionConflict)
}

func TestConflictsAreNotTriedForEver(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, func(d *core.Deps) { d.Store = &contended{Store: d.Store, conflicts: 3} })
	ada := f.Add(t, coretest.Person{Username: "ada"})
	_, err := f.Update(t.Context(), core.Update{Actor: coretest.Actor(ada), Account: ada.ID, Name: "Ada", Username: "ada"})
	refuse(t, err, fault.VersionConflict)
}

// contended has so many changes come between; meanwhile, where set, is what they do.
type contended struct {
	core.Store
	conflicts int
	meanwhile func()
}

func (c *contended) Update(ctx context.Context, before, after core.Account) error {
	if c.conflicts > 0 {
		c.conflicts--
		if c.meanwhile != nil {
			c.meanwhile()
		}
		return fault.New(fault.VersionConflict)
	}
	return c.Store.Update(ctx, before, after)
}

func TestTotalsAreKeptForAWhile(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	f.Add(t, coretest.Person{Username: "ada"})
	total := func() int64 {
		p, err := f.List(t.Context(), 1, false, "")
		accept(t, err)
		return p.Total
	}
	equal(t, "total", total(), 1)
	f.Add(t, coretest.Person{Username: "bob"})
	f.Clock.Advance(29 * time.Second)
	equal(t, "total kept", total(), 1)
	f.Clock.Advance(time.Second)
	equal(t, "total counted again", total(), 2)
}

func TestNewRefusesMissingDependencies(t *testing.T) {
	t.Parallel()
	if _, err := core.New(core.Deps{}); err == nil {
		t.Error("no error")
	}
}

func TestListDuringAnOutage(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	f.Store.Break(errors.New("down"))
	_, err := f.List(t.Context(), 1, false, "")
	refuse(t, err, fault.Unavailable)
}

func TestOfManyPasswordChangesByTheSameProofOneWins(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	var n atomic.Int64
	won := race(t, func() error {
		_, err := f.ChangePassword(t.Context(), core.ChangePassword{
			Actor: coretest.Actor(ada), Account: ada.ID, Password: secret.New(coretest.Password),
			Fresh: secret.New(fmt.Sprintf("another horse battery %d", n.Add(1))),
		})
		return err
	}, fault.PasswordWrong, fault.VersionConflict, fault.Throttled)
	equal(t, "changes", won, 1)
}
