package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

const (
	adminsLease = "admins"
	aloneTerm   = 15 * time.Second // longer than any request may take
)

// SetRole makes an account an admin's or a standard one, for an admin. Its sessions end, but for the one that asks. Faults:
// Forbidden, AccountUnknown, Malformed, VersionConflict, LastAdmin, Throttled.
func (c *Core) SetRole(ctx context.Context, actor Actor, account id.Account, role string, ifVersion *int64) (Account, error) {
	if role != usersapi.RoleStandard && role != usersapi.RoleAdmin {
		return Account{}, fault.Field(fault.Malformed, "role", fault.FieldFormat)
	}
	if _, err := c.admin(ctx, actor); err != nil {
		return Account{}, err
	}
	set := func() (Account, error) {
		return c.change(ctx, account, ifVersion, func(a *Account) error {
			if a.Role == role {
				return nil
			}
			a.Role = role
			return c.endSessions(a, actor.spare(account))
		})
	}
	var a Account
	var err error
	if role == usersapi.RoleAdmin {
		a, err = set()
	} else {
		a, err = c.keepingAdmin(ctx, account, set)
	}
	if err == nil {
		c.audit(ctx, "role set to "+role, account, actor.Account)
	}
	return a, err
}

// spare is the session that asks, where it is the account's own.
func (a Actor) spare(account id.Account) id.Session {
	if a.Account == account {
		return a.Session
	}
	return ""
}

// keepingAdmin runs a change that takes an account from the admins, but not from the last one. No condition on one
// document can tell that, so such changes come one at a time, by a lease.
func (c *Core) keepingAdmin(ctx context.Context, account id.Account, change func() (Account, error)) (Account, error) {
	a, err := c.live(ctx, account)
	if err != nil {
		return Account{}, err
	}
	if a.Role != usersapi.RoleAdmin {
		return change()
	}
	err = c.alone(ctx, adminsLease, func() error {
		n, err := c.Store.CountAdmins(ctx)
		if err != nil {
			return err
		}
		if n < 2 {
			return fault.New(fault.LastAdmin)
		}
		a, err = change()
		return err
	})
	if err != nil {
		return Account{}, err
	}
	return a, nil
}

// alone runs fn while nobody else holds the lease; fault Throttled while somebody does.
func (c *Core) alone(ctx context.Context, lease string, fn func() error) error {
	owner, err := c.ids.New()
	if err != nil {
		return err
	}
	now := c.now()
	ours, err := c.Store.Acquire(ctx, lease, owner, now, now.Add(aloneTerm))
	if err != nil {
		return err
	}
	if !ours {
		return fault.Throttle(time.Second)
	}
	defer c.release(ctx, lease, owner)
	return fn()
}
