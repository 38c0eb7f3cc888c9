package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
)

// CreateAccount makes an account at once; what is known of the client is filled in. Faults: as usersapi.Create's.
func (c *Core) CreateAccount(ctx context.Context, in usersapi.Create, client Client) (usersapi.Profile, error) {
	in.Locale, in.Address = client.Locale, client.Address
	return c.Registrations.Create(ctx, in)
}

// Profile gives a live account with what it says of the person; fault AccountUnknown.
func (c *Core) Profile(ctx context.Context, account id.Account) (usersapi.Profile, error) {
	return c.Accounts.Profile(ctx, usersapi.GetProfile{ID: account})
}

// Account gives the account that asks. This and whatever else its owner asks for: fault Unauthenticated where the account is
// gone, and the session about to be.
func (c *Core) Account(ctx context.Context, who session.Principal) (usersapi.Account, error) {
	a, err := c.Directory.Account(ctx, usersapi.GetAccount{ID: who.Account})
	return a, gone(err)
}

// AccountByAPIKey gives the live account of an API key; fault Unauthenticated. It signs nobody in.
func (c *Core) AccountByAPIKey(ctx context.Context, key secret.String) (usersapi.Account, error) {
	found, err := c.Accounts.FindByAPIKey(ctx, usersapi.FindByAPIKey{Key: usersapi.Secret{String: key}})
	if err == nil && found.Account == nil {
		err = fault.New(fault.Unauthenticated)
	}
	if err != nil {
		return usersapi.Account{}, err
	}
	return *found.Account, nil
}

// DeleteAccount soft-deletes the account that asks. Faults: as usersapi.Delete's.
func (c *Core) DeleteAccount(ctx context.Context, who session.Principal) error {
	_, err := c.Accounts.Delete(ctx, usersapi.Delete{Actor: actor(who)})
	return gone(err)
}

// ChangeAccount makes a change that the password confirms; the actor is who asks. Faults: as usersapi.Change's.
func (c *Core) ChangeAccount(ctx context.Context, who session.Principal, in usersapi.Change, client Client) (usersapi.Account, error) {
	in.Actor, in.Address = actor(who), client.Address
	done, err := c.Accounts.Change(ctx, in)
	return done.Account, gone(err)
}

// APIKey shows the account's API key to its owner.
func (c *Core) APIKey(ctx context.Context, who session.Principal) (secret.String, error) {
	out, err := c.Accounts.ShowAPIKey(ctx, usersapi.ShowAPIKey{Actor: actor(who)})
	return out.Key.String, gone(err)
}

// ReplaceAPIKey gives the account another API key. Faults: as usersapi.ReplaceAPIKey's.
func (c *Core) ReplaceAPIKey(ctx context.Context, who session.Principal) (secret.String, error) {
	out, err := c.Accounts.ReplaceAPIKey(ctx, usersapi.ReplaceAPIKey{Actor: actor(who)})
	return out.Key.String, gone(err)
}

// Enrol gives the account an authenticator that waits for its first code; keep: the one that waits already, if there is
// one. Faults: as usersapi.Enrol's.
func (c *Core) Enrol(ctx context.Context, who session.Principal, algorithm string, keep bool) (usersapi.Enrolled, error) {
	out, err := c.Accounts.Enrol(ctx, usersapi.Enrol{Actor: actor(who), Algorithm: algorithm, Keep: keep})
	return out, gone(err)
}

// ConfirmFactor enables the authenticator that waits as a second factor, and gives so many backup codes. Faults: as
// usersapi.ConfirmFactor's.
func (c *Core) ConfirmFactor(ctx context.Context, who session.Principal, code string, backupCodes int, client Client) ([]secret.String, error) {
	out, err := c.Accounts.ConfirmFactor(ctx, usersapi.ConfirmFactor{
		Actor: actor(who), Code: code, BackupCodes: backupCodes, Address: client.Address,
	})
	if err != nil {
		return nil, gone(err)
	}
	codes := make([]secret.String, len(out.Codes))
	for i, text := range out.Codes {
		codes[i] = text.String
	}
	return codes, nil
}

// RemoveFactor takes the authenticator away. Faults: as usersapi.RemoveFactor's.
func (c *Core) RemoveFactor(ctx context.Context, who session.Principal, code string) error {
	_, err := c.Accounts.RemoveFactor(ctx, usersapi.RemoveFactor{Actor: actor(who), Code: code})
	return gone(err)
}

func actor(who session.Principal) usersapi.Actor {
	return usersapi.Actor{Account: who.Account, Session: who.Session}
}

// gone words that the account which asks is none any more: its sessions end as soon as users comes to it.
func gone(err error) error {
	if fault.Has(err, fault.AccountUnknown) {
		return fault.New(fault.Unauthenticated)
	}
	return err
}
