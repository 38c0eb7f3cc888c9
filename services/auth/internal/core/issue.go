package core

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/pkg/usersapi"
)

// firstGeneration is that of the refresh token a session begins with.
const firstGeneration = 1

// maxDeviceAccounts is how many accounts a device's cookie remembers.
const maxDeviceAccounts = 8

// SignedIn is a session that has just begun or been refreshed.
type SignedIn struct {
	Account        usersapi.Account
	Access         secret.String
	AccessExpires  time.Time
	Refresh        secret.String // empty unless the dialect has pairs
	SessionExpires time.Time
	// Device is what the known-device cookie is to say from now on; zero at a refresh.
	Device usersapi.Device
}

// issue begins a session: the one place where that happens. The state it looks at is what users answered for this very
// sign-in; sessions ended meanwhile are caught by Create, which refuses an epoch that has passed.
func (c *Core) issue(ctx context.Context, who usersapi.SignedIn, client Client) (SignedIn, error) {
	if who.CodeNeeded || who.Account.SecondFactor && !slices.Contains(who.AMR, "mfa") {
		return SignedIn{}, fault.New(fault.CodeRequired)
	}
	sid, err := c.ids.New()
	if err != nil {
		return SignedIn{}, err
	}
	now := c.Now().UTC().Truncate(time.Millisecond)
	x := session.Session{
		ID:            id.Session(sid),
		Account:       who.Account.ID,
		Dialect:       client.Dialect,
		Epoch:         who.Account.Epoch,
		Role:          who.Account.Role,
		Email:         who.Account.Email,
		EmailVerified: who.Account.EmailVerified,
		AMR:           who.AMR,
		Agent:         client.Agent,
		Generation:    firstGeneration,
		Created:       now,
		Expires:       now.Add(cmp.Or(client.Policy.Lifetime, SessionLifetime)),
	}
	var opaque secret.String
	if client.Policy.Token == Opaque {
		if opaque, x.TokenHash, err = session.NewOpaque(x.Account, x.ID, c.Rand); err != nil {
			return SignedIn{}, err
		}
	}
	if err := c.Sessions.Create(ctx, x); err != nil {
		return SignedIn{}, err
	}
	out := SignedIn{Account: who.Account, Access: opaque, AccessExpires: x.Expires, SessionExpires: x.Expires}
	switch client.Policy.Token {
	case Pair:
		out, err = c.tokens(who.Account, x)
	case Single:
		out.Access, _, err = c.access(who.Account, x, x.Expires)
	}
	if err != nil {
		return SignedIn{}, err
	}
	out.Device, err = c.remember(client.Device, who.Account.ID)
	return out, err
}

// tokens makes a session's access token and its refresh token of the generation it is in.
func (c *Core) tokens(account usersapi.Account, x session.Session) (SignedIn, error) {
	expires := c.Now().Add(token.AccessLifetime)
	if x.Expires.Before(expires) {
		expires = x.Expires
	}
	access, claims, err := c.access(account, x, expires)
	if err != nil {
		return SignedIn{}, err
	}
	refresh, err := c.Refreshes.Sign(token.Refresh{
		Account:    x.Account,
		Session:    x.ID,
		Dialect:    string(x.Dialect),
		Generation: x.Generation,
		Issued:     x.Created,
		Expires:    x.Expires,
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("sign refresh token: %w", err)
	}
	return SignedIn{
		Account:        account,
		Access:         access,
		AccessExpires:  claims.Expires,
		Refresh:        refresh,
		SessionExpires: x.Expires,
	}, nil
}

func (c *Core) access(account usersapi.Account, x session.Session, expires time.Time) (secret.String, token.Access, error) {
	text, claims, err := c.Access.Mint(token.Access{Account: x.Account, Session: x.ID, Role: account.Role, AMR: x.AMR}, expires)
	if err != nil {
		return secret.String{}, token.Access{}, fmt.Errorf("mint access token: %w", err)
	}
	return text, claims, nil
}

// remember adds an account to a device, the one used last in front.
func (c *Core) remember(d usersapi.Device, account id.Account) (usersapi.Device, error) {
	if d.ID == "" {
		fresh, err := c.ids.New()
		if err != nil {
			return usersapi.Device{}, err
		}
		d = usersapi.Device{ID: fresh}
	}
	accounts := []id.Account{account}
	for _, a := range d.Accounts {
		if a != account && len(accounts) < maxDeviceAccounts {
			accounts = append(accounts, a)
		}
	}
	return usersapi.Device{ID: d.ID, Accounts: accounts}, nil
}
