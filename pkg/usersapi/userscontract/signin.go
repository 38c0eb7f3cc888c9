package userscontract

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

const goodPassword = "correct horse battery staple"

var signIn = map[string]func(t *testing.T, s Subject){
	"a password signs in by name and by email, whatever the case": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "Ada", Email: "ada@example.com", Password: goodPassword})
		for _, l := range []usersapi.Login{{Username: "aDA"}, {Email: "ADA@example.com"}} {
			got, err := s.Users.SignIn(t.Context(), usersapi.SignIn{Login: l, Password: wire(goodPassword)})
			accept(t, err)
			equal(t, "account", got.Account, made)
			equal(t, "methods", got.AMR, []string{"pwd"})
			equal(t, "code needed", got.CodeNeeded, false)
		}
	},
	"a code is ignored while no second factor is on": func(t *testing.T, s Subject) {
		s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Optional})
		got, err := s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Code: "000000"})
		accept(t, err)
		equal(t, "methods", got.AMR, []string{"pwd"})
	},
	"what names nobody, a wrong password and a deleted account are one": func(t *testing.T, s Subject) {
		s.Add(t, Person{Username: "ada", Password: goodPassword})
		gone := s.Add(t, Person{Username: "bob", Password: goodPassword})
		s.Delete(t, gone.ID)
		s.Add(t, Person{Username: "eve", Factor: Optional})
		for _, in := range []usersapi.SignIn{
			{Login: byName("ada"), Password: wire("a wrong one")},
			{Login: byName("ada"), Password: wire("")},
			{Login: byName("bob"), Password: wire(goodPassword)},
			{Login: byName("eve"), Password: wire(goodPassword)},
			{Login: byName("eve"), Password: wire("")},
			{Login: byName("nobody"), Password: wire(goodPassword)},
			{Login: usersapi.Login{Email: "nobody@example.com"}, Password: wire(goodPassword)},
		} {
			_, err := s.Users.SignIn(t.Context(), in)
			refuse(t, err, fault.CredentialsWrong)
		}
	},
	"ten wrong passwords make the account wait": func(t *testing.T, s Subject) {
		s.Add(t, Person{Username: "ada", Password: goodPassword})
		wait := exhaust(t, s, "ada")
		_, err := s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword)})
		refuse(t, err, fault.Throttled)
		s.Advance(wait)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword)})
		accept(t, err)
	},
	"a name that nobody has waits like one that somebody has": func(t *testing.T, s Subject) {
		s.Add(t, Person{Username: "ada", Password: goodPassword})
		if known, unknown := exhaust(t, s, "ada"), exhaust(t, s, "nobody"); known.Round(time.Second) != unknown.Round(time.Second) {
			t.Errorf("a known name waits %v, an unknown one %v", known, unknown)
		}
	},
	"a device that signed in before has a budget of its own": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword})
		exhaust(t, s, "ada")
		known := usersapi.Device{ID: "01JD0000000000000000000000", Accounts: []id.Account{made.ID}}
		_, err := s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Device: known})
		accept(t, err)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword)})
		refuse(t, err, fault.Throttled)
	},
	"a second factor is asked for after the password alone": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		equal(t, "second factor", made.SecondFactor, true)
		got, err := s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword)})
		accept(t, err)
		equal(t, "code needed", got.CodeNeeded, true)

		code := s.Code(t, made.ID)
		got, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Code: code})
		accept(t, err)
		equal(t, "code needed", got.CodeNeeded, false)
		equal(t, "methods", got.AMR, []string{"pwd", "otp", "mfa"})

		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Code: code})
		refuse(t, err, fault.CodeWrong)
	},
	"a code with a wrong password is neither spent nor told about": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		code := s.Code(t, made.ID)
		_, err := s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire("a wrong one"), Code: code})
		refuse(t, err, fault.CredentialsWrong)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Code: code})
		accept(t, err)
	},
	"a login names by exactly one of the two": func(t *testing.T, s Subject) {
		for _, l := range []usersapi.Login{{}, {Username: "ada", Email: "ada@example.com"}} {
			_, err := s.Users.SignIn(t.Context(), usersapi.SignIn{Login: l, Password: wire(goodPassword)})
			refuse(t, err, fault.Malformed)
		}
	},
}

// exhaust gives wrong passwords for username until it has to wait, and tells how long.
func exhaust(t *testing.T, s Subject, username string) time.Duration {
	t.Helper()
	in := usersapi.SignIn{Login: byName(username), Password: wire("a wrong one")}
	for range 10 {
		_, err := s.Users.SignIn(t.Context(), in)
		refuse(t, err, fault.CredentialsWrong)
	}
	_, err := s.Users.SignIn(t.Context(), in)
	return refuse(t, err, fault.Throttled).RetryAfter
}
