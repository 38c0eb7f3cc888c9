package usersfake

import (
	"context"
	"net/mail"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
)

func (a *account) profile() usersapi.Profile {
	return usersapi.Profile{
		Account: a.shown(), FirstName: a.first, LastName: a.last, Communities: []string{}, Categories: []string{},
		Subscription:  usersapi.Subscription{Status: usersapi.StatusNone},
		Authenticator: a.factor != userscontract.None, UpdatedAt: a.CreatedAt,
	}
}

// own does something with a live account.
func own[T any](f *Fake, who id.Account, do func(a *account) (T, error)) (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var none T
	if f.failing != nil {
		return none, f.failing
	}
	a := f.live(who)
	if a == nil {
		return none, fault.New(fault.AccountUnknown)
	}
	return do(a)
}

// ownChange is own for what a demonstration refuses.
func ownChange[T any](f *Fake, who id.Account, do func(a *account) (T, error)) (T, error) {
	return own(f, who, func(a *account) (T, error) {
		if f.Demo {
			var none T
			return none, fault.New(fault.DemoMode)
		}
		return do(a)
	})
}

// Profile gives a live account with what it says of the person.
func (f *Fake) Profile(_ context.Context, in usersapi.GetProfile) (usersapi.Profile, error) {
	return own(f, in.ID, func(a *account) (usersapi.Profile, error) { return a.profile(), nil })
}

// Delete deletes the actor's account softly.
func (f *Fake) Delete(_ context.Context, in usersapi.Delete) (usersapi.Done, error) {
	return own(f, in.Actor.Account, func(a *account) (usersapi.Done, error) {
		another := f.find(func(b *account) bool { return b != a && b.Role == usersapi.RoleAdmin })
		if a.Role == usersapi.RoleAdmin && another == nil {
			return usersapi.Done{}, fault.New(fault.LastAdmin)
		}
		a.deleted = true
		a.Epoch++
		return usersapi.Done{Account: a.shown()}, nil
	})
}

// FindByAPIKey looks for the live account of an API key.
func (f *Fake) FindByAPIKey(_ context.Context, in usersapi.FindByAPIKey) (usersapi.Found, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.Found{}, f.failing
	}
	return found(f.find(func(a *account) bool { return a.apiKey == in.Key.Reveal() })), nil
}

// ShowAPIKey shows the actor's API key.
func (f *Fake) ShowAPIKey(_ context.Context, in usersapi.ShowAPIKey) (usersapi.APIKey, error) {
	return own(f, in.Actor.Account, func(a *account) (usersapi.APIKey, error) {
		return usersapi.APIKey{Key: secret.NewWire(a.apiKey)}, nil
	})
}

// ReplaceAPIKey gives the account another API key.
func (f *Fake) ReplaceAPIKey(_ context.Context, in usersapi.ReplaceAPIKey) (usersapi.APIKey, error) {
	return ownChange(f, in.Actor.Account, func(a *account) (usersapi.APIKey, error) {
		a.apiKey = apiKey()
		return usersapi.APIKey{Key: secret.NewWire(a.apiKey)}, nil
	})
}

// Change sets names and password on the proof of the password.
func (f *Fake) Change(_ context.Context, in usersapi.Change) (usersapi.Done, error) {
	return ownChange(f, in.Actor.Account, func(a *account) (usersapi.Done, error) {
		if err := f.checkChange(a, in); err != nil {
			return usersapi.Done{}, err
		}
		if in.Username != nil {
			a.Username = *in.Username
		}
		if in.Email != nil {
			a.Email, a.EmailVerified = *in.Email, false
		}
		if in.NewPassword != nil {
			a.password = in.NewPassword.Reveal()
			a.Epoch++
		}
		return usersapi.Done{Account: a.shown()}, nil
	})
}

// checkChange refuses in the order in which users does: what is wrong by itself, the password, what is taken, the code.
func (f *Fake) checkChange(a *account, in usersapi.Change) error {
	var all refusals
	wanted := a.Account
	if in.Username != nil {
		wanted.Username = *in.Username
		all.add(!username.MatchString(*in.Username), fault.UsernameRefused, "username", fault.FieldFormat)
	}
	if in.Email != nil {
		wanted.Email = *in.Email
		_, err := mail.ParseAddress(*in.Email)
		all.add(err != nil, fault.EmailMalformed, "email", fault.FieldFormat)
	}
	if in.NewPassword != nil {
		word := passwordWord(in.NewPassword.Reveal(), wanted.Username, wanted.Email)
		all.add(word != "", fault.PasswordRefused, "newPassword", word)
	}
	if err := all.err(); err != nil {
		return err
	}
	if err := a.passwordTries.attempt(f.now(), limit.Backoff); err != nil {
		return err
	}
	if a.password == "" || a.password != in.Password.Reveal() {
		return fault.New(fault.PasswordWrong)
	}
	a.passwordTries.failures = 0
	if err := f.taken(wanted); err != nil {
		return err
	}
	return f.secondFactor(a, in.Code)
}
