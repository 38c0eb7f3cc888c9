package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// another is a password that users accepts too.
const another = "staple battery horse correct"

// mailed asks for a mail and gives its token.
func mailed(t *testing.T, f *coretest.Fixture, ask asked, email string) secret.String {
	t.Helper()
	accept(t, ask(f, t.Context(), email, somebody))
	return tokenOf(last(f.Mails.Messages()))
}

func TestResetPassword(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	before := signIn(t, f, a)
	token := mailed(t, f, forgot, a.Email)
	f.Events.Take()
	accept(t, f.ResetPassword(t.Context(), token, secret.New(another), somebody))
	equal(t, "a reset signs nobody in", f.Events.Take(), nil)
	_, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", somebody)
	refuse(t, err, fault.CredentialsWrong)
	_, err = f.Login(t.Context(), byName(a), secret.New(another), "", somebody)
	accept(t, err)
	outdated(t, f, before)
	refuse(t, f.ResetPassword(t.Context(), token, secret.New(coretest.Password), somebody), fault.LinkInvalid)
}

func TestResetKeepsTheSecondFactor(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.Required)
	accept(t, f.ResetPassword(t.Context(), mailed(t, f, forgot, a.Email), secret.New(another), somebody))
	_, err := f.Login(t.Context(), byName(a), secret.New(another), "", somebody)
	refuse(t, err, fault.CodeRequired)
}

// Whatever is refused, the token is as good as before.
func TestResetRefusedSpendsNothing(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	token := mailed(t, f, forgot, a.Email)
	refuse(t, f.ResetPassword(t.Context(), token, secret.New("short"), somebody), fault.PasswordRefused)
	f.Users.Fail(fault.Outage(nil))
	refuse(t, f.ResetPassword(t.Context(), token, secret.New(another), somebody), fault.Unavailable)
	f.Users.Fail(nil)
	_, err := f.Verify(t.Context(), token, secret.String{}, somebody)
	refuse(t, err, fault.LinkInvalid)
	refuse(t, f.Disown(t.Context(), token, somebody), fault.LinkInvalid)
	accept(t, f.ResetPassword(t.Context(), token, secret.New(another), somebody))
}

func TestResetWithATokenThatIsNoGood(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]func(t *testing.T, f *coretest.Fixture, a usersapi.Account) secret.String{
		"empty":   func(*testing.T, *coretest.Fixture, usersapi.Account) secret.String { return secret.String{} },
		"nothing": func(*testing.T, *coretest.Fixture, usersapi.Account) secret.String { return secret.New("rxxx") },
		"of a mail that verifies": func(t *testing.T, f *coretest.Fixture, a usersapi.Account) secret.String {
			return mailed(t, f, resend, a.Email)
		},
		"lapsed": func(t *testing.T, f *coretest.Fixture, a usersapi.Account) secret.String {
			defer f.Clock.Advance(30 * time.Minute)
			return mailed(t, f, forgot, a.Email)
		},
		"of an epoch that has passed": func(t *testing.T, f *coretest.Fixture, a usersapi.Account) secret.String {
			defer f.Users.Alter(a.ID, func(a *usersapi.Account) { a.Epoch++ })
			return mailed(t, f, forgot, a.Email)
		},
		"of an address that is the account's no more": func(t *testing.T, f *coretest.Fixture, a usersapi.Account) secret.String {
			defer f.Users.Alter(a.ID, func(a *usersapi.Account) { a.Email = "new@example.com" })
			return mailed(t, f, forgot, a.Email)
		},
		"of a deleted account": func(t *testing.T, f *coretest.Fixture, a usersapi.Account) secret.String {
			defer f.Users.Remove(a.ID)
			return mailed(t, f, forgot, a.Email)
		},
		"cut": func(t *testing.T, f *coretest.Fixture, a usersapi.Account) secret.String {
			text := mailed(t, f, forgot, a.Email).Reveal()
			return secret.New(text[:len(text)-1])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := unverified(f, "ada")
			refuse(t, f.ResetPassword(t.Context(), token(t, f, a), secret.New(another), somebody), fault.LinkInvalid)
		})
	}
}

func TestResetWorksOnce(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	token := mailed(t, f, forgot, a.Email)
	var from atomic.Int64
	equal(t, "successes", race(t, func() error {
		client := somebody
		client.Address = fmt.Sprint("198.51.100.", from.Add(1))
		return f.ResetPassword(t.Context(), token, secret.New(another), client)
	}, fault.LinkInvalid), 1)
}

// Whoever set an address that wasn't theirs must not have it confirmed after its owner took the account by a reset.
func TestResetRevokesTheVerification(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := unverified(f, "ada")
	verification := mailed(t, f, resend, a.Email)
	accept(t, f.ResetPassword(t.Context(), mailed(t, f, forgot, a.Email), secret.New(another), somebody))
	_, err := f.Codes.Find(t.Context(), verification)
	refuse(t, err, fault.LinkInvalid)
}

// The account has the new password, so the answer stands, whatever becomes of the records.
func TestResetStandsThoughRedisFails(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, func(d *core.Deps) { d.Codes = keeping{d.Codes} })
	a := f.Add("ada", userscontract.None)
	token := mailed(t, f, forgot, a.Email)
	accept(t, f.ResetPassword(t.Context(), token, secret.New(another), somebody))
	refuse(t, f.ResetPassword(t.Context(), token, secret.New(coretest.Password), somebody), fault.LinkInvalid)
}

// keeping can't forget a token.
type keeping struct{ core.Codes }

func (keeping) Drop(context.Context, secret.String) error { return fault.Outage(errors.New("down")) }

func (keeping) Revoke(context.Context, code.Purpose, id.Account) error {
	return fault.Outage(errors.New("down"))
}

func TestTokensAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	token := mailed(t, f, forgot, a.Email)
	for i := range 30 {
		var err error
		switch guess := secret.New(fmt.Sprint("guess ", i)); i % 3 {
		case 0:
			err = f.ResetPassword(t.Context(), guess, secret.New(another), somebody)
		case 1:
			_, err = f.Verify(t.Context(), guess, secret.String{}, somebody)
		default:
			err = f.Disown(t.Context(), guess, somebody)
		}
		refuse(t, err, fault.LinkInvalid)
	}
	refuse(t, f.ResetPassword(t.Context(), token, secret.New(another), somebody), fault.Throttled)
}
