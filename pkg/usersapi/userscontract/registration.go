package userscontract

import (
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi"
)

const anotherPassword = "another horse battery staple"

func ada() usersapi.Create {
	return usersapi.Create{Username: "Ada", Email: "Ada@example.com", Password: wire(goodPassword), Locale: "de", Address: "192.0.2.1"}
}

func prepareAda() usersapi.Prepare {
	return usersapi.Prepare{Username: "Ada", Email: "Ada@example.com", Password: wire(goodPassword), Locale: "de", Address: "192.0.2.1"}
}

var registration = map[string]func(t *testing.T, s Subject){
	"an account is made at once": func(t *testing.T, s Subject) {
		in := ada()
		in.FirstName, in.LastName = "Ada", "Lovelace"
		made, err := s.Users.Create(t.Context(), in)
		accept(t, err)
		equal(t, "username", made.Username, "Ada")
		equal(t, "email", made.Email, "Ada@example.com")
		equal(t, "verified", made.EmailVerified, false)
		equal(t, "names", []string{made.Name, made.FirstName, made.LastName}, []string{"Ada Lovelace", "Ada", "Lovelace"})
		equal(t, "locale", made.Locale, "de")
		equal(t, "subscription", made.Subscription, usersapi.Subscription{Status: usersapi.StatusNone})
		got, err := s.Users.Profile(t.Context(), usersapi.GetProfile{ID: made.ID})
		accept(t, err)
		equal(t, "profile", got, made)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword)})
		accept(t, err)
	},
	"without names it is called by its username": func(t *testing.T, s Subject) {
		made, err := s.Users.Create(t.Context(), ada())
		accept(t, err)
		equal(t, "name", made.Name, "Ada")
	},
	"a username is made where there is none": func(t *testing.T, s Subject) {
		seen := map[string]bool{}
		for _, email := range []string{"ada@example.com", "ada@example.net", "ADA@example.org", "+@example.com", "a@example.com"} {
			in := ada()
			in.Username, in.MakeUsername, in.Email = "", true, email
			made, err := s.Users.Create(t.Context(), in)
			accept(t, err)
			if n := len(made.Username); n < 3 || n > 32 || seen[strings.ToLower(made.Username)] {
				t.Errorf("%s is called %q", email, made.Username)
			}
			seen[strings.ToLower(made.Username)] = true
		}
		equal(t, "the first has the plain one", seen["ada"], true)
	},
	"all that is wrong is told at once, with the first reason": func(t *testing.T, s Subject) {
		in := ada()
		in.Username, in.Email, in.Password = "a b", "none", wire("short")
		_, err := s.Users.Create(t.Context(), in)
		f := refuse(t, err, fault.UsernameRefused)
		equal(t, "fields", f.Fields, map[string]string{"username": fault.FieldFormat, "email": fault.FieldFormat, "password": "too_short"})
		in.Username = ""
		_, err = s.Users.Create(t.Context(), in)
		refuse(t, err, fault.UsernameRefused)
		in.FirstName = strings.Repeat("x", 101)
		_, err = s.Users.Create(t.Context(), in)
		f = refuse(t, err, fault.NameRefused)
		equal(t, "fields", len(f.Fields), 4)
		_, err = s.Users.Prepare(t.Context(), usersapi.Prepare{Email: "none", Password: wire("short")})
		f = refuse(t, err, fault.UsernameRefused)
		equal(t, "fields", len(f.Fields), 3)
	},
	"what is taken is told at once": func(t *testing.T, s Subject) {
		s.Add(t, Person{Username: "ada", Email: "ada@example.com"})
		both := map[string]string{"username": fault.FieldTaken, "email": fault.FieldTaken}
		_, err := s.Users.Create(t.Context(), ada())
		equal(t, "fields", refuse(t, err, fault.UsernameTaken).Fields, both)
		_, err = s.Users.Prepare(t.Context(), prepareAda())
		equal(t, "fields", refuse(t, err, fault.UsernameTaken).Fields, both)
		in := ada()
		in.Username = "bob"
		_, err = s.Users.Create(t.Context(), in)
		refuse(t, err, fault.EmailTaken)
	},
	"what a deleted account is called stays taken": func(t *testing.T, s Subject) {
		s.Delete(t, s.Add(t, Person{Username: "ada", Email: "ada@example.com"}).ID)
		_, err := s.Users.Create(t.Context(), ada())
		equal(t, "fields", len(refuse(t, err, fault.UsernameTaken).Fields), 2)
	},
	"a prepared registration is no account, and takes no name": func(t *testing.T, s Subject) {
		out, err := s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
		equal(t, "keys", []string{out.UsernameKey, out.EmailKey}, []string{"u:ada", "e:ada@example.com"})
		if out.Owner != nil || out.Registration == "" || strings.Contains(out.Registration, goodPassword) {
			t.Errorf("prepared: %+v", out)
		}
		found, err := s.Users.FindByEmail(t.Context(), usersapi.FindByEmail{Email: "ada@example.com"})
		accept(t, err)
		if found.Account != nil {
			t.Error("there is an account already")
		}
		_, err = s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
	},
	"committed it is an account with its email proved, once": func(t *testing.T, s Subject) {
		out, err := s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
		made, err := s.Users.Commit(t.Context(), usersapi.Commit{Registration: out.Registration})
		accept(t, err)
		equal(t, "username", made.Account.Username, "Ada")
		equal(t, "locale", made.Account.Locale, "de")
		equal(t, "verified", made.Account.EmailVerified, true)
		equal(t, "mail address", made.Account.MailAddress, "Ada@example.com")
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword)})
		accept(t, err)
		_, err = s.Users.Commit(t.Context(), usersapi.Commit{Registration: out.Registration})
		refuse(t, err, fault.UsernameTaken)
	},
	"one that needs its password is not committed without": func(t *testing.T, s Subject) {
		out, err := s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
		in := usersapi.Commit{Registration: out.Registration, NeedPassword: true}
		for _, text := range []string{"", "a wrong one"} {
			in.Password = wire(text)
			_, err = s.Users.Commit(t.Context(), in)
			refuse(t, err, fault.CredentialsWrong)
		}
		in.Password = wire(goodPassword)
		_, err = s.Users.Commit(t.Context(), in)
		accept(t, err)
	},
	"what was not sealed is not committed": func(t *testing.T, s Subject) {
		out, err := s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
		for _, text := range []string{"", "none", out.Registration + "A", out.Registration[1:]} {
			_, err := s.Users.Commit(t.Context(), usersapi.Commit{Registration: text})
			refuse(t, err, fault.LinkInvalid)
		}
	},
	"a name that waits is told of to whoever has its password": func(t *testing.T, s Subject) {
		out, err := s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
		in := usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Pending: out.Registration}
		_, err = s.Users.SignIn(t.Context(), in)
		refuse(t, err, fault.EmailUnverified)
		in.Password = wire("a wrong one")
		_, err = s.Users.SignIn(t.Context(), in)
		refuse(t, err, fault.CredentialsWrong)
		in.TellUnknown = true
		_, err = s.Users.SignIn(t.Context(), in)
		refuse(t, err, fault.AccountUnknown)
	},
	"where an account has the name, what waits is not looked at": func(t *testing.T, s Subject) {
		out, err := s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
		s.Add(t, Person{Username: "ada", Password: anotherPassword})
		in := usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Pending: out.Registration, TellUnknown: true}
		_, err = s.Users.SignIn(t.Context(), in)
		refuse(t, err, fault.CredentialsWrong)
		in.Password = wire(anotherPassword)
		_, err = s.Users.SignIn(t.Context(), in)
		accept(t, err)
	},
}

