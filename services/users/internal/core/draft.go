package core

import (
	"context"
	"maps"
	"strings"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/password"
)

// draft checks what was sent and makes the account of it, but for what costs something. A refusal names all that is at
// fault, with the reason of the first.
func (c *Core) draft(in Create) (Account, error) {
	text, err := c.ids.New()
	if err != nil {
		return Account{}, err
	}
	now := c.now()
	a := Account{
		ID:          id.Account(text),
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
	var all refusals
	if in.MakeName {
		a.Name = madeName(in)
	} else {
		a.Name = all.name("name", in.Name)
	}
	a.Profile.FirstName = all.optionalName("firstName", in.FirstName)
	a.Profile.LastName = all.optionalName("lastName", in.LastName)
	all.add(CheckUsername(in.Username))
	if in.Email != nil {
		a.Email = *in.Email
		a.EmailKey, err = EmailKey(a.Email)
		all.add(err)
	}
	if in.Password != nil {
		all.add(c.checkRule("password", *in.Password, a))
	}
	return a, all.err()
}

// madeName is a name for somebody who gave none: first and last name, so much of them as a name holds, else the username.
func madeName(in Create) string {
	full := []rune(strings.TrimSpace(in.FirstName + " " + in.LastName))
	if len(full) == 0 {
		return in.Username
	}
	return strings.TrimSpace(string(full[:min(len(full), maxName)]))
}

// refusals collects what is at fault with a request, under the first reason.
type refusals struct{ first *fault.Fault }

func (r *refusals) add(err error) {
	f := fault.Of(err)
	switch {
	case f == nil:
	case r.first == nil:
		r.first = f
	default:
		maps.Copy(r.first.Fields, f.Fields)
	}
}

func (r *refusals) name(field, text string) string {
	name, err := CheckName(field, text)
	r.add(err)
	return name
}

func (r *refusals) optionalName(field, text string) string {
	if text == "" {
		return ""
	}
	return r.name(field, text)
}

func (r *refusals) err() error {
	if r.first == nil {
		return nil
	}
	return r.first
}

// checkRule refuses a password that may not be set; field is its name in the request.
func (c *Core) checkRule(field string, text secret.String, a Account) error {
	if why := c.Settings.Rule.Check(text.Reveal(), a.Username, a.Email); why != "" {
		return fault.Field(fault.PasswordRefused, field, why)
	}
	return nil
}

// equip adds the credentials and the mail to a draft.
func (c *Core) equip(ctx context.Context, a Account, in Create) (Created, error) {
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
	out.Account = a
	return out, nil
}
