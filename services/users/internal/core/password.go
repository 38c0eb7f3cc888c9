package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
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
// All other sessions end. Faults: Forbidden, PasswordRefused, PasswordWrong (counted as at a sign-in), CodeRequired,
// CodeWrong, FactorLocked, VersionConflict, Throttled, Overloaded.
func (c *Core) ChangePassword(ctx context.Context, in ChangePassword) (Account, error) {
	return c.changeOwn(ctx, ownChange{
		actor: in.Actor, account: in.Account, password: in.Password, fresh: &in.Fresh, code: in.Code, ifVersion: in.IfVersion,
	})
}

func (c *Core) setPassword(a *Account, hash secret.String) {
	a.Password = Password{Hash: hash, ChangedAt: c.now()}
	a.UnconfirmedUntil = time.Time{}
}
