package core_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// challenge proves the password of an account with a second factor.
func challenge(t *testing.T, f *coretest.Fixture, a usersapi.Account) secret.String {
	t.Helper()
	_, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", somebody)
	c := refuse(t, err, fault.CodeRequired).Challenge
	if c == nil {
		t.Fatal("no challenge")
	}
	equal(t, "its end", c.Expires, f.Clock.Now().Add(5*time.Minute))
	return secret.New(c.Token)
}

func TestCodeSignIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		factor  userscontract.Factor
		login   func(a usersapi.Account) usersapi.Login
		code    func(f *coretest.Fixture, a usersapi.Account) string
		off     bool
		refused fault.Reason
	}{
		"optional factor":  {factor: userscontract.Optional, login: byName, code: codeNow},
		"by email":         {factor: userscontract.Optional, login: byEmail, code: codeNow},
		"wrong code":       {factor: userscontract.Optional, login: byName, code: wrongCode, refused: fault.CredentialsWrong},
		"unknown name":     {factor: userscontract.Optional, login: nobody, code: codeNow, refused: fault.CredentialsWrong},
		"required factor":  {factor: userscontract.Required, login: byName, code: codeNow, refused: fault.CredentialsWrong},
		"no authenticator": {login: byName, code: codeNow, refused: fault.CredentialsWrong},
		"switched off":     {factor: userscontract.Optional, login: byName, code: codeNow, off: true, refused: fault.CodeSigninOff},
		"off, unknown":     {factor: userscontract.Optional, login: nobody, code: codeNow, off: true, refused: fault.CodeSigninOff},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t, func(d *core.Deps) { d.Settings.CodeSignIn = !test.off })
			a := f.Add("ada", test.factor)
			out, err := f.OTPLogin(t.Context(), test.login(a), test.code(f, a), secret.String{}, somebody)
			if test.refused != "" {
				refuse(t, err, test.refused)
				equal(t, "events", f.Events.Take(), []string{"sign-in code refused"})
				return
			}
			accept(t, err)
			equal(t, "events", f.Events.Take(), []string{"sign-in code signed_in"})
			claims, err := f.Access.Verify(t.Context(), out.Access.Reveal())
			accept(t, err)
			equal(t, "amr", claims.AMR, []string{"otp"})
		})
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before  func(t *testing.T, f *coretest.Fixture, a usersapi.Account)
		login   func(a usersapi.Account) usersapi.Login
		code    func(f *coretest.Fixture, a usersapi.Account) string
		refused fault.Reason
		after   fault.Reason // of a second try, with the right code and name
	}{
		"met":        {after: fault.ChallengeInvalid},
		"by email":   {login: byEmail, after: fault.ChallengeInvalid},
		"wrong code": {code: wrongCode, refused: fault.CodeWrong},
		"wrong name": {login: nobody, refused: fault.CredentialsWrong},
		"another's name": {
			before: func(_ *testing.T, f *coretest.Fixture, _ usersapi.Account) { f.Add("bob", userscontract.Required) },
			login:  func(usersapi.Account) usersapi.Login { return usersapi.Login{Username: "bob"} }, refused: fault.CredentialsWrong,
		},
		"in the last moment": {before: wait(5*time.Minute - time.Millisecond), after: fault.ChallengeInvalid},
		"lapsed":             {before: wait(5 * time.Minute), refused: fault.ChallengeInvalid, after: fault.ChallengeInvalid},
		"epoch changed": {
			before: func(_ *testing.T, f *coretest.Fixture, a usersapi.Account) {
				f.Users.Alter(a.ID, func(a *usersapi.Account) { a.Epoch++ })
			}, refused: fault.ChallengeInvalid, after: fault.ChallengeInvalid,
		},
		"deleted": {
			before:  func(_ *testing.T, f *coretest.Fixture, a usersapi.Account) { f.Users.Remove(a.ID) },
			refused: fault.ChallengeInvalid, after: fault.ChallengeInvalid,
		},
		"users down": {
			before:  func(_ *testing.T, f *coretest.Fixture, _ usersapi.Account) { f.Users.Fail(fault.Outage(nil)) },
			refused: fault.Unavailable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := f.Add("ada", userscontract.Required)
			token := challenge(t, f, a)
			login, code := byName, codeNow
			if test.login != nil {
				login = test.login
			}
			if test.code != nil {
				code = test.code
			}
			if test.before != nil {
				test.before(t, f, a)
			}
			out, err := f.OTPLogin(t.Context(), login(a), code(f, a), token, somebody)
			if test.refused != "" {
				refuse(t, err, test.refused)
			} else {
				accept(t, err)
				claims, err := f.Access.Verify(t.Context(), out.Access.Reveal())
				accept(t, err)
				equal(t, "amr", claims.AMR, []string{"pwd", "otp", "mfa"})
			}
			f.Users.Fail(nil)
			f.Clock.Advance(30 * time.Second) // a code of its own for the second try
			_, err = f.OTPLogin(t.Context(), byName(a), f.Users.Code(a.ID), token, somebody)
			if test.after != "" {
				refuse(t, err, test.after)
			} else {
				accept(t, err)
			}
		})
	}
}

