package userscontract

import (
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

var accounts = map[string]func(t *testing.T, s Subject){
	"a live account is told, a deleted one is unknown": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "Ada", Email: "ada@example.com", Verified: true})
		got, err := s.Users.Account(t.Context(), usersapi.GetAccount{ID: made.ID})
		accept(t, err)
		equal(t, "account", got, made)
		equal(t, "username", got.Username, "Ada")
		equal(t, "verified", got.EmailVerified, true)
		equal(t, "role", got.Role, usersapi.RoleStandard)

		s.Delete(t, made.ID)
		for _, account := range []id.Account{made.ID, "01JD0000000000000000000000"} {
			_, err := s.Users.Account(t.Context(), usersapi.GetAccount{ID: account})
			refuse(t, err, fault.AccountUnknown)
		}
	},
	"mail for an address belongs to who proved it, else to who carries it": func(t *testing.T, s Subject) {
		proved := s.Add(t, Person{Username: "ada", Email: "old@example.com", Verified: true})
		s.SetEmail(t, proved.ID, "new@example.com")
		for _, address := range []string{"old@example.com", "NEW@example.com"} {
			got, err := s.Users.FindByEmail(t.Context(), usersapi.FindByEmail{Email: address})
			accept(t, err)
			if got.Account == nil || got.Account.ID != proved.ID {
				t.Fatalf("%s belongs to %+v", address, got.Account)
			}
			equal(t, "mail address", got.Account.MailAddress, "old@example.com")
			equal(t, "verified", got.Account.EmailVerified, false)
		}

		carrier := s.Add(t, Person{Username: "bob", Email: "old@example.com"})
		got, err := s.Users.FindByEmail(t.Context(), usersapi.FindByEmail{Email: "old@example.com"})
		accept(t, err)
		if got.Account == nil || got.Account.ID != proved.ID {
			t.Errorf("the address went to %v, who only carries it", carrier.ID)
		}
	},
	"an address that nobody has finds none, one that is none is refused": func(t *testing.T, s Subject) {
		gone := s.Add(t, Person{Username: "ada", Email: "gone@example.com"})
		s.Delete(t, gone.ID)
		for _, address := range []string{"nobody@example.com", "gone@example.com"} {
			got, err := s.Users.FindByEmail(t.Context(), usersapi.FindByEmail{Email: address})
			accept(t, err)
			if got.Account != nil {
				t.Errorf("%s belongs to %v", address, got.Account.ID)
			}
		}
		_, err := s.Users.FindByEmail(t.Context(), usersapi.FindByEmail{Email: "no address"})
		refuse(t, err, fault.EmailMalformed)
	},
}
