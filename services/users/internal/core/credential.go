package core

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/password"
)

// Budgets of wrong guesses in a row (SECURITY, Limits).
const (
	freePasswords = 10  // wrong passwords before the waits begin (limit.Backoff)
	codesInRow    = 5   // wrong codes before each wait
	codesLock     = 100 // wrong codes that lock the factor, where there is another way in
	codesWait     = 15 * time.Minute
)

// known tells whether wrong passwords for the account count against the device, which signed in to it before.
func known(d usersapi.Device, account id.Account) bool {
	return d.ID != "" && slices.Contains(d.Accounts, account)
}

// checkPassword proves a password within the budget: the device's where it is known, else the account's. The guess is
// counted before the hash; clearing the account's counter is left to Note. Faults: CredentialsWrong, Throttled.
func (c *Core) checkPassword(ctx context.Context, a Account, lane password.Lane, text secret.String, d usersapi.Device) (rehash bool, err error) {
	budget := "device:" + d.ID + ":" + string(a.ID)
	own := !known(d, a.ID)
	if own {
		err = c.countPassword(ctx, a)
	} else {
		err = c.Limits.Attempt(ctx, budget)
	}
	if err != nil {
		return false, err
	}
	ok, rehash, err := c.Passwords.Verify(ctx, lane, a.Password.Hash.Reveal(), text.Reveal())
	if full := new(password.OverloadedError); own && errors.As(err, &full) {
		c.uncountPassword(ctx, a.ID)
	}
	if err != nil {
		return false, overloaded(err)
	}
	if !ok {
		c.audit(ctx, "wrong password", a.ID, "")
		return false, fault.New(fault.CredentialsWrong)
	}
	if !own {
		err = c.Limits.Succeeded(ctx, budget)
	}
	return rehash, err
}

// uncountPassword takes a guess back that was shed by us before it was compared. One that whoever asked gave up stays.
func (c *Core) uncountPassword(ctx context.Context, account id.Account) {
	if _, err := c.Store.UncountPassword(ctx, account); err != nil {
		c.Logger.WarnContext(ctx, "guess not taken back", "account_id", account, "error", err)
	}
}

// refuseUnknown does for a name that no account has what checkPassword does for one, to no avail; at most it tells of a
// registration that waits.
func (c *Core) refuseUnknown(ctx context.Context, key string, in usersapi.SignIn) error {
	if err := c.Limits.Attempt(ctx, "name:"+key); err != nil {
		return err
	}
	waiting := c.openRegistration(in.Pending) // none: a hash that fits nothing
	ok, _, err := c.Passwords.Verify(ctx, password.LaneSignIn, waiting.Hash, in.Password.Reveal())
	switch {
	case err != nil:
		return overloaded(err)
	case ok:
		return fault.New(fault.EmailUnverified)
	case in.TellUnknown:
		return fault.New(fault.AccountUnknown)
	}
	return fault.New(fault.CredentialsWrong)
}

func (c *Core) countPassword(ctx context.Context, a Account) error {
	seen, now := a.Password.Failures, c.now()
	if wait := seen.At.Add(limit.Backoff(seen.Count)).Sub(now); seen.Count >= freePasswords && wait > 0 {
		return c.throttle("password", wait)
	}
	ok, err := c.Store.CountPassword(ctx, a.ID, seen, freePasswords, now)
	if err == nil && !ok {
		return c.throttle("password", limit.Backoff(max(seen.Count, freePasswords)))
	}
	return err
}

// checkCode proves a code of the account's enabled authenticator, and spends it. All routes that take a code come here,
// so they share one budget. Faults: CodeWrong, FactorLocked, Throttled.
func (c *Core) checkCode(ctx context.Context, a Account, text string) error {
	if err := c.guessCode(ctx, &a, a.hasOtherWayIn()); err != nil {
		return err
	}
	if !a.TOTP.Enabled { // it may have been read anew
		return fault.New(fault.CodeWrong)
	}
	step, ok, err := c.match(a.ID, a.TOTP.Secret, a.TOTP.Algorithm, text, a.TOTP.LastStep)
	if err == nil && ok {
		ok, err = c.Store.AcceptStep(ctx, a.ID, step)
	}
	if err == nil && !ok {
		err = c.wrongCode(ctx, a.ID)
	}
	if err == nil {
		c.Observer.SecondFactor("accepted")
	}
	return err
}

func (c *Core) wrongCode(ctx context.Context, account id.Account) error {
	c.Observer.SecondFactor("refused")
	c.audit(ctx, "wrong code", account, "")
	return fault.New(fault.CodeWrong)
}

// guessCode counts one guess at a code in advance, by compare-and-set, so that guesses at once can't outrun the budget. a
// is read again where another guess came first. lockable: too many lock the factor for good.
func (c *Core) guessCode(ctx context.Context, a *Account, lockable bool) error {
	for range maxConflicts {
		seen, now := a.TOTP.Failures, c.now()
		if lockable && seen.Count >= codesLock {
			c.Observer.SecondFactor("locked")
			return fault.New(fault.FactorLocked)
		}
		if wait := seen.At.Add(codesWait).Sub(now); seen.Count > 0 && seen.Count%codesInRow == 0 && wait > 0 {
			return c.throttle("code", wait)
		}
		ok, err := c.Store.CountCode(ctx, a.ID, seen, now)
		if err != nil || ok {
			return err
		}
		if *a, err = c.live(ctx, a.ID); err != nil {
			return err
		}
	}
	return c.throttle("code", time.Second)
}

// requireCode demands a code of whoever asks for a change, while that account's second factor is on.
func (c *Core) requireCode(ctx context.Context, who Account, text string) error {
	if !who.SecondFactor() {
		return nil
	}
	if text == "" {
		return fault.New(fault.CodeRequired)
	}
	return c.checkCode(ctx, who, text)
}

func (c *Core) hash(ctx context.Context, lane password.Lane, text secret.String) (secret.String, error) {
	hash, err := c.Passwords.Hash(ctx, lane, text.Reveal())
	return secret.New(hash), overloaded(err)
}

// overloaded words what the pool says.
func overloaded(err error) error {
	var full *password.OverloadedError
	if errors.As(err, &full) {
		return (&fault.Fault{Reason: fault.Overloaded, RetryAfter: full.RetryAfter}).Because(err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Outage(err)
	}
	return err
}

func (c *Core) throttle(rule string, wait time.Duration) error {
	c.Observer.Throttled(rule)
	return fault.Throttle(wait)
}
