package core

import (
	"context"

	"github.com/watchword/watchword/pkg/id"
)

// Update is a change of what an account is called and reached by.
type Update struct {
	Actor    Actor
	Account  id.Account
	Name     string
	Username string
	// Email replaces the account's where SetEmail is true; nil: it has none from then on.
	SetEmail  bool
	Email     *string
	Code      string // of the actor's authenticator
	IfVersion *int64
	Address   string // what the client counts under
}

// Update changes name, username and email, for the owner or an admin. Another email is unverified: it is mailed a link to
// confirm it, and the address verified last one to undo the change. Faults: Forbidden, AccountUnknown, NameRefused,
// UsernameRefused, EmailMalformed, UsernameTaken, EmailTaken, VersionConflict, CodeRequired, CodeWrong, FactorLocked,
// Throttled.
func (c *Core) Update(ctx context.Context, in Update) (Account, error) {
	if err := c.notInDemo(); err != nil {
		return Account{}, err
	}
	name, err := CheckName("name", in.Name)
	if err != nil {
		return Account{}, err
	}
	if err := CheckUsername(in.Username); err != nil {
		return Account{}, err
	}
	var email newEmail
	if in.SetEmail && in.Email != nil {
		email.address = *in.Email
		if email.key, err = EmailKey(email.address); err != nil {
			return Account{}, err
		}
	}
	who, err := c.authorize(ctx, in.Actor, in.Account)
	if err != nil {
		return Account{}, err
	}
	if err := c.mayUpdate(ctx, in, who, email); err != nil {
		return Account{}, err
	}
	a, err := c.change(ctx, in.Account, in.IfVersion, func(a *Account) error {
		a.Name, a.Username, a.UsernameKey = name, in.Username, UsernameKey(in.Username)
		if !in.SetEmail {
			return nil
		}
		return c.setEmail(a, email)
	})
	if err == nil {
		c.audit(ctx, "account updated", a.ID, who.ID)
	}
	return a, err
}

// mayUpdate refuses a change that can't succeed before its code is spent, then demands the code where the change touches
// what the account is entered or recovered by, and last counts the mail that it sends.
func (c *Core) mayUpdate(ctx context.Context, in Update, who Account, email newEmail) error {
	target, err := who, error(nil)
	if who.ID != in.Account {
		if target, err = c.live(ctx, in.Account); err != nil {
			return err
		}
	}
	if err := fresh(target, in.IfVersion); err != nil {
		return err
	}
	wanted := Account{ID: target.ID, UsernameKey: UsernameKey(in.Username)}
	if in.SetEmail {
		wanted.Email, wanted.EmailKey = email.address, email.key
	}
	if err := c.free(ctx, wanted); err != nil {
		return err
	}
	if in.Username != target.Username || in.SetEmail && email.address != target.Email {
		if err := c.requireCode(ctx, who, in.Code); err != nil {
			return err
		}
	}
	if email.key == "" || email.key == target.EmailKey {
		return nil
	}
	return c.mayMail(ctx, email.address, in.Address)
}
