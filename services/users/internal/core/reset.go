package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/password"
)

// ResetPassword sets a password by mail. See usersapi.ResetPassword.
func (c *Core) ResetPassword(ctx context.Context, in usersapi.ResetPassword) (usersapi.Done, error) {
	if err := c.notInDemo(); err != nil {
		return usersapi.Done{}, err
	}
	key, err := EmailKey(in.Address)
	if err != nil {
		return usersapi.Done{}, err
	}
	stands := func(a Account) error {
		if a.Epoch != in.Epoch || a.mailKey() != key {
			return fault.New(fault.LinkInvalid)
		}
		return nil
	}
	a, err := c.live(ctx, in.ID)
	if err != nil {
		return usersapi.Done{}, unknownIsInvalid(err)
	}
	if err := stands(a); err != nil {
		return usersapi.Done{}, err
	}
	if err := c.checkRule("password", in.Password.String, a); err != nil {
		return usersapi.Done{}, err
	}
	hash, err := c.hash(ctx, password.LaneChange, in.Password.String)
	if err != nil {
		return usersapi.Done{}, err
	}
	return c.done(ctx, "password reset", in.ID, func(a *Account) error {
		if err := stands(*a); err != nil {
			return err
		}
		c.setPassword(a, hash)
		a.ResetAt = c.now()
		if err := c.recover(a); err != nil {
			return err
		}
		if a.EmailKey == key && !a.EmailVerified() {
			c.proved(a)
		}
		if err := c.endSessions(a, ""); err != nil {
			return err
		}
		return c.notify(a, mailapi.PasswordChanged)
	})
}

// recover takes away what a reset must not leave. An address that was never verified may have been set by a stranger, so
// nothing set earlier stays; else only an authenticator goes that is a way in by itself. One that is required stays, open
// again where wrong codes had locked it.
func (c *Core) recover(a *Account) error {
	had := a.TOTP.Enabled
	switch {
	case a.VerifiedEmail == "" || !a.TOTP.Required:
		removeFactor(a)
	default:
		a.TOTP.Failures = Failures{}
		a.TOTP.Pending = Pending{}
	}
	if had && !a.TOTP.Enabled {
		if err := c.notify(a, mailapi.FactorOff); err != nil {
			return err
		}
	}
	return c.mintAPIKey(a)
}
