package usersfake

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
)

// Account gives a live account.
func (f *Fake) Account(_ context.Context, in usersapi.GetAccount) (usersapi.Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.Account{}, f.failing
	}
	a := f.live(in.ID)
	if a == nil {
		return usersapi.Account{}, fault.New(fault.AccountUnknown)
	}
	return a.shown(), nil
}

// FindByEmail looks for the account that mail for an address belongs to.
func (f *Fake) FindByEmail(_ context.Context, in usersapi.FindByEmail) (usersapi.Found, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.Found{}, f.failing
	}
	if _, err := mail.ParseAddress(in.Email); err != nil {
		return usersapi.Found{}, fault.Field(fault.EmailMalformed, "email", fault.FieldFormat)
	}
	a := f.find(func(a *account) bool { return strings.EqualFold(a.verifiedEmail, in.Email) })
	if a == nil {
		a = f.byEmail(in.Email)
	}
	return found(a), nil
}

// ConfirmEmail marks the account's email as verified.
func (f *Fake) ConfirmEmail(_ context.Context, in usersapi.ConfirmEmail) (usersapi.Done, error) {
	return f.byLink(in.ID, func(a *account) error {
		if !strings.EqualFold(a.Email, in.Address) || a.EmailVerified || revoked(a.resetAt, in.Issued) {
			return fault.New(fault.LinkInvalid)
		}
		a.EmailVerified, a.verifiedEmail = true, a.Email
		return nil
	})
}

// DisownEmail takes an address off the account.
func (f *Fake) DisownEmail(_ context.Context, in usersapi.DisownEmail) (usersapi.Done, error) {
	return f.byLink(in.ID, func(a *account) error {
		if !strings.EqualFold(a.Email, in.Address) {
			return fault.New(fault.LinkInvalid)
		}
		if strings.EqualFold(a.verifiedEmail, in.Address) {
			a.verifiedEmail = ""
		}
		a.Email, a.EmailVerified = a.verifiedEmail, a.verifiedEmail != ""
		a.Epoch++
		return nil
	})
}

// UndoEmailChange restores an address verified before.
func (f *Fake) UndoEmailChange(_ context.Context, in usersapi.UndoEmailChange) (usersapi.Done, error) {
	return f.byLink(in.ID, func(a *account) error {
		switch holder := f.any(emailIs(in.Address)); {
		case holder == a, revoked(a.undoneAt, in.Issued):
			return fault.New(fault.LinkInvalid)
		case holder != nil:
			return fault.New(fault.EmailTaken)
		}
		a.Email, a.EmailVerified, a.verifiedEmail = in.Address, true, in.Address
		a.undoneAt = f.now()
		a.Epoch++
		return nil
	})
}

// ResetPassword sets a password by mail.
func (f *Fake) ResetPassword(_ context.Context, in usersapi.ResetPassword) (usersapi.Done, error) {
	if f.Demo {
		return usersapi.Done{}, fault.New(fault.DemoMode)
	}
	return f.byLink(in.ID, func(a *account) error {
		if a.Epoch != in.Epoch || !strings.EqualFold(a.shown().MailAddress, in.Address) {
			return fault.New(fault.LinkInvalid)
		}
		if word := passwordWord(in.Password.Reveal(), a.Username, a.Email); word != "" {
			return fault.Field(fault.PasswordRefused, "password", word)
		}
		a.apiKey, a.pending, a.resetAt = apiKey(), pending{}, f.now()
		if a.verifiedEmail == "" || a.factor == userscontract.Optional {
			a.factor, a.backupCodes = userscontract.None, nil
		}
		if strings.EqualFold(a.Email, in.Address) {
			a.EmailVerified, a.verifiedEmail = true, a.Email
		}
		a.password, a.passwordTries = in.Password.Reveal(), budget{}
		a.codeTries = budget{}
		a.Epoch++
		return nil
	})
}

// revoked tells whether a token issued then is worth nothing since something happened; a zero time: it never did.
func revoked(since, issued time.Time) bool { return !since.IsZero() && !issued.After(since) }

// byLink changes an account that a mailed token names.
func (f *Fake) byLink(account id.Account, change func(a *account) error) (usersapi.Done, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.Done{}, f.failing
	}
	a := f.live(account)
	if a == nil {
		return usersapi.Done{}, fault.New(fault.LinkInvalid)
	}
	if err := change(a); err != nil {
		return usersapi.Done{}, err
	}
	return usersapi.Done{Account: a.shown()}, nil
}
