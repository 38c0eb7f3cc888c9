package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func conceal(s *core.Settings) { s.Conceal = true }

// A concealed registration does what a true one does, but for the account: the same limits, one hash, and one mail.
func TestAConcealedRegistrationLooksLikeATrueOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		email    string
		account  bool
		to, name string
	}{
		"free":  {"bob@example.com", true, "bob@example.com", "bob"},
		"taken": {"ada@example.com", false, "Ada@example.com", "owner"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, hashes := counted(t, with(conceal))
			owner := f.Add(t, coretest.Person{Username: "owner", Email: "Ada@example.com"})
			p, err := f.Register(t.Context(), registering("bob", c.email))
			accept(t, err)
			equal(t, "limits", len(f.Limits.Taken()), 4)
			equal(t, "hashes", hashes.hashed.Load(), 1)
			equal(t, "mails within the answer", len(f.Mails.Messages()), 0)
			_, err = f.Store.Get(t.Context(), p.ID)
			equal(t, "made", err == nil, c.account)
			mails := f.Relay(t, <-f.Woken())
			equal(t, "mails", len(mails), 1)
			for _, m := range mails {
				equal(t, "recipient", m.To, c.to)
				equal(t, "username", m.Data["username"], c.name)
			}
			equal(t, "owner", f.Get(t, owner.ID), owner)
		})
	}
}

// The address is told that was typed, not the one that the account had proved before: whoever typed it reads there.
func TestTheTypedAddressIsToldOfItsAccount(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, with(conceal))
	owner := f.Add(t, coretest.Person{Username: "owner", Email: "old@example.com", Verified: true})
	setEmail(t, f, owner, coretest.Text("new@example.com"))
	f.Relay(t, owner.ID)
	_, err := f.Register(t.Context(), registering("bob", "new@example.com"))
	accept(t, err)
	equal(t, "recipient", f.Relay(t, owner.ID)[mailapi.AddressTaken].To, "new@example.com")
}

func TestADeletedAccountsAddressIsToldNothing(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, with(conceal))
	gone := f.Add(t, coretest.Person{Username: "gone", Email: "gone@example.com"})
	_, err := f.Delete(t.Context(), coretest.Actor(gone), gone.ID, nil)
	accept(t, err)
	_, err = f.Register(t.Context(), registering("bob", "gone@example.com"))
	accept(t, err)
	equal(t, "mails", len(f.Relay(t, gone.ID)), 0)
}

func TestAConcealedRegistrationFailsWithTheStoreToo(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, with(conceal), func(d *core.Deps) { d.Store = unpushed{d.Store} })
	f.Add(t, coretest.Person{Username: "owner", Email: "ada@example.com"})
	_, err := f.Register(t.Context(), registering("bob", "ada@example.com"))
	refuse(t, err, fault.Unavailable)
}

// unpushed takes no entry.
type unpushed struct{ core.Store }

func (unpushed) Push(context.Context, id.Account, core.Entry) error {
	return fault.Outage(errors.New("no primary"))
}
