package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

// maxConflicts is how often a change that met another one is tried.
const maxConflicts = 3

// Actor is who asks for a change: a live session's account.
type Actor struct {
	Account id.Account
	Session id.Session
}

// authorize gives the account that asks for a change of target's: its owner, or an admin by the role it has now. Anybody
// else is Forbidden.
func (c *Core) authorize(ctx context.Context, actor Actor, target id.Account) (Account, error) {
	who, err := c.live(ctx, actor.Account)
	if fault.Has(err, fault.AccountUnknown) {
		return Account{}, fault.New(fault.Unauthenticated)
	}
	if err != nil {
		return Account{}, err
	}
	if who.ID != target && who.Role != usersapi.RoleAdmin {
		return Account{}, fault.New(fault.Forbidden)
	}
	return who, nil
}

// admin gives the account that asks, where it is an admin's; Forbidden otherwise.
func (c *Core) admin(ctx context.Context, actor Actor) (Account, error) {
	return c.authorize(ctx, actor, "")
}

// ownerOnly gives the account that asks, where it is the target itself: nobody, an admin neither, touches another's
// credentials.
func (c *Core) ownerOnly(ctx context.Context, actor Actor, target id.Account) (Account, error) {
	if actor.Account != target {
		return Account{}, fault.New(fault.Forbidden)
	}
	return c.authorize(ctx, actor, target)
}

// live gives an account that is not deleted; fault AccountUnknown otherwise.
func (c *Core) live(ctx context.Context, account id.Account) (Account, error) {
	a, err := c.Store.Get(ctx, account)
	if err == nil && a.Deleted() {
		err = fault.New(fault.AccountUnknown)
	}
	return a, err
}

// change lets fn alter a live account and writes it, as changeAny does.
func (c *Core) change(ctx context.Context, account id.Account, ifVersion *int64, fn func(a *Account) error) (Account, error) {
	return c.changeAny(ctx, account, ifVersion, func(a *Account) error {
		if a.Deleted() {
			return fault.New(fault.AccountUnknown)
		}
		return fn(a)
	})
}

// changeAny reads the account, lets fn alter it and writes it in one step, and then has the outbox relayed. Where another
// change came between, it begins anew, up to maxConflicts times, unless the client named the version it means: then the
// fault is VersionConflict at once.
func (c *Core) changeAny(ctx context.Context, account id.Account, ifVersion *int64, fn func(a *Account) error) (Account, error) {
	for tries := 1; ; tries++ {
		before, err := c.Store.Get(ctx, account)
		if err != nil {
			return Account{}, err
		}
		after := before.clone()
		if err := fn(&after); err != nil {
			return Account{}, err
		}
		if err := fresh(before, ifVersion); err != nil {
			return Account{}, err
		}
		after.UpdatedAt = c.now()
		after.Version++
		err = c.Store.Update(ctx, before, after)
		if err == nil {
			c.settle(ctx, after)
			return after, nil
		}
		if !fault.Has(err, fault.VersionConflict) || ifVersion != nil || tries == maxConflicts {
			return Account{}, err
		}
	}
}

// fresh refuses a version that has passed.
func fresh(a Account, ifVersion *int64) error {
	if ifVersion != nil && *ifVersion != a.Version {
		return fault.New(fault.VersionConflict)
	}
	return nil
}
