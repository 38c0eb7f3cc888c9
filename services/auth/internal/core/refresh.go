package core

import (
	"context"
	"errors"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Refresh spends a refresh token and gives its successor with a new access token. bearer is the session's access token,
// in time or not: a companion that must belong to the same session, never an authority by itself.
//
// users is asked before anything is spent, so an outage loses no token. fault RefreshInvalid for whatever is not the
// active token of a live session; reuse of an older one ends the session (RFC 9700 §4.14.2).
func (c *Core) Refresh(ctx context.Context, refresh, bearer secret.String, dialect session.Dialect) (SignedIn, error) {
	claims, err := c.refreshClaims(ctx, refresh, bearer, dialect)
	if err != nil {
		return SignedIn{}, err
	}
	account, err := c.Directory.Account(ctx, usersapi.GetAccount{ID: claims.Account})
	if fault.Has(err, fault.AccountUnknown) {
		return SignedIn{}, c.refuseRefresh(session.Revoked)
	}
	if err != nil {
		return SignedIn{}, err
	}
	x, outcome, err := c.Sessions.Rotate(ctx, claims.Account, claims.Session, claims.Generation, session.Standing{
		Epoch:         account.Epoch,
		Role:          account.Role,
		Email:         account.Email,
		EmailVerified: account.EmailVerified,
	})
	if err != nil {
		return SignedIn{}, err
	}
	switch outcome {
	case session.Rotated, session.Replayed:
		c.Observer.Refresh(string(outcome))
		return c.tokens(account, x)
	case session.Reused:
		c.Observer.SessionEnded("reuse")
		c.Logger.WarnContext(ctx, "refresh token reused, session ended", "account_id", claims.Account)
	}
	return SignedIn{}, c.refuseRefresh(outcome)
}

func (c *Core) refuseRefresh(outcome session.Outcome) error {
	c.Observer.Refresh(string(outcome))
	return fault.New(fault.RefreshInvalid)
}

// refreshClaims reads both tokens and demands that they belong together.
func (c *Core) refreshClaims(ctx context.Context, refresh, bearer secret.String, dialect session.Dialect) (token.Refresh, error) {
	access, err := c.Expired.VerifyExpired(ctx, bearer.Reveal())
	if errors.Is(err, token.ErrInvalid) {
		return token.Refresh{}, fault.New(fault.Unauthenticated)
	}
	if err != nil {
		return token.Refresh{}, fault.Outage(err)
	}
	claims, err := c.Refreshes.Verify(refresh.Reveal())
	if err != nil || claims.Dialect != string(dialect) {
		return token.Refresh{}, c.refuseRefresh("expired")
	}
	if access.Session != claims.Session || access.Account != claims.Account {
		return token.Refresh{}, fault.New(fault.Unauthenticated)
	}
	return claims, nil
}
