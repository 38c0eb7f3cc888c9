package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/password"
)

// ChangePassword is the owner's.
type ChangePassword struct {
	Actor     Actor
	Account   id.Account
	Password  secret.String // the one it has
	Fresh     secret.String
	Code      string
	IfVersion *int64
}

// ChangePassword replaces the password, for the owner, who proves the old one and, while the second factor is on, a code.
// All other sessions end. Faults: Forbidden, PasswordRefused, CredentialsWrong (counted as at a sign-in), CodeRequired,
// CodeWrong, FactorLocked, VersionConflict, Throttled, Overloaded.
func (c *Core) ChangePassword(ctx context.Context, in ChangePassword) (Account, error) {
	who, err := c.ownerOnly(ctx, in.Actor, in.Account)
	if err != nil {
		return Account{}, err
	}
	if err := c.checkRule("newPassword", in.Fresh, who); err != nil {
		return Account{}, err
	}
	if err := fresh(who, in.IfVersion); err != nil {
		return Account{}, err
	}
	if err := c.Passwords.Admit(password.LaneChange); err != nil {
		return Account{}, overloaded(err)
	}
	if _, err := c.checkPassword(ctx, who, password.LaneChange, in.Password, usersapi.Device{}); err != nil {
		return Account{}, err
	}
	if err := c.note(ctx, who, Note{ClearPassword: true}, false); err != nil {
		return Account{}, err
	}
	if err := c.requireCode(ctx, who, in.Code); err != nil {
		return Account{}, err
	}
	hash, err := c.hash(ctx, password.LaneChange, in.Fresh)
	if err != nil {
		return Account{}, err
	}
	a, err := c.change(ctx, in.Account, in.IfVersion, func(a *Account) error {
		if !a.Password.Hash.Equal(who.Password.Hash) {
			return fault.New(fault.VersionConflict) // what was proved is not the password any more
		}
		c.setPassword(a, hash)
		if err := c.endSessions(a, in.Actor.Session); err != nil {
			return err
		}
		return c.notify(a, mailapi.PasswordChanged)
	})
	if err == nil {
		c.audit(ctx, "password changed", in.Account, in.Actor.Account)
	}
	return a, err
}

func (c *Core) setPassword(a *Account, hash secret.String) {
	a.Password = Password{Hash: hash, ChangedAt: c.now()}
	a.UnconfirmedUntil = time.Time{}
}
