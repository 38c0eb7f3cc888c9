package core

import (
	"context"
	"fmt"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

// FirstAdmin is the admin whom the configuration names; Username empty: none.
type FirstAdmin struct {
	Username string
	Email    string
	Password secret.String
}

// EnsureAdmin makes the first admin where no account has the name, and changes nothing where that admin exists. Nobody is
// promoted: where the name or the email belongs to another account, the error says so and the start must stop.
func (c *Core) EnsureAdmin(ctx context.Context, in FirstAdmin) error {
	if in.Username == "" {
		return nil
	}
	found, err := c.adminExists(ctx, in.Username)
	if err != nil || found {
		return err
	}
	create := Create{Name: in.Username, Username: in.Username, Password: &in.Password, Locale: "en"}
	if in.Email != "" {
		create.Email = &in.Email
	}
	a, err := c.draft(create)
	if err != nil {
		return fmt.Errorf("the first admin can't be made: %w", err)
	}
	a.Role = usersapi.RoleAdmin
	made, err := c.equip(ctx, a, create)
	if err != nil {
		return err
	}
	err = c.insert(ctx, &made.Account, false)
	switch {
	case fault.Has(err, fault.EmailTaken):
		return fmt.Errorf("the first admin's email belongs to another account")
	case fault.Has(err, fault.UsernameTaken): // another replica was faster
		_, err = c.adminExists(ctx, in.Username)
	}
	return err
}

// adminExists tells whether an admin has the name; it is an error where somebody else has it.
func (c *Core) adminExists(ctx context.Context, username string) (bool, error) {
	if err := CheckUsername(username); err != nil {
		return false, fmt.Errorf("the first admin's username is not one: %w", err)
	}
	a, err := c.Store.GetByUsername(ctx, UsernameKey(username))
	switch {
	case fault.Has(err, fault.AccountUnknown):
		return false, nil
	case err != nil:
		return false, err
	case a.Role != usersapi.RoleAdmin:
		return false, fmt.Errorf("the first admin's username belongs to another account")
	}
	return true, nil
}
