package core_test

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	var admins []core.Account
	for _, username := range []string{"ada", "bob", "eve"} {
		admins = append(admins, f.Add(t, coretest.Person{Username: username, Admin: true}))
	}
	for range 20 {
		race(t, func() error {
			for _, a := range admins {
				_, err := f.SetRole(t.Context(), coretest.Actor(a), a.ID, usersapi.RoleStandard, nil)
				if err != nil && !fault.Has(err, fault.Forbidden) {
					return err
				}
			}
			return nil
		}, fault.LastAdmin, fault.Throttled, fault.VersionConflict)
	}
	n, err := f.Store.CountAdmins(t.Context())
	accept(t, err)
	equal(t, "admins", n, 1)
}

func TestARoleChangeEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	admin := f.Add(t, coretest.Person{Username: "root", Admin: true})
	_, err := f.SetRole(t.Context(), coretest.Actor(admin), ada.ID, usersapi.RoleAdmin, nil)
	accept(t, err)
	_, err = f.SetRole(t.Context(), coretest.Actor(admin), ada.ID, usersapi.RoleAdmin, nil) // nothing to change
	accept(t, err)
	_, err = f.SetRole(t.Context(), coretest.Actor(admin), admin.ID, usersapi.RoleStandard, nil)
	accept(t, err)
	equal(t, "sessions were told", f.Sessions.Told(), []coretest.Told{
		{Account: ada.ID, Ended: true, Standing: session.Standing{Epoch: 2, Role: "admin"}},
		{Account: admin.ID, Ended: true, Standing: session.Standing{Epoch: 2, Role: "standard"}, Spare: coretest.Actor(admin).Session},
	})
	_, err = f.SetStanding(t.Context(), core.Standing{Actor: coretest.Actor(admin), Account: ada.ID, Kats: 1})
	refuse(t, err, fault.Forbidden) // the role that the session repeats counts for nothing
}

func TestTheFirstAdmin(t *testing.T) {
	t.Parallel()
	first := core.FirstAdmin{Username: "root", Email: "root@example.com", Password: secret.New(coretest.Password)}
	t.Run("is made once by any number of replicas", func(t *testing.T) {
		t.Parallel()
		f := coretest.New(t)
		equal(t, "content", race(t, func() error { return f.EnsureAdmin(t.Context(), first) }), 50)
		a, err := f.Store.GetByUsername(t.Context(), "u:root")
		accept(t, err)
		equal(t, "role", a.Role, usersapi.RoleAdmin)
		equal(t, "verified", a.EmailVerified(), false)
	})
	t.Run("is never overwritten", func(t *testing.T) {
		t.Parallel()
		f := coretest.New(t)
		there := f.Add(t, coretest.Person{Username: "Root", Email: "mine@example.com", Admin: true})
		accept(t, f.EnsureAdmin(t.Context(), first))
		equal(t, "account", f.Get(t, there.ID), there)
	})
	t.Run("is none without a name", func(t *testing.T) {
		t.Parallel()
		f := coretest.New(t)
		accept(t, f.EnsureAdmin(t.Context(), core.FirstAdmin{}))
		n, err := f.Store.Count(t.Context(), true)
		accept(t, err)
		equal(t, "accounts", n, 0)
	})
	for name, other := range map[string]coretest.Person{
		"is nobody who has the name":  {Username: "root"},
		"is nobody who has the email": {Username: "ada", Email: "ROOT@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			there := f.Add(t, other)
			if err := f.EnsureAdmin(t.Context(), first); err == nil {
				t.Error("the start goes on")
			}
			equal(t, "account", f.Get(t, there.ID), there)
		})
	}
	t.Run("has a password that the rule accepts", func(t *testing.T) {
		t.Parallel()
		weak := first
		weak.Password = secret.New("password123")
		refuse(t, coretest.New(t).EnsureAdmin(t.Context(), weak), fault.PasswordRefused)
	})
}

func TestAdminsLeaveOneAtATime(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Admin: true})
	f.Add(t, coretest.Person{Username: "bob", Admin: true})
	now := f.Clock.Now()
	_, err := f.Store.Acquire(t.Context(), "admins", "another request", now, now.Add(time.Second))
	accept(t, err)
	_, err = f.SetRole(t.Context(), coretest.Actor(ada), ada.ID, usersapi.RoleStandard, nil)
	refuse(t, err, fault.Throttled)
	_, err = f.Delete(t.Context(), coretest.Actor(ada), ada.ID, nil)
	refuse(t, err, fault.Throttled)
	f.Clock.Advance(time.Second)
	_, err = f.Delete(t.Context(), coretest.Actor(ada), ada.ID, nil)
	accept(t, err)
}
