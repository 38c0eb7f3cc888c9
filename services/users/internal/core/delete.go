package core

import (
	"context"

	"github.com/watchword/watchword/pkg/id"
)

// Delete marks the account as deleted, for the owner or an admin: its names stay reserved, its sessions and its API key
// end. Faults: Forbidden, AccountUnknown, VersionConflict, LastAdmin.
func (c *Core) Delete(ctx context.Context, actor Actor, account id.Account, ifVersion *int64) (Account, error) {
	if _, err := c.authorize(ctx, actor, account); err != nil {
		return Account{}, err
	}
	a, err := c.keepingAdmin(ctx, account, func() (Account, error) {
		return c.change(ctx, account, ifVersion, func(a *Account) error {
			a.DeletedAt = c.now()
			a.APIKey = APIKey{}
			return c.endSessions(a, "")
		})
	})
	if err == nil {
		c.audit(ctx, "account deleted", account, actor.Account)
	}
	return a, err
}
