package core

import (
	"context"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Forgot mails a link to set a new password, where the address belongs to an account. Whoever asks learns nothing of that.
func (c *Core) Forgot(ctx context.Context, email string, client Client) error {
	return c.mailToken(ctx, code.Reset, email, client, func(a *usersapi.Account) string {
		if a == nil {
			return ""
		}
		return a.MailAddress
	})
}

// ResetPassword sets a password by a mailed token. Nothing is spent where the password is refused or users is down.
func (c *Core) ResetPassword(ctx context.Context, token, password secret.String, client Client) error {
	r, err := c.find(ctx, token, client)
	if err != nil {
		return err
	}
	if r.Purpose != code.Reset {
		return fault.New(fault.LinkInvalid)
	}
	done, err := c.Credentials.ResetPassword(ctx, usersapi.ResetPassword{
		ID:       r.Account,
		Epoch:    r.Epoch,
		Address:  r.Address,
		Password: usersapi.Secret{String: password},
	})
	if err != nil {
		return unknownIsInvalid(err)
	}
	c.drop(ctx, token)
	// A link to confirm an address that somebody else set must not outlive the reset.
	if err := c.Codes.Revoke(ctx, code.Verify, done.Account.ID); err != nil {
		c.Logger.WarnContext(ctx, "verification token not revoked after a reset", "error", err)
	}
	return nil
}
