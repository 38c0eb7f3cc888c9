package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/usersapi"
)

// newEmail is an address with its key; both empty: no address.
type newEmail struct{ address, key string }

// setEmail gives the account another email, unverified, or none. It has the new address mailed a link to confirm it, and
// the address verified last a notice with a link to undo the change. Another spelling of the same address keeps its
// verification.
func (c *Core) setEmail(a *Account, e newEmail) error {
	if e.key == a.EmailKey || e.key == "" && a.Email == "" {
		respell(a, e.address)
		return nil
	}
	c.placeEmail(a, e)
	if e.key != "" {
		if err := c.mailToken(a, mailapi.Verification, code.Verify, e.address, nil); err != nil {
			return err
		}
	}
	if a.VerifiedEmail != "" && a.VerifiedEmailKey != a.EmailKey {
		data := map[string]string{"email": MaskEmail(e.address)}
		if err := c.mailToken(a, mailapi.EmailChanged, code.Undo, a.VerifiedEmail, data); err != nil {
			return err
		}
	}
	return c.updateSessions(a)
}

func respell(a *Account, address string) {
	if a.VerifiedEmailKey == a.EmailKey {
		a.VerifiedEmail = address
	}
	a.Email = address
}

// placeEmail sets the email and its key, unverified.
func (c *Core) placeEmail(a *Account, e newEmail) {
	a.Email, a.EmailKey, a.EmailVerifiedAt = e.address, e.key, time.Time{}
	if e.key == "" {
		a.EmailKey = NoEmailKey(a.ID)
	}
}

// proved marks the account's email as verified.
func (c *Core) proved(a *Account) {
	a.EmailVerifiedAt = c.now()
	a.VerifiedEmail, a.VerifiedEmailKey, a.VerifiedEmailAt = a.Email, a.EmailKey, a.EmailVerifiedAt
}

// ConfirmEmail marks an address, the account's email now, as verified. See usersapi.ConfirmEmail.
func (c *Core) ConfirmEmail(ctx context.Context, in usersapi.ConfirmEmail) (usersapi.Done, error) {
	key, err := EmailKey(in.Address)
	if err != nil {
		return usersapi.Done{}, err
	}
	return c.done(ctx, "email confirmed", in.ID, func(a *Account) error {
		if a.EmailKey != key || a.EmailVerified() || a.revoked(code.Verify, in.Issued) {
			return fault.New(fault.LinkInvalid)
		}
		c.proved(a)
		return c.updateSessions(a)
	})
}

// DisownEmail takes an address off the account that somebody else set. See usersapi.DisownEmail.
func (c *Core) DisownEmail(ctx context.Context, in usersapi.DisownEmail) (usersapi.Done, error) {
	key, err := EmailKey(in.Address)
	if err != nil {
		return usersapi.Done{}, err
	}
	done, err := c.disown(ctx, in, key, true)
	if fault.Has(err, fault.EmailTaken) { // the last verified address is another account's by now
		done, err = c.disown(ctx, in, key, false)
	}
	return done, err
}

func (c *Core) disown(ctx context.Context, in usersapi.DisownEmail, key string, fallBack bool) (usersapi.Done, error) {
	return c.done(ctx, "email disowned", in.ID, func(a *Account) error {
		if a.EmailKey != key {
			return fault.New(fault.LinkInvalid)
		}
		if a.VerifiedEmailKey == key {
			a.VerifiedEmail, a.VerifiedEmailKey, a.VerifiedEmailAt = "", "", time.Time{}
		}
		if fallBack && a.VerifiedEmail != "" {
			c.placeEmail(a, newEmail{a.VerifiedEmail, a.VerifiedEmailKey})
			c.proved(a)
		} else {
			c.placeEmail(a, newEmail{})
		}
		return c.endSessions(a, "")
	})
}

// UndoEmailChange makes an address that was verified before the account's email again. See usersapi.UndoEmailChange.
func (c *Core) UndoEmailChange(ctx context.Context, in usersapi.UndoEmailChange) (usersapi.Done, error) {
	key, err := EmailKey(in.Address)
	if err != nil {
		return usersapi.Done{}, err
	}
	return c.done(ctx, "email change undone", in.ID, func(a *Account) error {
		if a.EmailKey == key || a.revoked(code.Undo, in.Issued) {
			return fault.New(fault.LinkInvalid)
		}
		a.UndoneAt = c.now()
		c.placeEmail(a, newEmail{in.Address, key})
		c.proved(a)
		return c.endSessions(a, "")
	})
}

// done makes the change that a mailed token stands for. One of an account that is gone is worth nothing.
func (c *Core) done(ctx context.Context, event string, account id.Account, fn func(a *Account) error) (usersapi.Done, error) {
	a, err := c.change(ctx, account, nil, fn)
	if err != nil {
		return usersapi.Done{}, unknownIsInvalid(err)
	}
	c.audit(ctx, event, account, "")
	return usersapi.Done{Account: a.told()}, nil
}

func unknownIsInvalid(err error) error {
	if fault.Has(err, fault.AccountUnknown) {
		return fault.New(fault.LinkInvalid)
	}
	return err
}
