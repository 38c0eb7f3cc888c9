package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
)

// Create is what somebody registers with.
type Create struct {
	Name     string
	Username string
	// MakeName: Name is made of the first and last name, else of the username. MakeUsername: Username is made of the email.
	MakeName, MakeUsername bool

	Email    *string        // nil: none
	Password *secret.String // nil: none; then Authenticator must be true
	// Authenticator enrols one by Policy; it waits for its first code.
	Authenticator bool
	Policy        Policy
	// FirstName and LastName may be empty.
	FirstName, LastName string
	Locale              string
	Address             string // what the client counts under (limit.AddressKey)
	// WhileEmpty: the very first account may be made although registration is closed.
	WhileEmpty bool
}

// Created is a new account. URI is the otpauth URI of the authenticator that was asked for.
type Created struct {
	Account Account
	URI     secret.String
}

// Create makes an account, and mails a link to confirm its email. Faults: Malformed, NameRefused, UsernameRefused,
// EmailMalformed, PasswordRefused, RegistrationClosed, Throttled, UsernameTaken, EmailTaken, Overloaded. While accounts are
// concealed a taken email is answered as a success, with an account that is nowhere; the mail goes to the owner.
func (c *Core) Create(ctx context.Context, in Create) (Created, error) {
	if err := c.open(ctx, in.WhileEmpty); err != nil {
		return Created{}, err
	}
	if in.Password == nil && !in.Authenticator {
		return Created{}, fault.Field(fault.Malformed, "password", fault.FieldMissing)
	}
	made := in.MakeUsername && in.Email != nil
	if made {
		var err error
		if in.Username, err = c.usernameOf(*in.Email); err != nil {
			return Created{}, err
		}
	}
	a, err := c.draft(in)
	if err != nil {
		return Created{}, err
	}
	owner, err := c.mayRegister(ctx, &a, made, in.Address)
	if err != nil {
		return Created{}, err
	}
	out, err := c.equip(ctx, a, in)
	if err != nil {
		return Created{}, err
	}
	switch {
	case owner != nil:
		err = c.tellOwner(ctx, *owner)
	case !c.Settings.Registration:
		err = c.insertFirst(ctx, &out.Account, made)
	default:
		err = c.insert(ctx, &out.Account, made)
	}
	return out, err
}

// insert adds a new account to the store, and has its mail sent. made: its username may be made anew.
func (c *Core) insert(ctx context.Context, a *Account, made bool) error {
	err := c.naming(a, made, func() error { return c.Store.Insert(ctx, *a) })
	if err != nil {
		return err
	}
	c.audit(ctx, "account created", a.ID, "")
	c.settle(ctx, *a)
	return nil
}

const firstLease = "first account"

// insertFirst adds the one account that closed registration lets in.
func (c *Core) insertFirst(ctx context.Context, a *Account, made bool) error {
	return c.alone(ctx, firstLease, func() error {
		if err := c.open(ctx, true); err != nil {
			return err
		}
		return c.insert(ctx, a, made)
	})
}

// open refuses while registration is closed; whileEmpty spares the very first account.
func (c *Core) open(ctx context.Context, whileEmpty bool) error {
	if c.Settings.Registration {
		return nil
	}
	if whileEmpty {
		empty, err := c.Store.Empty(ctx)
		if err != nil || empty {
			return err
		}
	}
	return fault.New(fault.RegistrationClosed)
}

// mayRegister counts a registration, and the mail it sends, and refuses names that are taken. While accounts are concealed
// the owner of a taken email is given instead.
func (c *Core) mayRegister(ctx context.Context, a *Account, made bool, address string) (owner *Account, err error) {
	if err := c.Limits.Take(ctx, limit.Registration(), address); err != nil {
		return nil, err
	}
	err = c.naming(a, made, func() error { return c.free(ctx, *a) })
	if c.Settings.Conceal {
		owner, err = c.conceal(ctx, *a, err)
	}
	if err != nil || a.Email == "" {
		return nil, err
	}
	return owner, c.mayMail(ctx, a.Email, address)
}

// conceal takes a taken email out of a refusal: its owner is given where nothing else was wrong.
func (c *Core) conceal(ctx context.Context, a Account, err error) (*Account, error) {
	switch {
	case fault.Has(err, fault.EmailTaken):
		owner, err := c.Store.GetByEmail(ctx, a.EmailKey)
		return &owner, err
	case fault.Has(err, fault.UsernameTaken): // usernames are public
		return nil, fault.Field(fault.UsernameTaken, "username", fault.FieldTaken)
	}
	return nil, err
}

// tellOwner has the address of an account told that somebody tried to register with it. It goes through the outbox, as the
// mail of a registration does, so that the answer takes no longer than that.
func (c *Core) tellOwner(ctx context.Context, a Account) error {
	e, err := c.letter(&a, mailapi.AddressTaken, a.Email)
	if err != nil {
		return err
	}
	if err := c.Store.Push(ctx, a.ID, e); err != nil {
		return err
	}
	c.settle(ctx, Account{ID: a.ID, Outbox: []Entry{e}})
	return nil
}
