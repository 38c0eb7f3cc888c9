package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
)

// Restore makes a deleted account live again, for an admin, with a new API key. Faults: Forbidden, AccountUnknown,
// NotDeleted, VersionConflict.
func (c *Core) Restore(ctx context.Context, actor Actor, account id.Account, ifVersion *int64) (Account, error) {
	if _, err := c.admin(ctx, actor); err != nil {
		return Account{}, err
	}
	a, err := c.changeAny(ctx, account, ifVersion, func(a *Account) error {
		if !a.Deleted() {
			return fault.New(fault.NotDeleted)
		}
		a.DeletedAt, a.RestoredAt = time.Time{}, c.now()
		return c.mintAPIKey(a)
	})
	if err == nil {
		c.audit(ctx, "account restored", account, actor.Account)
	}
	return a, err
}
