package core

import (
	"context"
	"strings"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/password"
)

// Create is what somebody registers with.
type Create struct {
	Name     string
	Username string
	Email    *string        // nil: none
	Password *secret.String // nil: none; then Authenticator must be true
	// Authenticator enrols one by Policy; it waits for its first code.
	Authenticator bool
	Policy        Policy
	Locale        string
	Address       string // what the client counts under (limit.AddressKey)
}

// Created is a new account. URI is the otpauth URI of the authenticator that was asked for.
type Created struct {
	Account Account
	URI     secret.String
}

// Create makes an account, and mails a link to confirm its email. Faults: Malformed, NameRefused, UsernameRefused,
// EmailMalformed, PasswordRefused, RegistrationClosed, Throttled, UsernameTaken, EmailTaken, Overloaded.
func (c *Core) Create(ctx context.Context, in Create) (Created, error) {
	if !c.Settings.Registration {
		return Created{}, fault.New(fault.RegistrationClosed)
	}
	if in.Password == nil && !in.Authenticator {
		return Created{}, fault.Field(fault.Malformed, "password", fault.FieldMissing)
	}
	a, err := c.draft(in)
	if err != nil {
		return Created{}, err
	}
	if err := c.Limits.Take(ctx, limit.Registration(), in.Address); err != nil {
		return Created{}, err
	}
	if err := c.free(ctx, a); err != nil {
		return Created{}, err
	}
	if a.Email != "" {
		if err := c.mayMail(ctx, a.Email, in.Address); err != nil {
			return Created{}, err
		}
	}
	return c.insert(ctx, a, in)
}

// draft checks what was sent and makes the account of it, but for what costs something.
func (c *Core) draft(in Create) (Account, error) {
	name, err := CheckName("name", in.Name)
	if err != nil {
		return Account{}, err
	}
	if err := CheckUsername(in.Username); err != nil {
		return Account{}, err
	}
	text, err := c.ids.New()
	if err != nil {
		return Account{}, err
	}
	now := c.now()
	a := Account{
		ID:          id.Account(text),
		Name:        name,
		Username:    in.Username,
		UsernameKey: UsernameKey(in.Username),
		EmailKey:    NoEmailKey(id.Account(text)),
		Role:        usersapi.RoleStandard,
		Locale:      in.Locale,
		Epoch:       1,
		Version:     1,
		CreatedAt:   now,
		UpdatedAt:   now,
	}
	if in.Email != nil {
		a.Email = *in.Email
		if a.EmailKey, err = EmailKey(a.Email); err != nil {
			return Account{}, err
		}
	}
	if in.Password != nil {
		if err := c.checkRule("password", *in.Password, a); err != nil {
			return Account{}, err
		}
	}
	return a, nil
}

// checkRule refuses a password that may not be set; field is its name in the request.
func (c *Core) checkRule(field string, text secret.String, a Account) error {
	if why := c.Settings.Rule.Check(text.Reveal(), a.Username, a.Email); why != "" {
		return fault.Field(fault.PasswordRefused, field, why)
	}
	return nil
}

// insert adds the credentials and the mail to a draft, and the account to the store.
func (c *Core) insert(ctx context.Context, a Account, in Create) (Created, error) {
	var out Created
	var err error
	if in.Password != nil {
		if a.Password.Hash, err = c.hash(ctx, password.LaneRegistration, *in.Password); err != nil {
			return Created{}, err
		}
		a.Password.ChangedAt = a.CreatedAt
	}
	if in.Authenticator {
		if out.URI, err = c.enrol(&a, in.Policy); err != nil {
			return Created{}, err
		}
		if in.Password == nil {
			a.UnconfirmedUntil = a.CreatedAt.Add(PendingLifetime)
		}
	}
	if err := c.mintAPIKey(&a); err != nil {
		return Created{}, err
	}
	if a.Email != "" {
		if err := c.mailToken(&a, mailapi.Verification, code.Verify, a.Email, nil); err != nil {
			return Created{}, err
		}
	}
	if err := c.Store.Insert(ctx, a); err != nil {
		return Created{}, err
	}
	c.audit(ctx, "account created", a.ID, "")
	c.settle(ctx, a)
	out.Account = a
	return out, nil
}

// free refuses keys that belong to another account, before anything is spent on a change that can't succeed; the unique
// indexes decide in the end. An account that waited in vain for its authenticator gives its names up here.
func (c *Core) free(ctx context.Context, a Account) error {
	holder, err := c.Store.GetByUsername(ctx, a.UsernameKey)
	if err := c.takenBy(ctx, holder, err, a.ID, fault.Field(fault.UsernameTaken, "username", fault.FieldTaken)); err != nil {
		return err
	}
	if a.Email == "" {
		return nil
	}
	holder, err = c.Store.GetByEmail(ctx, a.EmailKey)
	return c.takenBy(ctx, holder, err, a.ID, fault.Field(fault.EmailTaken, "email", fault.FieldTaken))
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
