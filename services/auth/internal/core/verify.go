package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Mailed is what a page tells of a mailed token before anything is done with it.
type Mailed struct {
	Purpose  code.Purpose
	Username string
	Address  string
	Issued   time.Time
	// Attempt: it is a registration that waits for its link, and NeedPassword: confirming it takes the password chosen at it.
	Attempt, NeedPassword bool
}

// Look reads a mailed token and changes nothing; fault LinkInvalid where it is not live.
func (c *Core) Look(ctx context.Context, token secret.String) (Mailed, error) {
	if code.PurposeOf(token) == code.Pending {
		return c.lookAttempt(ctx, token)
	}
	r, err := c.Codes.Find(ctx, token)
	if err != nil {
		return Mailed{}, err
	}
	account, err := c.Directory.Account(ctx, usersapi.GetAccount{ID: r.Account})
	if fault.Has(err, fault.AccountUnknown) {
		return Mailed{}, fault.New(fault.LinkInvalid)
	}
	if err != nil {
		return Mailed{}, err
	}
	return Mailed{Purpose: r.Purpose, Username: account.Username, Address: r.Address, Issued: r.Issued}, nil
}

// Verify uses a mailed token: it confirms an address, undoes the change of one, or makes the account of a registration, as
// the token says. password is the registration's, needed while several wait for one address: fault CredentialsWrong.
func (c *Core) Verify(ctx context.Context, token, password secret.String, client Client) (usersapi.Account, error) {
	if code.PurposeOf(token) == code.Pending {
		return c.confirm(ctx, token, password, client)
	}
	r, err := c.find(ctx, token, client)
	if err != nil {
		return usersapi.Account{}, err
	}
	var done usersapi.Done
	switch r.Purpose {
	case code.Verify:
		done, err = c.Credentials.ConfirmEmail(ctx, usersapi.ConfirmEmail{ID: r.Account, Address: r.Address, Issued: r.Issued})
	case code.Undo:
		done, err = c.Credentials.UndoEmailChange(ctx, usersapi.UndoEmailChange{ID: r.Account, Address: r.Address, Issued: r.Issued})
	default:
		err = fault.New(fault.LinkInvalid)
	}
	if err != nil {
		return usersapi.Account{}, unknownIsInvalid(err)
	}
	c.drop(ctx, token)
	return done.Account, nil
}

// Disown is "this was not me": it takes the address that a verification token was mailed to off the account; a registration
// is dropped.
func (c *Core) Disown(ctx context.Context, token secret.String, client Client) error {
	if code.PurposeOf(token) == code.Pending {
		return c.disownAttempt(ctx, token, client)
	}
	r, err := c.find(ctx, token, client)
	if err != nil {
		return err
	}
	if r.Purpose != code.Verify {
		return fault.New(fault.LinkInvalid)
	}
	if _, err := c.Credentials.DisownEmail(ctx, usersapi.DisownEmail{ID: r.Account, Address: r.Address}); err != nil {
		return unknownIsInvalid(err)
	}
	c.drop(ctx, token)
	return nil
}

// ResendVerification mails a new link where the address belongs to an account that has not confirmed it. Whoever asks
// learns nothing of that.
func (c *Core) ResendVerification(ctx context.Context, email string, client Client) error {
	return c.mailToken(ctx, code.Verify, email, client, func(a *usersapi.Account) string {
		if a == nil || a.EmailVerified {
			return ""
		}
		return a.Email
	})
}

// find looks a token up, within what an address may try.
func (c *Core) find(ctx context.Context, token secret.String, client Client) (code.Record, error) {
	if err := c.Limits.Take(ctx, limit.SignIn(), client.Address); err != nil {
		return code.Record{}, err
	}
	return c.Codes.Find(ctx, token)
}

// drop forgets a used token. The account's state already refuses it, so a failure here is only noted.
func (c *Core) drop(ctx context.Context, token secret.String) {
	if err := c.Codes.Drop(ctx, token); err != nil {
		c.Logger.WarnContext(ctx, "used token not dropped", "error", err)
	}
}

func unknownIsInvalid(err error) error {
	if fault.Has(err, fault.AccountUnknown) {
		return fault.New(fault.LinkInvalid)
	}
	return err
}
