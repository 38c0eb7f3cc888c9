package core

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/totp"
)

// Policy is what dialects differ in where an authenticator is enrolled.
type Policy struct {
	Algorithm   totp.Algorithm
	BackupCodes int // made when the authenticator is confirmed; 0: none
}

// Enrol replaces an authenticator that waits for confirmation by a new one, and gives its otpauth URI. The owner only;
// fault AuthenticatorActive while one is enabled.
func (c *Core) Enrol(ctx context.Context, actor Actor, account id.Account, p Policy) (secret.String, error) {
	if err := c.notInDemo(); err != nil {
		return secret.String{}, err
	}
	if _, err := c.ownerOnly(ctx, actor, account); err != nil {
		return secret.String{}, err
	}
	var uri secret.String
	_, err := c.change(ctx, account, nil, func(a *Account) error {
		if a.TOTP.Enabled {
			return fault.New(fault.AuthenticatorActive)
		}
		var err error
		uri, err = c.enrol(a, p)
		return err
	})
	return uri, err
}

// enrol draws an authenticator for a, pending, and gives its otpauth URI.
func (c *Core) enrol(a *Account, p Policy) (secret.String, error) {
	drawn, err := totp.NewSecret(c.Rand, p.Algorithm)
	if err != nil {
		return secret.String{}, err
	}
	sealed, err := c.sealers.totp.Seal(drawn, string(a.ID))
	if err != nil {
		return secret.String{}, err
	}
	a.TOTP.Pending = Pending{Secret: sealed, Algorithm: string(p.Algorithm), At: c.now()}
	return secret.New(totp.URI(c.Settings.Issuer, a.Username, drawn, p.Algorithm)), nil
}

// Confirm is ConfirmAuthenticator's.
type Confirm struct {
	Account id.Account
	Code    string
	Require bool // a password alone is not enough from now on
	Policy  Policy
	Address string // what the client counts under
}

// ConfirmAuthenticator enables the account's pending authenticator by its first code, which is the proof: there need be no
// session. It gives the backup codes that the policy asks for. Faults: AuthenticatorActive where one is enabled,
// AuthenticatorNone where none waits or it has lapsed, LastWayIn where it is to be required beside no password, CodeWrong,
// Throttled.
func (c *Core) ConfirmAuthenticator(ctx context.Context, in Confirm) ([]secret.String, error) {
	if err := c.notInDemo(); err != nil {
		return nil, err
	}
	if err := c.Limits.Take(ctx, limit.SignIn(), in.Address); err != nil {
		return nil, err
	}
	proved, step, err := c.provePending(ctx, in)
	if err != nil {
		return nil, err
	}
	var codes []secret.String
	_, err = c.change(ctx, in.Account, nil, func(a *Account) error {
		if err := c.confirmable(*a, in.Require); err != nil {
			return err
		}
		if !bytes.Equal(a.TOTP.Pending.Secret, proved.Secret) {
			return fault.New(fault.CodeWrong) // a code of the secret that was replaced
		}
		var err error
		if codes, err = c.backupCodes(a, in.Policy.BackupCodes); err != nil {
			return err
		}
		a.TOTP = TOTP{Enabled: true, Required: in.Require, Secret: proved.Secret, Algorithm: proved.Algorithm, LastStep: step}
		a.UnconfirmedUntil = time.Time{}
		return c.notify(a, mailapi.FactorOn)
	})
	if err != nil {
		return nil, err
	}
	c.Observer.SecondFactor("enabled")
	c.audit(ctx, "authenticator enabled", in.Account, "")
	return codes, nil
}

// provePending gives the pending authenticator that in's code belongs to, and the code's time step. The guess is counted.
func (c *Core) provePending(ctx context.Context, in Confirm) (Pending, int64, error) {
	a, err := c.live(ctx, in.Account)
	if err != nil {
		return Pending{}, 0, err
	}
	if err := c.confirmable(a, in.Require); err != nil {
		return Pending{}, 0, err
	}
	if err := c.guessCode(ctx, &a, false); err != nil {
		return Pending{}, 0, err
	}
	if err := c.confirmable(a, in.Require); err != nil { // it may have been read anew
		return Pending{}, 0, err
	}
	p := a.TOTP.Pending
	step, ok, err := c.match(in.Account, p.Secret, p.Algorithm, in.Code, 0)
	if err == nil && !ok {
		err = c.wrongCode(ctx, in.Account)
	}
	return p, step, err
}

// confirmable refuses an account without a pending authenticator that is still in time, and one that could be entered by
// nothing any more: without a password, a code that is not enough alone is no way in.
func (c *Core) confirmable(a Account, require bool) error {
	switch {
	case a.TOTP.Enabled:
		return fault.New(fault.AuthenticatorActive)
	case !c.waits(a):
		return fault.New(fault.AuthenticatorNone)
	case require && a.Password.Hash.Empty():
		return fault.New(fault.LastWayIn)
	}
	return nil
}

// waits tells whether an authenticator waits for its first code.
func (c *Core) waits(a Account) bool {
	at := a.TOTP.Pending.At
	return !at.IsZero() && c.now().Before(at.Add(PendingLifetime))
}

// RemoveAuthenticator takes the account's authenticator and its backup codes away. The owner only; a code is needed while
// the second factor is on. Faults: AuthenticatorNone, LastWayIn where there is no password, CodeRequired, CodeWrong,
// FactorLocked, Throttled.
func (c *Core) RemoveAuthenticator(ctx context.Context, actor Actor, account id.Account, code string, ifVersion *int64) (Account, error) {
	if err := c.notInDemo(); err != nil {
		return Account{}, err
	}
	who, err := c.ownerOnly(ctx, actor, account)
	if err != nil {
		return Account{}, err
	}
	if err := removable(who); err != nil {
		return Account{}, err
	}
	if err := fresh(who, ifVersion); err != nil {
		return Account{}, err
	}
	if err := c.requireCode(ctx, who, code); err != nil {
		return Account{}, err
	}
	a, err := c.change(ctx, account, ifVersion, func(a *Account) error {
		if err := removable(*a); err != nil {
			return err
		}
		removeFactor(a)
		return c.notify(a, mailapi.FactorOff)
	})
	if err == nil {
		c.Observer.SecondFactor("disabled")
		c.audit(ctx, "authenticator disabled", account, actor.Account)
	}
	return a, err
}

func removable(a Account) error {
	switch {
	case !a.TOTP.Enabled:
		return fault.New(fault.AuthenticatorNone)
	case a.Password.Hash.Empty():
		return fault.New(fault.LastWayIn)
	}
	return nil
}

// removeFactor takes away whatever stands for a second factor, enabled or pending.
func removeFactor(a *Account) {
	a.TOTP = TOTP{}
	a.BackupCodes = nil
}

// match tells whether text is a code of the sealed secret now, of a later time step than last, and of which.
func (c *Core) match(account id.Account, sealed []byte, algorithm, text string, last int64) (step int64, ok bool, err error) {
	plain, err := c.sealers.totp.Open(sealed, string(account))
	if err != nil {
		return 0, false, fmt.Errorf("open an authenticator's secret: %w", err)
	}
	kind, err := totp.ParseAlgorithm(algorithm)
	if err != nil { // ours to mend: no code would ever fit
		return 0, false, fmt.Errorf("read an authenticator's algorithm: %w", err)
	}
	step, ok = totp.Match(plain, kind, text, c.Now(), last)
	return step, ok, nil
}