func wait(d time.Duration) func(*testing.T, *coretest.Fixture, usersapi.Account) {
	return func(_ *testing.T, f *coretest.Fixture, _ usersapi.Account) { f.Clock.Advance(d) }
}

// The names are wrong, so that nothing but the challenge counts the tries.
func TestChallengeTakesFiveTries(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.Required)
	token := challenge(t, f, a)
	for range 5 {
		_, err := f.OTPLogin(t.Context(), nobody(a), f.Users.Code(a.ID), token, somebody)
		refuse(t, err, fault.CredentialsWrong)
	}
	_, err := f.OTPLogin(t.Context(), byName(a), f.Users.Code(a.ID), token, somebody)
	refuse(t, err, fault.ChallengeInvalid)
	// The code was not looked at, so it is good for the next challenge.
	_, err = f.OTPLogin(t.Context(), byName(a), f.Users.Code(a.ID), challenge(t, f, a), somebody)
	accept(t, err)
}

func TestChallengeOfAnotherDialect(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.Required)
	token := challenge(t, f, a)
	wolf := somebody
	wolf.Dialect = session.Wolf
	_, err := f.OTPLogin(t.Context(), byName(a), f.Users.Code(a.ID), token, wolf)
	refuse(t, err, fault.ChallengeInvalid)
	_, err = f.OTPLogin(t.Context(), byName(a), f.Users.Code(a.ID), token, somebody)
	accept(t, err)
}

func TestChallengeThatNobodyMade(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.Required)
	token := challenge(t, f, a).Reveal()
	for _, text := range []string{"x", token[:len(token)-1], token + "A", f.Users.Code(a.ID)} {
		_, err := f.OTPLogin(t.Context(), byName(a), f.Users.Code(a.ID), secret.New(text), somebody)
		refuse(t, err, fault.ChallengeInvalid)
	}
	_, err := session.NewAuthenticator(f.Access, f.Sessions).Authenticate(t.Context(), token)
	refuse(t, err, fault.Unauthenticated)
}

func TestChallengeIsMetOnce(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.Required)
	token, code := challenge(t, f, a), f.Users.Code(a.ID)
	var from atomic.Int64
	won := race(t, func() error {
		client := somebody
		client.Address = fmt.Sprint("198.51.100.", from.Add(1)) // so that no address is over its limit
		_, err := f.OTPLogin(t.Context(), byName(a), code, token, client)
		return err
	}, fault.ChallengeInvalid, fault.CodeWrong)
	equal(t, "successes", won, 1)
	list, err := f.Sessions.List(t.Context(), a.ID)
	accept(t, err)
	equal(t, "sessions", len(list), 1)
}

// Two codes, of neighbouring steps, may both be right: whoever spends the challenge second gets nothing.
func TestChallengeSpentMeanwhile(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, func(d *core.Deps) { d.Challenges = spent{d.Challenges} })
	a := f.Add("ada", userscontract.Required)
	_, err := f.OTPLogin(t.Context(), byName(a), f.Users.Code(a.ID), challenge(t, f, a), somebody)
	refuse(t, err, fault.ChallengeInvalid)
	list, err := f.Sessions.List(t.Context(), a.ID)
	accept(t, err)
	equal(t, "sessions", len(list), 0)
}

// spent says that somebody else was faster.
type spent struct{ core.Challenges }

func (spent) Spend(context.Context, secret.String) (bool, error) { return false, nil }
