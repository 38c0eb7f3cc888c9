package core

import (
	"context"
	"errors"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
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
	access, err := c.Expired.VerifyExpired(ctx, bearer.Reveal())
	if errors.Is(err, token.ErrInvalid) {
		return SignedIn{}, fault.New(fault.Unauthenticated)
	}
	if err != nil {
		return SignedIn{}, fault.Outage(err)
	}
	claims, ok := c.refreshClaims(refresh, dialect)
	if !ok {
		return SignedIn{}, c.refuseRefresh(expired)
	}
	if access.Session != claims.Session || access.Account != claims.Account {
		return SignedIn{}, fault.New(fault.Unauthenticated)
	}
	return c.rotate(ctx, claims)
}

// RefreshAlone is Refresh for dialects whose refresh token comes without a companion.
func (c *Core) RefreshAlone(ctx context.Context, refresh secret.String, dialect session.Dialect) (SignedIn, error) {
	claims, ok := c.refreshClaims(refresh, dialect)
	if !ok {
		return SignedIn{}, c.refuseRefresh(expired)
	}
	return c.rotate(ctx, claims)
}

// rotate spends a refresh token whose signature was right.
func (c *Core) rotate(ctx context.Context, claims token.Refresh) (SignedIn, error) {
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
		c.tellReuse(ctx, account, claims.Session)
	}
	return SignedIn{}, c.refuseRefresh(outcome)
}

func (c *Core) refuseRefresh(outcome session.Outcome) error {
	c.Observer.Refresh(string(outcome))
	return fault.New(fault.RefreshInvalid)
}

// expired is the outcome for what is no refresh token of the dialect, or none any more.
const expired session.Outcome = "expired"

// refreshClaims reads a refresh token; ok false where it is none of the dialect that is in time.
func (c *Core) refreshClaims(refresh secret.String, dialect session.Dialect) (claims token.Refresh, ok bool) {
	claims, err := c.Refreshes.Verify(refresh.Reveal())
	return claims, err == nil && claims.Dialect == string(dialect)
}

// tellReuse mails the owner once that a session was ended. It is gone whether mailer takes the mail or not.
func (c *Core) tellReuse(ctx context.Context, account usersapi.Account, sid id.Session) {
	if account.MailAddress == "" {
		return
	}
	err := c.send(ctx, mailapi.Message{
		Key:      "reuse:" + string(sid),
		Template: mailapi.SessionReused,
		Locale:   account.Locale,
		To:       account.MailAddress,
		Data:     map[string]string{"username": account.Username, "at": c.Now().UTC().Format(time.RFC3339)},
	})
	if err != nil {
		c.Logger.WarnContext(ctx, "owner of a session that was ended not told", "account_id", account.ID, "error", err)
	}
}

// CheckRefresh tells whose an unspent refresh token of a live session is, and spends nothing; fault Unauthenticated. It asks
// Redis alone.
func (c *Core) CheckRefresh(ctx context.Context, refresh secret.String, dialect session.Dialect) (session.Principal, error) {
	claims, ok := c.refreshClaims(refresh, dialect)
	if !ok {
		return session.Principal{}, fault.New(fault.Unauthenticated)
	}
	x, err := c.Sessions.Find(ctx, claims.Account, claims.Session)
	if err == nil && x.Generation != claims.Generation {
		err = fault.New(fault.Unauthenticated)
	}
	if err != nil {
		return session.Principal{}, err
	}
	return x.Principal(), nil
}
