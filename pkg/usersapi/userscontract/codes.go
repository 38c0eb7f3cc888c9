package userscontract

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi"
)

var codeSignIn = map[string]func(t *testing.T, s Subject){
	"a code signs in where it is no second factor, once": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Factor: Optional})
		in := usersapi.CodeSignIn{Login: byName("ada"), Code: s.Code(t, made.ID)}
		got, err := s.Users.CodeSignIn(t.Context(), in)
		accept(t, err)
		equal(t, "account", got.Account.ID, made.ID)
		equal(t, "methods", got.AMR, []string{"otp"})
		_, err = s.Users.CodeSignIn(t.Context(), in)
		refuse(t, err, fault.CredentialsWrong)
	},
	"the codes of the steps beside are taken, and of no others": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Factor: Optional})
		late := s.Code(t, made.ID)
		s.Advance(30 * time.Second)
		_, err := s.Users.CodeSignIn(t.Context(), usersapi.CodeSignIn{Login: byName("ada"), Code: late})
		accept(t, err)
		later := s.Code(t, made.ID)
		s.Advance(60 * time.Second)
		_, err = s.Users.CodeSignIn(t.Context(), usersapi.CodeSignIn{Login: byName("ada"), Code: later})
		refuse(t, err, fault.CredentialsWrong)
	},
	"while it is a second factor it is neither enough nor spent": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		code := s.Code(t, made.ID)
		_, err := s.Users.CodeSignIn(t.Context(), usersapi.CodeSignIn{Login: byName("ada"), Code: code})
		refuse(t, err, fault.CredentialsWrong)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Code: code})
		accept(t, err)
	},
	"nobody, no authenticator and a deleted account are one": func(t *testing.T, s Subject) {
		s.Add(t, Person{Username: "ada", Password: goodPassword})
		gone := s.Add(t, Person{Username: "bob", Factor: Optional})
		code := s.Code(t, gone.ID)
		s.Delete(t, gone.ID)
		for _, in := range []usersapi.CodeSignIn{
			{Login: byName("ada"), Code: "123456"},
			{Login: byName("bob"), Code: code},
			{Login: byName("nobody"), Code: "123456"},
		} {
			_, err := s.Users.CodeSignIn(t.Context(), in)
			refuse(t, err, fault.CredentialsWrong)
		}
	},
}

var secondFactor = map[string]func(t *testing.T, s Subject){
	"a code completes a challenge, once": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		login := byName("ADA")
		in := usersapi.SecondFactor{Account: made.ID, Epoch: made.Epoch, Login: &login, Code: s.Code(t, made.ID)}
		got, err := s.Users.SecondFactor(t.Context(), in)
		accept(t, err)
		equal(t, "account", got.Account, made)
		equal(t, "methods", got.AMR, []string{"pwd", "otp", "mfa"})
		_, err = s.Users.SecondFactor(t.Context(), in)
		refuse(t, err, fault.CodeWrong)
	},
	"the name must be its account's": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		s.Add(t, Person{Username: "bob", Password: goodPassword})
		for _, name := range []string{"bob", "nobody"} {
			login := byName(name)
			in := usersapi.SecondFactor{Account: made.ID, Epoch: made.Epoch, Login: &login, Code: s.Code(t, made.ID)}
			_, err := s.Users.SecondFactor(t.Context(), in)
			refuse(t, err, fault.CredentialsWrong)
		}
	},
	"an epoch that has passed ends the challenge": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		in := usersapi.SecondFactor{Account: made.ID, Epoch: made.Epoch - 1, Code: s.Code(t, made.ID)}
		_, err := s.Users.SecondFactor(t.Context(), in)
		refuse(t, err, fault.ChallengeInvalid)
	},
	"each five wrong codes make it wait": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		right := func() usersapi.SecondFactor {
			return usersapi.SecondFactor{Account: made.ID, Epoch: made.Epoch, Code: s.Code(t, made.ID)}
		}
		guess(t, s, made, 5)
		_, err := s.Users.SecondFactor(t.Context(), right())
		s.Advance(refuse(t, err, fault.Throttled).RetryAfter)
		_, err = s.Users.SecondFactor(t.Context(), right())
		accept(t, err)
		guess(t, s, made, 5)
	},
	"a hundred wrong codes lock it, whichever route they come by": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required})
		for range 20 {
			guess(t, s, made, 5)
			s.Advance(15 * time.Minute)
		}
		_, err := s.Users.SecondFactor(t.Context(), usersapi.SecondFactor{Account: made.ID, Epoch: made.Epoch, Code: s.Code(t, made.ID)})
		refuse(t, err, fault.FactorLocked)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Code: s.Code(t, made.ID)})
		refuse(t, err, fault.FactorLocked)
	},
	"a backup code recovers the account once": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required, BackupCodes: []string{"AAAABBBBCCCC", "DDDDEEEEFFFF"}})
		recover := func(password, code string) (usersapi.SignedIn, error) {
			return s.Users.Recover(t.Context(), usersapi.Recover{Login: byName("ada"), Password: wire(password), Code: code})
		}
		for _, code := range []string{"GGGGHHHHIIII", ""} {
			_, err := recover(goodPassword, code)
			refuse(t, err, fault.BackupCodeWrong)
		}
		_, err := recover("not her password", "AAAABBBBCCCC")
		refuse(t, err, fault.CredentialsWrong)
		in, err := recover(goodPassword, "DDDDEEEEFFFF")
		accept(t, err)
		equal(t, "account", in.Account.ID, made.ID)
		equal(t, "second factor", in.Account.SecondFactor, false)
		_, err = recover(goodPassword, "AAAABBBBCCCC")
		refuse(t, err, fault.AuthenticatorNone)
	},
}

// guess sends n codes that no authenticator of six digits shows.
func guess(t *testing.T, s Subject, account usersapi.Account, n int) {
	t.Helper()
	for range n {
		_, err := s.Users.SecondFactor(t.Context(), usersapi.SecondFactor{Account: account.ID, Epoch: account.Epoch, Code: "00000x"})
		refuse(t, err, fault.CodeWrong)
	}
}
