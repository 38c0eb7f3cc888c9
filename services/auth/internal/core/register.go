package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

// MaxAttemptLifetime is how long a registration may wait for its link.
const MaxAttemptLifetime = 24 * time.Hour

// Registration is what somebody registers with where a mailed link comes first.
type Registration struct {
	Username, Email string
	Password        secret.String
}

// Attempt is a registration that waits for its link. No name is taken by it.
type Attempt struct {
	Registration string // as users sealed it
	Username     string // as typed
	Email        string
	EmailKey     string // normalised
	Issued       time.Time
	Expires      time.Time
}

// Register checks a registration and mails a link that makes the account of it within lifetime, MaxAttemptLifetime at most.
// Nothing is kept where mailer does not take the mail. Faults: as usersapi.Prepare's.
func (c *Core) Register(ctx context.Context, in Registration, lifetime time.Duration, client Client) error {
	prepared, err := c.Registrations.Prepare(ctx, usersapi.Prepare{
		Username: in.Username,
		Email:    in.Email,
		Password: usersapi.Secret{String: in.Password},
		Locale:   client.Locale,
		Address:  client.Address,
	})
	if err != nil {
		return err
	}
	key, err := c.ids.New()
	if err != nil {
		return err
	}
	token, err := code.New(code.Pending, id.Account(key), c.Rand)
	if err != nil {
		return err
	}
	now := c.Now().UTC().Truncate(time.Millisecond)
	a := Attempt{
		Registration: prepared.Registration,
		Username:     in.Username,
		Email:        in.Email,
		EmailKey:     prepared.EmailKey,
		Issued:       now,
		Expires:      now.Add(lifetime),
	}
	mail := letter{
		template: mailapi.Verification, page: c.link(code.Pending), locale: client.Locale, to: a.Email, username: a.Username,
		token: token, issued: a.Issued, expires: a.Expires,
	}.message(key)
	if prepared.Owner != nil {
		// The same steps, with an attempt that has neither names nor a registration, and whose token nobody is told.
		a.Registration, a.Username, a.Email, a.EmailKey = "", key, key, key
		mail = addressTaken(key, *prepared.Owner, now)
		if mail.To == "" {
			mail.To, mail.Discard = in.Email, true
		}
	}
	if err := c.Attempts.Put(ctx, token, a); err != nil {
		return err
	}
	err = c.send(ctx, mail)
	if err != nil {
		c.dropAttempt(ctx, token, a)
	}
	return err
}

// addressTaken tells the owner of an address that somebody tried to register with it.
func addressTaken(key string, owner usersapi.Account, at time.Time) mailapi.Message {
	return mailapi.Message{
		Key:      "taken:" + key,
		Template: mailapi.AddressTaken,
		Locale:   owner.Locale,
		To:       owner.MailAddress,
		Data:     map[string]string{"username": owner.Username, "at": at.Format(time.RFC3339)},
	}
}

// waits gives the attempt of a token, and whether confirming it takes its password: where another one may wait for the
// address, its owner could be made to confirm a stranger's.
func (c *Core) waits(ctx context.Context, token secret.String) (a Attempt, needPassword bool, err error) {
	if a, err = c.Attempts.Find(ctx, token); err != nil {
		return Attempt{}, false, err
	}
	alone, err := c.Attempts.Alone(ctx, token, a)
	return a, !alone, err
}

func (c *Core) lookAttempt(ctx context.Context, token secret.String) (Mailed, error) {
	a, needPassword, err := c.waits(ctx, token)
	if err != nil {
		return Mailed{}, err
	}
	return Mailed{
		Purpose: code.Pending, Username: a.Username, Address: a.Email, Issued: a.Issued, Attempt: true, NeedPassword: needPassword,
	}, nil
}

// confirm makes the account of an attempt. One whose name or address an account has taken meanwhile is worth nothing.
func (c *Core) confirm(ctx context.Context, token, password secret.String, client Client) (usersapi.Account, error) {
	if err := c.Limits.Take(ctx, limit.SignIn(), client.Address); err != nil {
		return usersapi.Account{}, err
	}
	a, needPassword, err := c.waits(ctx, token)
	if err != nil {
		return usersapi.Account{}, err
	}
	done, err := c.Registrations.Commit(ctx, usersapi.Commit{
		Registration: a.Registration,
		NeedPassword: needPassword,
		Password:     usersapi.Secret{String: password},
	})
	if fault.Has(err, fault.UsernameTaken) || fault.Has(err, fault.EmailTaken) {
		err = fault.New(fault.LinkInvalid)
	}
	if err != nil {
		return usersapi.Account{}, err
	}
	c.dropAttempt(ctx, token, a)
	return done.Account, nil
}

func (c *Core) disownAttempt(ctx context.Context, token secret.String, client Client) error {
	if err := c.Limits.Take(ctx, limit.SignIn(), client.Address); err != nil {
		return err
	}
	a, err := c.Attempts.Find(ctx, token)
	if err != nil {
		return err
	}
	return c.Attempts.Drop(ctx, token, a)
}

// dropAttempt forgets an attempt. One that is left over can't be confirmed: its names are taken, or nobody knows its token.
func (c *Core) dropAttempt(ctx context.Context, token secret.String, a Attempt) {
	if err := c.Attempts.Drop(context.WithoutCancel(ctx), token, a); err != nil {
		c.Logger.WarnContext(ctx, "registration not dropped", "error", err)
	}
}
