package session

import (
	"context"
	"errors"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/token"
)

// Authenticator tells of a Bearer token whose it is: of an access token first the signature (token.Verifier), then that the
// session lives; of an opaque one that its session lives and has it.
type Authenticator struct {
	access   *token.Verifier
	sessions *Store
}

// NewAuthenticator uses access for signatures and sessions for what lives.
func NewAuthenticator(access *token.Verifier, sessions *Store) *Authenticator {
	return &Authenticator{access: access, sessions: sessions}
}

// Authenticate gives the principal of an access token or an opaque one; fault Unauthenticated for anything that is neither
// of a live session, an outage where that can't be told. Role and email are the session's, not the token's: they follow the
// account.
func (a *Authenticator) Authenticate(ctx context.Context, bearer string) (Principal, error) {
	if o, ok := parseOpaque(bearer); ok {
		x, err := a.sessions.Find(ctx, o.account, o.session)
		if err == nil && !o.of(x) {
			err = fault.New(fault.Unauthenticated)
		}
		if err != nil {
			return Principal{}, err
		}
		return x.Principal(), nil
	}
	claims, err := a.access.Verify(ctx, bearer)
	if errors.Is(err, token.ErrInvalid) {
		return Principal{}, fault.New(fault.Unauthenticated)
	}
	if err != nil {
		return Principal{}, fault.Outage(err)
	}
	x, err := a.sessions.Find(ctx, claims.Account, claims.Session)
	if err != nil {
		return Principal{}, err
	}
	return x.Principal(), nil
}
