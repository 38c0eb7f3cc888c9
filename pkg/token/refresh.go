package token

import (
	"fmt"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
)

const refreshType = "rt+jwt"

// Refresh are a refresh token's claims. A token's text follows from them alone, so the same claims make the same token.
type Refresh struct {
	Account    id.Account
	Session    id.Session
	Dialect    string
	Generation int64
	Issued     time.Time // the session's beginning
	Expires    time.Time // the session's end
}

// refreshClaims are a refresh token's payload.
type refreshClaims struct {
	ofSession

	Dialect    string `json:"dialect"`
	Generation int64  `json:"gen"`
}

// Validate demands a dialect, and the token id that follows from the session.
func (c refreshClaims) Validate() error {
	if c.Dialect == "" || c.Generation < 0 || c.ID != refreshID(c.Session, c.Generation) {
		return errClaims
	}
	return c.ofSession.Validate()
}

func refreshID(session string, generation int64) string {
	return session + "." + strconv.FormatInt(generation, 10)
}

// RefreshCodec signs and checks refresh tokens.
type RefreshCodec struct {
	keys      secret.Keyring
	issuer    string
	validator *jwt.Validator
}

// NewRefreshCodec signs with the first key.
func NewRefreshCodec(keys secret.Keyring, issuer string, now func() time.Time) *RefreshCodec {
	return &RefreshCodec{keys: keys, issuer: issuer, validator: newValidator(issuer, refreshAudience, now)}
}

// Sign makes the token.
func (c *RefreshCodec) Sign(r Refresh) (secret.String, error) {
	k := c.keys.First()
	text, err := sign(refreshType, k.ID, hmacAlgorithm, k.Bytes, refreshClaims{
		ofSession: ofSession{
			registered: registered{
				Issuer:    c.issuer,
				Subject:   string(r.Account),
				Audience:  refreshAudience,
				IssuedAt:  secondsOf(r.Issued),
				NotBefore: secondsOf(r.Issued),
				ExpiresAt: secondsOf(r.Expires),
			},
			ID:      refreshID(string(r.Session), r.Generation),
			Session: string(r.Session),
		},
		Dialect:    r.Dialect,
		Generation: r.Generation,
	})
	if err != nil {
		return secret.String{}, fmt.Errorf("sign refresh token: %w", err)
	}
	return text, nil
}

// Verify gives the claims, or ErrInvalid.
func (c *RefreshCodec) Verify(text string) (Refresh, error) {
	var claims refreshClaims
	if _, err := verify(text, refreshType, &claims, hmacKeys(c.keys)); err != nil {
		return Refresh{}, ErrInvalid
	}
	if c.validator.Validate(claims) != nil {
		return Refresh{}, ErrInvalid
	}
	return Refresh{
		Account:    id.Account(claims.Subject),
		Session:    id.Session(claims.Session),
		Dialect:    claims.Dialect,
		Generation: claims.Generation,
		Issued:     claims.IssuedAt.time(),
		Expires:    claims.ExpiresAt.time(),
	}, nil
}

const hmacAlgorithm = "HS256"

// hmacKeys finds a keyring's keys, which are good for HS256 only.
func hmacKeys(keys secret.Keyring) func(kid string) (key, error) {
	return func(kid string) (key, error) {
		k, ok := keys.Find(kid)
		if !ok {
			return key{}, ErrInvalid
		}
		return key{alg: hmacAlgorithm, public: k.Bytes}, nil
	}
}
