package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
)

// Logout ends the session that asks. One that has ended meanwhile is no error.
func (c *Core) Logout(ctx context.Context, who session.Principal) error {
	ended, err := c.Sessions.End(ctx, who.Account, who.Session)
	if ended {
		c.Observer.SessionEnded("logout")
	}
	return err
}

// LogoutByRefresh ends the session of an unspent refresh token; fault Unauthenticated where it is none.
func (c *Core) LogoutByRefresh(ctx context.Context, refresh secret.String, dialect session.Dialect) error {
	who, err := c.CheckRefresh(ctx, refresh, dialect)
	if err != nil {
		return err
	}
	return c.Logout(ctx, who)
}

// Authenticate tells whose a Bearer token is, for routes that read it themselves; fault Unauthenticated.
func (c *Core) Authenticate(ctx context.Context, bearer string) (session.Principal, error) {
	return c.Authenticator.Authenticate(ctx, bearer)
}

// ListSessions gives the account's live sessions, newest first.
func (c *Core) ListSessions(ctx context.Context, who session.Principal) ([]session.Session, error) {
	return c.Sessions.List(ctx, who.Account)
}

// EndSession ends one session of the account; fault SessionUnknown where it has no such one.
func (c *Core) EndSession(ctx context.Context, who session.Principal, sid id.Session) error {
	if !id.Valid(string(sid)) {
		return fault.New(fault.SessionUnknown)
	}
	ended, err := c.Sessions.End(ctx, who.Account, sid)
	if err != nil {
		return err
	}
	if !ended {
		return fault.New(fault.SessionUnknown)
	}
	c.Observer.SessionEnded("revoked")
	return nil
}

// EndOtherSessions ends all sessions of the account but the one that asks, and counts them.
func (c *Core) EndOtherSessions(ctx context.Context, who session.Principal) (int, error) {
	n, err := c.Sessions.EndAllBut(ctx, who.Account, who.Session)
	for range n {
		c.Observer.SessionEnded("revoked")
	}
	return n, err
}
