package core

import (
	"context"
	"slices"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Find gives an account; a deleted one only where deleted is true, else fault AccountUnknown.
func (c *Core) Find(ctx context.Context, account id.Account, deleted bool) (Account, error) {
	if !id.Valid(string(account)) {
		return Account{}, fault.New(fault.AccountUnknown)
	}
	if deleted {
		return c.Store.Get(ctx, account)
	}
	return c.live(ctx, account)
}

// Account tells auth of a live account, after its sessions have been told whatever a change has left to tell: a refresh
// holds a session's epoch against the account's, and one that the change has spared must have the new one by then.
func (c *Core) Account(ctx context.Context, in usersapi.GetAccount) (usersapi.Account, error) {
	a, err := c.live(ctx, in.ID)
	if err == nil && slices.ContainsFunc(a.Outbox, Entry.session) {
		err = c.relaySessions(ctx, a.ID)
	}
	if err != nil {
		return usersapi.Account{}, err
	}
	return a.told(), nil
}

// FindByEmail tells auth of the live account that mail for an address belongs to: the one that proved it last, else the
// one that carries it.
func (c *Core) FindByEmail(ctx context.Context, in usersapi.FindByEmail) (usersapi.Found, error) {
	key, err := EmailKey(in.Email)
	if err != nil {
		return usersapi.Found{}, err
	}
	for _, get := range []func(context.Context, string) (Account, error){c.Store.GetByVerifiedEmail, c.Store.GetByEmail} {
		a, err := get(ctx, key)
		if err == nil && !a.Deleted() {
			told := a.told()
			return usersapi.Found{Account: &told}, nil
		}
		if err != nil && !fault.Has(err, fault.AccountUnknown) {
			return usersapi.Found{}, err
		}
	}
	return usersapi.Found{}, nil
}
