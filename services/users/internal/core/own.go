package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/password"
	"github.com/watchword/watchword/services/users/internal/totp"
)

// ownChange is what the owner of an account changes on the proof of the password. What is nil stays.
type ownChange struct {
	actor           Actor
	account         id.Account
	password        secret.String // the one it has
	username, email *string
	fresh           *secret.String
	code            string
	ifVersion       *int64
	address         string // what the client counts under
}

// ChangeOwn makes a change that the password confirms. See usersapi.Change.
func (c *Core) ChangeOwn(ctx context.Context, in usersapi.Change) (usersapi.Done, error) {
	change := ownChange{
		actor: Actor(in.Actor), account: in.Actor.Account, password: in.Password.String, username: in.Username, email: in.Email,
		code: in.Code, address: in.Address,
	}
	if in.NewPassword != nil {
		change.fresh = &in.NewPassword.String
	}
	return ownDone(c.changeOwn(ctx, change))
}

// ownDone words a change for auth, which asks for a live session's account: one that is gone is an unknown account.
func ownDone(a Account, err error) (usersapi.Done, error) {
	if fault.Has(err, fault.Unauthenticated) {
		err = fault.New(fault.AccountUnknown)
	}
	if err != nil {
		return usersapi.Done{}, err
	}
	return usersapi.Done{Account: a.told()}, nil
}

// changeOwn proves the password and, while the second factor is on, a code, and changes all in one step. Another password
// ends all other sessions.
func (c *Core) changeOwn(ctx context.Context, in ownChange) (Account, error) {
	who, email, err := c.mayChange(ctx, in)
	if err != nil {
		return Account{}, err
	}
	var hash secret.String
	if in.fresh != nil {
		if hash, err = c.hash(ctx, password.LaneChange, *in.fresh); err != nil {
			return Account{}, err
		}
	}
	a, err := c.change(ctx, in.account, in.ifVersion, func(a *Account) error {
		if !a.Password.Hash.Equal(who.Password.Hash) {
			return fault.New(fault.VersionConflict) // what was proved is not the password any more
		}
		if in.username != nil {
			a.Username, a.UsernameKey = *in.username, UsernameKey(*in.username)
		}
		if in.email != nil {
			if err := c.setEmail(a, email); err != nil {
				return err
			}
		}
		if in.fresh == nil {
			return nil
		}
		c.setPassword(a, hash)
		if err := c.endSessions(a, in.actor.Session); err != nil {
			return err
		}
		return c.notify(a, mailapi.PasswordChanged)
	})
	if err == nil {
		event := "account updated"
		if in.fresh != nil {
			event = "password changed"
		}
		c.audit(ctx, event, in.account, in.actor.Account)
	}
	return a, err
}

// mayChange checks what is free of cost first, then the password, then what would be in vain, then the code, and counts the
// mail last.
func (c *Core) mayChange(ctx context.Context, in ownChange) (who Account, email newEmail, err error) {
	if err := c.notInDemo(); err != nil {
		return Account{}, newEmail{}, err
	}
	if who, err = c.ownerOnly(ctx, in.actor, in.account); err != nil {
		return Account{}, newEmail{}, err
	}
	if email, err = c.checkChange(in, who); err != nil {
		return Account{}, newEmail{}, err
	}
	if err := c.reauthenticate(ctx, who, in.password); err != nil {
		return Account{}, newEmail{}, err
	}
	wanted := Account{ID: who.ID, UsernameKey: who.UsernameKey, Email: email.address, EmailKey: email.key}
	if in.username != nil {
		wanted.UsernameKey = UsernameKey(*in.username)
	}
	if err := c.free(ctx, wanted); err != nil {
		return Account{}, newEmail{}, err
	}
	if err := c.requireCode(ctx, who, in.code); err != nil {
		return Account{}, newEmail{}, err
	}
	if email.key != "" && email.key != who.EmailKey {
		err = c.mayMail(ctx, email.address, in.address)
	}
	return who, email, err
}

