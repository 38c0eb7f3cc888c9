package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	const right = coretest.Password
	for name, test := range map[string]struct {
		factor   userscontract.Factor
		login    func(a usersapi.Account) usersapi.Login
		password string
		code     func(f *coretest.Fixture, a usersapi.Account) string
		refused  fault.Reason // empty: signed in
		amr      []string
		event    string
	}{
		"by name":           {login: byName, password: right, amr: []string{"pwd"}, event: "signed_in"},
		"by email":          {login: byEmail, password: right, amr: []string{"pwd"}, event: "signed_in"},
		"wrong password":    {login: byName, password: "wrong", refused: fault.CredentialsWrong, event: "refused"},
		"unknown name":      {login: nobody, password: right, refused: fault.CredentialsWrong, event: "refused"},
		"code not asked":    {login: byName, password: right, code: codeNow, amr: []string{"pwd"}, event: "signed_in"},
		"optional factor":   {factor: userscontract.Optional, login: byName, password: right, amr: []string{"pwd"}, event: "signed_in"},
		"with code":         {factor: userscontract.Required, login: byName, password: right, code: codeNow, amr: []string{"pwd", "otp", "mfa"}, event: "signed_in"},
		"without code":      {factor: userscontract.Required, login: byName, password: right, refused: fault.CodeRequired, event: "code_required"},
		"wrong code":        {factor: userscontract.Required, login: byName, password: right, code: wrongCode, refused: fault.CodeWrong, event: "refused"},
		"wrong first":       {factor: userscontract.Required, login: byName, password: "wrong", code: codeNow, refused: fault.CredentialsWrong, event: "refused"},
		"wrong, code asked": {factor: userscontract.Required, login: byName, password: "wrong", refused: fault.CredentialsWrong, event: "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := f.Add("ada", test.factor)
			code := ""
			if test.code != nil {
				code = test.code(f, a)
			}
			out, err := f.Login(t.Context(), test.login(a), secret.New(test.password), code, somebody)
			equal(t, "events", f.Events.Take(), []string{"sign-in password " + test.event})
			if test.refused != "" {
				refuse(t, err, test.refused)
				list, err := f.Sessions.List(t.Context(), a.ID)
				accept(t, err)
				equal(t, "sessions", len(list), 0)
				return
			}
			accept(t, err)
			equal(t, "account", out.Account.ID, a.ID)
			claims, err := f.Access.Verify(t.Context(), out.Access.Reveal())
			accept(t, err)
			equal(t, "amr", claims.AMR, test.amr)
		})
	}
}

func byEmail(a usersapi.Account) usersapi.Login { return usersapi.Login{Email: a.Email} }
func nobody(usersapi.Account) usersapi.Login    { return usersapi.Login{Username: "nobody"} }

func codeNow(f *coretest.Fixture, a usersapi.Account) string { return f.Users.Code(a.ID) }

// wrongCode differs from what is shown now in each digit, and is not one of the neighbours' but for bad luck of 2 in a
// million.
func wrongCode(f *coretest.Fixture, a usersapi.Account) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+5)%10 }, f.Users.Code(a.ID))
}

func TestSessionRemembersTheSignIn(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	client := somebody
	client.Agent = strings.Repeat("x", 300) + "\x00\n\u202e"
	out, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", client)
	accept(t, err)
	now := f.Clock.Now()
	list, err := f.Sessions.List(t.Context(), a.ID)
	accept(t, err)
	claims, err := f.Access.Verify(t.Context(), out.Access.Reveal())
	accept(t, err)
	equal(t, "sessions", list, []session.Session{{
		ID: claims.Session, Account: a.ID, Dialect: session.Legion, Epoch: 1, Role: usersapi.RoleStandard,
		Email: a.Email, EmailVerified: true, AMR: []string{"pwd"}, Agent: strings.Repeat("x", 200), Generation: 1,
		Created: now, Expires: now.Add(30 * 24 * time.Hour),
	}})
	equal(t, "session's end", out.SessionExpires, now.Add(30*24*time.Hour))
	equal(t, "access token's end", out.AccessExpires, now.Add(15*time.Minute).Truncate(time.Second))
}

func TestSignInsAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.Optional)
	for i := range 30 {
		var err error
		if i%2 == 0 {
			_, err = f.Login(t.Context(), usersapi.Login{Username: fmt.Sprint("nobody", i)}, secret.New("wrong"), "", somebody)
		} else {
			_, err = f.OTPLogin(t.Context(), usersapi.Login{Username: fmt.Sprint("nobody", i)}, "000000", secret.String{}, somebody)
		}
		refuse(t, err, fault.CredentialsWrong)
	}
	_, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", somebody)
	wait := refuse(t, err, fault.Throttled).RetryAfter
	elsewhere := somebody
	elsewhere.Address = "192.0.2.2"
	_, err = f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", elsewhere)
	accept(t, err)
	f.Clock.Advance(wait)
	signIn(t, f, a)
}

// A success clears the account's failures, never the address's allowance.
func TestSuccessRefillsNoAddress(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	for range 30 {
		signIn(t, f, a)
	}
	_, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", somebody)
	refuse(t, err, fault.Throttled)
	equal(t, "last event", last(f.Events.Take()), "sign-in password throttled")
}

func TestUsersDownIsNoWrongPassword(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	f.Users.Fail(fault.Outage(errors.New("down")))
	_, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", somebody)
	refuse(t, err, fault.Unavailable)
	_, err = f.Login(t.Context(), nobody(a), secret.New(coretest.Password), "", somebody)
	refuse(t, err, fault.Unavailable)
	equal(t, "events", f.Events.Take(), []string{"sign-in password failed", "sign-in password failed"})
}

// Whatever users says, no session begins with one factor where two are on.
func TestIssueWantsBothFactors(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]usersapi.SignedIn{
		"password alone": {Account: usersapi.Account{SecondFactor: true}, AMR: []string{"pwd"}},
		"code alone":     {Account: usersapi.Account{SecondFactor: true}, AMR: []string{"otp"}},
		"nothing":        {Account: usersapi.Account{SecondFactor: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t, func(d *core.Deps) { d.Factors = saying{d.Factors, answer} })
			_, err := f.OTPLogin(t.Context(), usersapi.Login{Username: "ada"}, "123456", secret.String{}, somebody)
			refuse(t, err, fault.CodeRequired)
			_, err = f.Login(t.Context(), usersapi.Login{Username: "ada"}, secret.New("x"), "", somebody)
			refuse(t, err, fault.CodeRequired)
		})
	}
}

// saying answers every sign-in alike.
type saying struct {
	core.Factors
	answer usersapi.SignedIn
}

func (s saying) SignIn(context.Context, usersapi.SignIn) (usersapi.SignedIn, error) {
	return s.answer, nil
}

func (s saying) CodeSignIn(context.Context, usersapi.CodeSignIn) (usersapi.SignedIn, error) {
	return s.answer, nil
}

// The password fitted, and then somebody changed it: the sign-in on its way makes no session.
func TestSignInOfAnEpochThatHasPassed(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	_, err := f.Sessions.EndOthers(t.Context(), a.ID, session.Standing{Epoch: a.Epoch + 1}, "")
	accept(t, err)
	_, err = f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", somebody)
	refuse(t, err, fault.CredentialsWrong)
}

func TestDeviceRemembersEightAccounts(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	client := somebody
	var accounts []id.Account
	for i := range 9 {
		a := f.Add(fmt.Sprint("person", i), userscontract.None)
		out, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", client)
		accept(t, err)
		if i > 0 {
			equal(t, "device", out.Device.ID, client.Device.ID)
		}
		client.Device = out.Device
		accounts = append([]id.Account{a.ID}, accounts...)
	}
	equal(t, "accounts", client.Device.Accounts, accounts[:8])
	again, err := f.Login(t.Context(), usersapi.Login{Username: "person5"}, secret.New(coretest.Password), "", client)
	accept(t, err)
	equal(t, "device", again.Device.ID, client.Device.ID)
	equal(t, "last one in front", again.Device.Accounts[0], accounts[3])
	equal(t, "how many", len(again.Device.Accounts), 8)
}

// A stranger's failures make the owner wait, but not on a device that signed in before.
func TestKnownDeviceHasItsOwnBudget(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	home := somebody
	home.Device = signIn(t, f, a).Device
	stranger := somebody
	stranger.Address = "198.51.100.7"
	for range 10 {
		_, err := f.Login(t.Context(), byName(a), secret.New("wrong"), "", stranger)
		refuse(t, err, fault.CredentialsWrong)
	}
	_, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", stranger)
	refuse(t, err, fault.Throttled)
	_, err = f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", home)
	accept(t, err)
}

func last[T any](list []T) (x T) {
	if len(list) > 0 {
		x = list[len(list)-1]
	}
	return x
}
