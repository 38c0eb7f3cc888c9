package core

import (
	"context"
	"strings"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/secret"
)

// free refuses keys that belong to another account, both where both do, before anything is spent on a change that can't
// succeed; the unique indexes decide in the end. An account that waited in vain for its authenticator gives its names up here.
func (c *Core) free(ctx context.Context, a Account) error {
	var all refusals
	holder, err := c.Store.GetByUsername(ctx, a.UsernameKey)
	err = c.takenBy(ctx, holder, err, a.ID, fault.Field(fault.UsernameTaken, "username", fault.FieldTaken))
	if err != nil && !fault.Has(err, fault.UsernameTaken) {
		return err
	}
	all.add(err)
	if a.Email != "" {
		holder, err = c.Store.GetByEmail(ctx, a.EmailKey)
		err = c.takenBy(ctx, holder, err, a.ID, fault.Field(fault.EmailTaken, "email", fault.FieldTaken))
		if err != nil && !fault.Has(err, fault.EmailTaken) {
			return err
		}
		all.add(err)
	}
	return all.err()
}

func (c *Core) takenBy(ctx context.Context, holder Account, err error, self id.Account, taken error) error {
	switch {
	case fault.Has(err, fault.AccountUnknown):
		return nil
	case err != nil:
		return err
	case holder.ID == self:
		return nil
	case holder.lapsed(c.now()):
		_, err := c.Store.RemoveUnconfirmed(ctx, holder.ID, c.now())
		return err
	}
	return taken
}

// A username that is made: so much of the email's local part, and so many letters behind it where that is no username or
// taken.
const (
	madeLength   = 24
	suffixLength = 4
	madeTries    = 5
)

// usernameOf makes a username of an email's local part.
func (c *Core) usernameOf(email string) (string, error) {
	if name := madeBase(email); CheckUsername(name) == nil {
		return name, nil
	}
	return c.suffixed(email)
}

// suffixed makes one that hardly anybody can have.
func (c *Core) suffixed(email string) (string, error) {
	suffix, err := c.letters(suffixLength)
	return strings.TrimLeft(madeBase(email)+"-"+strings.ToLower(suffix.Reveal()), "-"), err
}

func madeBase(email string) string {
	local, _, _ := strings.Cut(email, "@")
	base := strings.Map(func(r rune) rune {
		if strings.ContainsRune(secret.Alphanumeric+"._-", r) {
			return r
		}
		return -1
	}, local)
	return strings.Trim(base[:min(len(base), madeLength)], "._-")
}

// naming does try with a new account, again with another username where that is made and taken.
func (c *Core) naming(a *Account, made bool, try func() error) error {
	for tries := 1; ; tries++ {
		err := try()
		if !made || !fault.Has(err, fault.UsernameTaken) || tries == madeTries {
			return err
		}
		username, err := c.suffixed(a.Email)
		if err != nil {
			return err
		}
		a.rename(username)
	}
}

// mayMail counts a mail that somebody asks for, by who asks and by who would get it.
func (c *Core) mayMail(ctx context.Context, email, address string) error {
	if err := c.Limits.Take(ctx, limit.MailAddress(), address); err != nil {
		return err
	}
	key := strings.ToLower(email)
	if err := c.Limits.Take(ctx, limit.MailHour(), key); err != nil {
		return err
	}
	return c.Limits.Take(ctx, limit.MailDay(), key)
}