// checkChange refuses what may not be set, all at once.
func (c *Core) checkChange(in ownChange, who Account) (email newEmail, err error) {
	var all refusals
	wanted := Account{Username: who.Username, Email: who.Email}
	if in.username != nil {
		wanted.Username = *in.username
		all.add(CheckUsername(wanted.Username))
	}
	if in.email != nil {
		wanted.Email = *in.email
		email.address = wanted.Email
		email.key, err = EmailKey(email.address)
		all.add(err)
	}
	if in.fresh != nil {
		all.add(c.checkRule("newPassword", *in.fresh, wanted))
	}
	if err := all.err(); err != nil {
		return newEmail{}, err
	}
	return email, fresh(who, in.ifVersion)
}

// reauthenticate proves the password of somebody signed in; fault PasswordWrong, counted as at a sign-in.
func (c *Core) reauthenticate(ctx context.Context, who Account, text secret.String) error {
	if err := c.Passwords.Admit(password.LaneChange); err != nil {
		return overloaded(err)
	}
	_, err := c.checkPassword(ctx, who, password.LaneChange, text, usersapi.Device{})
	if fault.Has(err, fault.CredentialsWrong) {
		err = fault.New(fault.PasswordWrong)
	}
	if err != nil {
		return err
	}
	return c.note(ctx, who, Note{ClearPassword: true}, false)
}

// DeleteOwn soft-deletes the actor's account. See usersapi.Delete.
func (c *Core) DeleteOwn(ctx context.Context, in usersapi.Delete) (usersapi.Done, error) {
	return ownDone(c.Delete(ctx, Actor(in.Actor), in.Actor.Account, nil))
}

// EnrolFactor gives the actor's account an authenticator that waits for its first code. See usersapi.Enrol.
func (c *Core) EnrolFactor(ctx context.Context, in usersapi.Enrol) (usersapi.Enrolled, error) {
	algorithm, err := totp.ParseAlgorithm(in.Algorithm)
	if err != nil {
		return usersapi.Enrolled{}, fault.Field(fault.Malformed, "algorithm", fault.FieldFormat)
	}
	if err := c.notInDemo(); err != nil {
		return usersapi.Enrolled{}, err
	}
	a, err := c.live(ctx, in.Actor.Account)
	if err != nil {
		return usersapi.Enrolled{}, err
	}
	keeps := func(a Account) bool {
		return in.Keep && !a.TOTP.Enabled && c.waits(a) && a.TOTP.Pending.Algorithm == string(algorithm)
	}
	if !keeps(a) {
		a, err = c.change(ctx, a.ID, nil, func(a *Account) error {
			switch {
			case a.TOTP.Enabled:
				return fault.New(fault.AuthenticatorActive)
			case keeps(*a): // another request was faster
				return nil
			}
			_, err := c.enrol(a, Policy{Algorithm: algorithm})
			return err
		})
	}
	if err != nil {
		return usersapi.Enrolled{}, err
	}
	plain, err := c.sealers.totp.Open(a.TOTP.Pending.Secret, string(a.ID))
	if err != nil {
		return usersapi.Enrolled{}, err
	}
	return usersapi.Enrolled{
		Secret: secret.NewWire(totp.Secret(plain).Base32()), Issuer: c.Settings.Issuer, Username: a.Username,
	}, nil
}

// ConfirmFactor enables the actor's waiting authenticator as a second factor. See usersapi.ConfirmFactor.
func (c *Core) ConfirmFactor(ctx context.Context, in usersapi.ConfirmFactor) (usersapi.BackupCodes, error) {
	texts, err := c.ConfirmAuthenticator(ctx, Confirm{
		Account: in.Actor.Account, Code: in.Code, Require: true, Policy: Policy{BackupCodes: in.BackupCodes}, Address: in.Address,
	})
	out := usersapi.BackupCodes{Codes: make([]usersapi.Secret, len(texts))}
	for i, text := range texts {
		out.Codes[i] = usersapi.Secret{String: text}
	}
	return out, err
}

// RemoveFactor takes the actor's authenticator away. See usersapi.RemoveFactor.
func (c *Core) RemoveFactor(ctx context.Context, in usersapi.RemoveFactor) (usersapi.Done, error) {
	return ownDone(c.RemoveAuthenticator(ctx, Actor(in.Actor), in.Actor.Account, in.Code, nil))
}