var closedRegistration = map[string]func(t *testing.T, s Subject){
	"nobody registers": func(t *testing.T, s Subject) {
		_, err := s.Users.Create(t.Context(), ada())
		refuse(t, err, fault.RegistrationClosed)
		_, err = s.Users.Prepare(t.Context(), prepareAda())
		refuse(t, err, fault.RegistrationClosed)
	},
	"but the very first, where that is allowed": func(t *testing.T, s Subject) {
		in := ada()
		in.WhileEmpty = true
		_, err := s.Users.Create(t.Context(), in)
		accept(t, err)
		in.Username, in.Email = "bob", "bob@example.com"
		_, err = s.Users.Create(t.Context(), in)
		refuse(t, err, fault.RegistrationClosed)
	},
}

var concealed = map[string]func(t *testing.T, s Subject){
	"a taken email is a success that makes nothing": func(t *testing.T, s Subject) {
		owner := s.Add(t, Person{Username: "owner", Email: "ada@example.com", Password: goodPassword})
		made, err := s.Users.Create(t.Context(), ada())
		accept(t, err)
		equal(t, "username", made.Username, "Ada")
		_, err = s.Users.Profile(t.Context(), usersapi.GetProfile{ID: made.ID})
		refuse(t, err, fault.AccountUnknown)
		equal(t, "owner", account(t, s, owner.ID), owner)
	},
	"whoever prepares a registration is given the owner to tell": func(t *testing.T, s Subject) {
		owner := s.Add(t, Person{Username: "owner", Email: "ada@example.com"})
		out, err := s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
		if out.Owner == nil || out.Registration != "" {
			t.Fatalf("prepared: %+v", out)
		}
		equal(t, "owner", *out.Owner, owner)
	},
	"the address that was typed is to be told, proved or not; a deleted account's not": func(t *testing.T, s Subject) {
		owner := s.Add(t, Person{Username: "owner", Email: "old@example.com", Verified: true, Password: goodPassword})
		s.SetEmail(t, owner.ID, "ada@example.com")
		out, err := s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
		equal(t, "mail address", out.Owner.MailAddress, "ada@example.com")
		s.Delete(t, owner.ID)
		out, err = s.Users.Prepare(t.Context(), prepareAda())
		accept(t, err)
		equal(t, "mail address", out.Owner.MailAddress, "")
	},
	"a taken username says nothing of the email": func(t *testing.T, s Subject) {
		s.Add(t, Person{Username: "ada", Email: "ada@example.com"})
		_, err := s.Users.Create(t.Context(), ada())
		taken := refuse(t, err, fault.UsernameTaken).Fields
		free := ada()
		free.Email = "nobody@example.com"
		_, err = s.Users.Create(t.Context(), free)
		equal(t, "fields", taken, refuse(t, err, fault.UsernameTaken).Fields)
		_, err = s.Users.Prepare(t.Context(), prepareAda())
		equal(t, "fields", refuse(t, err, fault.UsernameTaken).Fields, map[string]string{"username": fault.FieldTaken})
	},
	"a free email makes an account": func(t *testing.T, s Subject) {
		made, err := s.Users.Create(t.Context(), ada())
		accept(t, err)
		equal(t, "there", account(t, s, made.ID), made.Account)
	},
}
