package core_test

import (
	"crypto/rand"
	"io"
	"testing"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// undo makes the token of a notice that restores an address.
func undo(t *testing.T, f *coretest.Fixture, a usersapi.Account, address string) secret.String {
	t.Helper()
	token, err := code.New(code.Undo, a.ID, rand.Reader)
	accept(t, err)
	accept(t, f.Codes.Put(t.Context(), token, code.Record{Purpose: code.Undo, Account: a.ID, Address: address, Issued: f.Clock.Now()}))
	return token
}

func account(t *testing.T, f *coretest.Fixture, a usersapi.Account) usersapi.Account {
	t.Helper()
	a, err := f.Users.Account(t.Context(), usersapi.GetAccount{ID: a.ID})
	accept(t, err)
	return a
}

func TestVerify(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := unverified(f, "ada")
	s := signIn(t, f, a)
	token := mailed(t, f, resend, a.Email)
	got, err := f.Verify(t.Context(), token, secret.String{}, somebody)
	accept(t, err)
	equal(t, "answer", got, account(t, f, a))
	equal(t, "verified", got.EmailVerified, true)
	refresh(t, f, s)
	_, err = f.Codes.Find(t.Context(), token)
	refuse(t, err, fault.LinkInvalid)
	_, err = f.Verify(t.Context(), token, secret.String{}, somebody)
	refuse(t, err, fault.LinkInvalid)
}

func TestUndo(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Users.Add(userscontract.Person{Username: "ada", Email: "old@example.com", Password: coretest.Password, Verified: true})
	s := signIn(t, f, a)
	f.Users.Alter(a.ID, func(a *usersapi.Account) { a.Email, a.EmailVerified = "new@example.com", false })
	token := undo(t, f, a, "old@example.com")
	got, err := f.Verify(t.Context(), token, secret.String{}, somebody)
	accept(t, err)
	equal(t, "email", got.Email, "old@example.com")
	equal(t, "verified", got.EmailVerified, true)
	outdated(t, f, s)
	_, err = f.Verify(t.Context(), token, secret.String{}, somebody)
	refuse(t, err, fault.LinkInvalid)
}

func TestUndoOfAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Users.Add(userscontract.Person{Username: "ada", Email: "new@example.com"})
	f.Users.Add(userscontract.Person{Username: "bob", Email: "old@example.com"})
	token := undo(t, f, a, "old@example.com")
	_, err := f.Verify(t.Context(), token, secret.String{}, somebody)
	refuse(t, err, fault.EmailTaken)
	_, err = f.Codes.Find(t.Context(), token)
	accept(t, err)
}

func TestDisown(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := unverified(f, "ada")
	s := signIn(t, f, a)
	reset := mailed(t, f, forgot, a.Email)
	token := mailed(t, f, resend, a.Email)
	accept(t, f.Disown(t.Context(), token, somebody))
	equal(t, "email", account(t, f, a).Email, "")
	outdated(t, f, s)
	refuse(t, f.Disown(t.Context(), token, somebody), fault.LinkInvalid)
	refuse(t, f.ResetPassword(t.Context(), reset, secret.New(another), somebody), fault.LinkInvalid)
	refuse(t, f.Disown(t.Context(), undo(t, f, a, "old@example.com"), somebody), fault.LinkInvalid)
}

// A verification is of the address that the mail went to: once the account has another, it is worth nothing.
func TestVerificationOfAnAddressThatChanged(t *testing.T) {
	t.Parallel()
	for name, use := range uses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := unverified(f, "ada")
			token := mailed(t, f, resend, a.Email)
			f.Users.Alter(a.ID, func(a *usersapi.Account) { a.Email = "new@example.com" })
			refuse(t, use(t, f, token), fault.LinkInvalid)
			equal(t, "email", account(t, f, a).Email, "new@example.com")
		})
	}
}

func TestVerificationOfADeletedAccount(t *testing.T) {
	t.Parallel()
	for name, use := range uses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := unverified(f, "ada")
			token := mailed(t, f, resend, a.Email)
			f.Users.Remove(a.ID)
			refuse(t, use(t, f, token), fault.LinkInvalid)
			_, err := f.Look(t.Context(), token)
			refuse(t, err, fault.LinkInvalid)
		})
	}
}

func TestUsersDownSpendsNoToken(t *testing.T) {
	t.Parallel()
	for name, use := range uses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			token := mailed(t, f, resend, unverified(f, "ada").Email)
			f.Users.Fail(fault.Outage(nil))
			refuse(t, use(t, f, token), fault.Unavailable)
			_, err := f.Look(t.Context(), token)
			refuse(t, err, fault.Unavailable)
			f.Users.Fail(nil)
			accept(t, use(t, f, token))
		})
	}
}

// uses are what a verification token is good for.
func uses() map[string]func(t *testing.T, f *coretest.Fixture, token secret.String) error {
	return map[string]func(t *testing.T, f *coretest.Fixture, token secret.String) error{
		"verify": func(t *testing.T, f *coretest.Fixture, token secret.String) error {
			_, err := f.Verify(t.Context(), token, secret.String{}, somebody)
			return err
		},
		"disown": func(t *testing.T, f *coretest.Fixture, token secret.String) error {
			return f.Disown(t.Context(), token, somebody)
		},
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := unverified(f, "ada")
	for purpose, token := range map[code.Purpose]secret.String{
		code.Verify: mailed(t, f, resend, a.Email),
		code.Reset:  mailed(t, f, forgot, a.Email),
		code.Undo:   undo(t, f, a, a.Email),
	} {
		for range 40 { // as often as scanners like
			got, err := f.Look(t.Context(), token)
			accept(t, err)
			equal(t, string(rune(purpose)), got, core.Mailed{Purpose: purpose, Username: "ada", Address: a.Email, Issued: f.Clock.Now()})
		}
		f.Clock.Advance(purpose.Lifetime())
		_, err := f.Look(t.Context(), token)
		refuse(t, err, fault.LinkInvalid)
		f.Clock.Advance(-purpose.Lifetime())
	}
	equal(t, "account", account(t, f, a), a)
}

func TestNewWantsAllItNeeds(t *testing.T) {
	t.Parallel()
	whole := coretest.New(t).Deps
	_, err := core.New(whole)
	accept(t, err)
	for name, take := range map[string]func(d *core.Deps){
		"users":        func(d *core.Deps) { d.Factors = nil },
		"clock":        func(d *core.Deps) { d.Now = nil },
		"random":       func(d *core.Deps) { d.Rand = nil },
		"links":        func(d *core.Deps) { d.Settings.VerifyURL = "" },
		"reset's link": func(d *core.Deps) { d.Settings.ResetURL = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			deps := whole
			take(&deps)
			if _, err := core.New(deps); err == nil {
				t.Error("no error")
			}
		})
	}
}

// Randomness that fails makes no token, no challenge and no id.
func TestRandomnessFails(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, func(d *core.Deps) { d.Rand = empty{} })
	a := f.Add("ada", userscontract.Required)
	for name, err := range map[string]error{
		"challenge": second(f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", somebody)),
		"session":   second(f.Login(t.Context(), byName(a), secret.New(coretest.Password), f.Users.Code(a.ID), somebody)),
		"token":     f.Forgot(t.Context(), a.Email, somebody),
	} {
		if fault.Of(err) == nil || fault.Of(err).Reason != fault.Internal {
			t.Errorf("%s: %v, want an internal error", name, err)
		}
	}
	equal(t, "mails", f.Mails.Messages(), nil)
}

type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func second[T any](_ T, err error) error { return err }
