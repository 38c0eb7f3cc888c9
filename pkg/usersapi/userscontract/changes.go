package userscontract

import (
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

const nobody id.Account = "01JD0000000000000000000000"

func actor(a usersapi.Account) usersapi.Actor {
	return usersapi.Actor{Account: a.ID, Session: "01JD0000000000000000000001"}
}

func account(t *testing.T, s Subject, of id.Account) usersapi.Account {
	t.Helper()
	a, err := s.Users.Account(t.Context(), usersapi.GetAccount{ID: of})
	accept(t, err)
	return a
}

func text(s string) *string { return &s }

func password(s string) *usersapi.Secret {
	p := wire(s)
	return &p
}

// change is one of everything by an account with goodPassword.
func change(a usersapi.Account) usersapi.Change {
	return usersapi.Change{
		Actor: actor(a), Password: wire(goodPassword), Address: "192.0.2.1",
		Username: text("Lovelace"), Email: text("new@example.com"), NewPassword: password(anotherPassword),
	}
}

var changes = map[string]func(t *testing.T, s Subject){
	"names and password are changed at once": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "old@example.com", Verified: true, Password: goodPassword})
		done, err := s.Users.Change(t.Context(), change(made))
		accept(t, err)
		equal(t, "names", []string{done.Account.Username, done.Account.Email}, []string{"Lovelace", "new@example.com"})
		equal(t, "verified", done.Account.EmailVerified, false)
		equal(t, "mail address", done.Account.MailAddress, "old@example.com")
		later(t, done.Account, made)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("lovelace"), Password: wire(anotherPassword)})
		accept(t, err)
	},
	"what is absent stays, and no session ends for a name": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com", Verified: true, Password: goodPassword})
		in := change(made)
		in.Email, in.NewPassword = nil, nil
		done, err := s.Users.Change(t.Context(), in)
		accept(t, err)
		equal(t, "email", done.Account.Email, "ada@example.com")
		equal(t, "verified", done.Account.EmailVerified, true)
		equal(t, "epoch", done.Account.Epoch, made.Epoch)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("lovelace"), Password: wire(goodPassword)})
		accept(t, err)
	},
	"nothing is changed without the password, which is counted": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword})
		in := change(made)
		in.Password = wire("a wrong one")
		for range 10 {
			_, err := s.Users.Change(t.Context(), in)
			refuse(t, err, fault.PasswordWrong)
		}
		_, err := s.Users.Change(t.Context(), change(made))
		refuse(t, err, fault.Throttled)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword)})
		refuse(t, err, fault.Throttled)
		equal(t, "account", account(t, s, made.ID), made)
	},
	"an account without a password changes nothing": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Factor: Optional})
		in := change(made)
		in.Password = wire("")
		_, err := s.Users.Change(t.Context(), in)
		refuse(t, err, fault.PasswordWrong)
	},
	"a second factor is demanded too": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		in := change(made)
		_, err := s.Users.Change(t.Context(), in)
		refuse(t, err, fault.CodeRequired)
		in.Code = "00000x"
		_, err = s.Users.Change(t.Context(), in)
		refuse(t, err, fault.CodeWrong)
		equal(t, "account", account(t, s, made.ID), made)
		in.Code = s.Code(t, made.ID)
		_, err = s.Users.Change(t.Context(), in)
		accept(t, err)
	},
	"what may not be set is told at once, before the password": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword})
		in := change(made)
		in.Password = wire("a wrong one")
		in.Username, in.Email, in.NewPassword = text("a b"), text("none"), password("short")
		_, err := s.Users.Change(t.Context(), in)
		f := refuse(t, err, fault.UsernameRefused)
		equal(t, "fields", f.Fields, map[string]string{"username": fault.FieldFormat, "email": fault.FieldFormat, "newPassword": "too_short"})
	},
	"a password that is the new name is refused": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword})
		in := change(made)
		in.Username, in.NewPassword = text("lady.lovelace"), password("Lady.Lovelace")
		_, err := s.Users.Change(t.Context(), in)
		equal(t, "fields", refuse(t, err, fault.PasswordRefused).Fields, map[string]string{"newPassword": "equals_login"})
	},
	"what is taken is told at once, after the password and before a code is spent": func(t *testing.T, s Subject) {
		s.Add(t, Person{Username: "lovelace"})
		s.Add(t, Person{Username: "bob", Email: "new@example.com"})
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		in := change(made)
		in.Code = s.Code(t, made.ID)
		_, err := s.Users.Change(t.Context(), in)
		f := refuse(t, err, fault.UsernameTaken)
		equal(t, "fields", f.Fields, map[string]string{"username": fault.FieldTaken, "email": fault.FieldTaken})
		in.Username = nil
		_, err = s.Users.Change(t.Context(), in)
		refuse(t, err, fault.EmailTaken)
		in.Email = nil
		_, err = s.Users.Change(t.Context(), in)
		accept(t, err)
	},
	"a profile is told of live accounts": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com", Password: goodPassword, Factor: Optional})
		got, err := s.Users.Profile(t.Context(), usersapi.GetProfile{ID: made.ID})
		accept(t, err)
		equal(t, "account", got.Account, made)
		equal(t, "authenticator", got.Authenticator, true)
		if got.Communities == nil || got.Categories == nil {
			t.Error("the lists are absent, not empty")
		}
		s.Delete(t, made.ID)
		for _, of := range []id.Account{made.ID, nobody} {
			_, err = s.Users.Profile(t.Context(), usersapi.GetProfile{ID: of})
			refuse(t, err, fault.AccountUnknown)
		}
	},
	"a deleted account is gone for everybody": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword})
		done, err := s.Users.Delete(t.Context(), usersapi.Delete{Actor: actor(made)})
		accept(t, err)
		later(t, done.Account, made)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), TellUnknown: true})
		refuse(t, err, fault.AccountUnknown)
		for name, again := range map[string]func() error{
			"delete": func() error { _, err := s.Users.Delete(t.Context(), usersapi.Delete{Actor: actor(made)}); return err },
			"change": func() error { _, err := s.Users.Change(t.Context(), change(made)); return err },
			"show": func() error {
				_, err := s.Users.ShowAPIKey(t.Context(), usersapi.ShowAPIKey{Actor: actor(made)})
				return err
			},
			"replace": func() error {
				_, err := s.Users.ReplaceAPIKey(t.Context(), usersapi.ReplaceAPIKey{Actor: actor(made)})
				return err
			},
			"enrol": func() error {
				_, err := s.Users.Enrol(t.Context(), usersapi.Enrol{Actor: actor(made), Algorithm: "SHA1"})
				return err
			},
			"confirm": func() error {
				_, err := s.Users.ConfirmFactor(t.Context(), usersapi.ConfirmFactor{Actor: actor(made), Code: "123456"})
				return err
			},
			"remove": func() error {
				_, err := s.Users.RemoveFactor(t.Context(), usersapi.RemoveFactor{Actor: actor(made)})
				return err
			},
		} {
			if err := again(); !fault.Has(err, fault.AccountUnknown) {
				t.Errorf("%s: %v", name, err)
			}
		}
	},
	"the last admin stays": func(t *testing.T, s Subject) {
		last := s.Add(t, Person{Username: "root", Admin: true})
		_, err := s.Users.Delete(t.Context(), usersapi.Delete{Actor: actor(last)})
		refuse(t, err, fault.LastAdmin)
		s.Add(t, Person{Username: "toor", Admin: true})
		_, err = s.Users.Delete(t.Context(), usersapi.Delete{Actor: actor(last)})
		accept(t, err)
	},
	"an API key is shown again, replaced, and finds its account": func(t *testing.T, s Subject) {
		made, err := s.Users.Create(t.Context(), ada())
		accept(t, err)
		show := func() string {
			t.Helper()
			out, err := s.Users.ShowAPIKey(t.Context(), usersapi.ShowAPIKey{Actor: actor(made.Account)})
			accept(t, err)
			return out.Key.Reveal()
		}
		find := func(key string) *usersapi.Account {
			t.Helper()
			found, err := s.Users.FindByAPIKey(t.Context(), usersapi.FindByAPIKey{Key: wire(key)})
			accept(t, err)
			return found.Account
		}
		first := show()
		equal(t, "length", len(first), 32)
		equal(t, "shown again", show(), first)
		equal(t, "found", *find(first), made.Account)

		out, err := s.Users.ReplaceAPIKey(t.Context(), usersapi.ReplaceAPIKey{Actor: actor(made.Account)})
		accept(t, err)
		second := out.Key.Reveal()
		if second == first || show() != second || find(first) != nil {
			t.Error("the first key lives on")
		}
		equal(t, "found by the second", *find(second), made.Account)
		for _, key := range []string{"", first[:31], "none"} {
			if a := find(key); a != nil {
				t.Errorf("%q finds %s", key, a.Username)
			}
		}
		reset(t, s, account(t, s, made.ID))
		third := show()
		if third == second || find(second) != nil {
			t.Error("the second key outlives a reset")
		}
		s.Delete(t, made.ID)
		if find(third) != nil {
			t.Error("a deleted account is found by its key")
		}
	},
}
