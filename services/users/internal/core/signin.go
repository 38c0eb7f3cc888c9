package core

import (
	"context"
	"strings"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/password"
)

// noticeEvery is the least time between two mails about sign-ins.
const noticeEvery = time.Hour

// Authentication methods (RFC 8176).
const (
	amrPassword = "pwd"
	amrCode     = "otp"
	amrBoth     = "mfa"
)

// SignIn proves an account's password, and the code beside it where a second factor is on. See usersapi.SignIn.
func (c *Core) SignIn(ctx context.Context, in usersapi.SignIn) (usersapi.SignedIn, error) {
	a, rehash, err := c.proveSignIn(ctx, in)
	if err != nil {
		return usersapi.SignedIn{}, err
	}
	if rehash {
		c.upgrade(ctx, a, in.Password.String)
	}
	note := Note{ClearPassword: !known(in.Device, a.ID)}
	if !a.SecondFactor() {
		return c.signedIn(ctx, a, note, in.Device, amrPassword)
	}
	if in.Code == "" {
		err := c.note(ctx, a, note, false)
		return usersapi.SignedIn{Account: a.told(), AMR: []string{amrPassword}, CodeNeeded: true}, err
	}
	if err := c.checkCode(ctx, a, in.Code); err != nil {
		// Whoever has the password but not the code may be a stranger: the owner is to hear of it.
		if noteErr := c.note(ctx, a, note, fault.Has(err, fault.CodeWrong)); noteErr != nil {
			return usersapi.SignedIn{}, noteErr
		}
		return usersapi.SignedIn{}, err
	}
	return c.signedIn(ctx, a, note, in.Device, amrPassword, amrCode, amrBoth)
}

// proveSignIn proves the password of whoever signs in; it is one hash's work for every name.
func (c *Core) proveSignIn(ctx context.Context, in usersapi.SignIn) (a Account, rehash bool, err error) {
	if err := c.Passwords.Admit(password.LaneSignIn); err != nil {
		return Account{}, false, overloaded(err)
	}
	a, key, err := c.named(ctx, in.Login)
	if fault.Has(err, fault.AccountUnknown) {
		return Account{}, false, c.refuseUnknown(ctx, key, in)
	}
	if err != nil {
		return Account{}, false, err
	}
	rehash, err = c.checkPassword(ctx, a, password.LaneSignIn, in.Password.String, in.Device)
	return a, rehash, err
}

// CodeSignIn proves an account by a code alone. Whatever is wrong, the answer is CredentialsWrong: that somebody has to
// wait would tell that the account exists.
func (c *Core) CodeSignIn(ctx context.Context, in usersapi.CodeSignIn) (usersapi.SignedIn, error) {
	a, _, err := c.named(ctx, in.Login)
	if err == nil && (!a.TOTP.Enabled || a.SecondFactor()) {
		err = fault.New(fault.CredentialsWrong)
	}
	if err == nil {
		err = c.checkCode(ctx, a, in.Code)
	}
	switch {
	case err == nil:
		return c.signedIn(ctx, a, Note{}, in.Device, amrCode)
	case fault.Has(err, fault.AccountUnknown), fault.Has(err, fault.CodeWrong), fault.Has(err, fault.FactorLocked),
		fault.Has(err, fault.Throttled):
		err = fault.New(fault.CredentialsWrong)
	}
	return usersapi.SignedIn{}, err
}

// SecondFactor proves the code of an account whose password a challenge vouches for. See usersapi.SecondFactor.
func (c *Core) SecondFactor(ctx context.Context, in usersapi.SecondFactor) (usersapi.SignedIn, error) {
	a, err := c.live(ctx, in.Account)
	if err == nil && (a.Epoch != in.Epoch || !a.SecondFactor()) || fault.Has(err, fault.AccountUnknown) {
		err = fault.New(fault.ChallengeInvalid)
	}
	if err != nil {
		return usersapi.SignedIn{}, err
	}
	if in.Login != nil {
		if key := loginKey(*in.Login); key != a.UsernameKey && key != a.EmailKey {
			return usersapi.SignedIn{}, fault.New(fault.CredentialsWrong)
		}
	}
	if err := c.checkCode(ctx, a, in.Code); err != nil {
		if fault.Has(err, fault.CodeWrong) {
			if noteErr := c.note(ctx, a, Note{}, true); noteErr != nil {
				return usersapi.SignedIn{}, noteErr
			}
		}
		return usersapi.SignedIn{}, err
	}
	return c.signedIn(ctx, a, Note{}, in.Device, amrPassword, amrCode, amrBoth)
}

// named finds the live account that somebody says they are, and the key that the name counts under.
func (c *Core) named(ctx context.Context, login usersapi.Login) (a Account, key string, err error) {
	if (login.Username == "") == (login.Email == "") {
		return Account{}, "", fault.Field(fault.Malformed, "login", fault.FieldFormat)
	}
	key = loginKey(login)
	switch {
	case strings.HasPrefix(key, "u:"):
		a, err = c.Store.GetByUsername(ctx, key)
	default:
		a, err = c.Store.GetByEmail(ctx, key)
	}
	if err == nil && a.Deleted() {
		err = fault.New(fault.AccountUnknown)
	}
	return a, key, err
}

// loginKey gives a key that no account has for a name that none could have.
func loginKey(login usersapi.Login) string {
	if login.Email == "" {
		return UsernameKey(login.Username)
	}
	key, err := EmailKey(login.Email)
	if err != nil {
		return "e:" + strings.ToLower(login.Email)
	}
	return key
}

// signedIn records a whole sign-in; on a new device the owner is told, unless it is the account's first.
func (c *Core) signedIn(ctx context.Context, a Account, n Note, d usersapi.Device, amr ...string) (usersapi.SignedIn, error) {
	n.SignedInAt = c.now()
	if err := c.note(ctx, a, n, !known(d, a.ID) && !a.SignedInAt.IsZero()); err != nil {
		return usersapi.SignedIn{}, err
	}
	return usersapi.SignedIn{Account: a.told(), AMR: amr}, nil
}

// note writes a Note, with a notice to the owner where one is wanted and none was sent in the last hour.
func (c *Core) note(ctx context.Context, a Account, n Note, notify bool) error {
	if notify && c.now().Sub(a.NoticedAt) >= noticeEvery {
		var err error
		if n.Notice, err = c.notice(&a, mailapi.NewSignIn); err != nil {
			return err
		}
		n.NoticeSeen = a.NoticedAt
	}
	ok, err := c.Store.Note(ctx, a.ID, n)
	if err == nil && !ok {
		n.Notice = nil // another sign-in has sent it meanwhile
		_, err = c.Store.Note(ctx, a.ID, n)
	}
	if err == nil && n.Notice != nil {
		a.Outbox = append(a.Outbox, *n.Notice)
		c.settle(ctx, a)
	}
	return err
}

// upgrade replaces a hash that is kept in an older way. The sign-in stands whatever comes of it.
func (c *Core) upgrade(ctx context.Context, a Account, text secret.String) {
	fresh, err := c.hash(ctx, password.LaneRegistration, text) // the lane that yields to all others
	replaced := false
	if err == nil {
		replaced, err = c.Store.Rehash(ctx, a.ID, a.Password.Hash, fresh)
	}
	if err != nil {
		c.Logger.WarnContext(ctx, "password hash not upgraded", "account_id", a.ID, "error", err)
	}
	if replaced {
		c.Observer.HashUpgraded(password.FormatOf(a.Password.Hash.Reveal()))
	}
}
