package token

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// KeySource finds a public key by its id; ok false: unknown.
type KeySource interface {
	Find(ctx context.Context, kid string) (key jose.JSONWebKey, ok bool, err error)
}

// Verifier checks access tokens, keeping verified signatures in a bounded cache keyed by the whole token's hash.
type Verifier struct {
	keys      KeySource
	cache     *cache[verified]
	validator *jwt.Validator
}

// verified is what a token said, and the key that signed it.
type verified struct {
	claims accessClaims
	kid    string
}

// NewVerifier accepts tokens of issuer under keys.
func NewVerifier(keys KeySource, issuer string, now func() time.Time) *Verifier {
	return &Verifier{
		keys:      keys,
		cache:     newCache[verified](10_000),
		validator: newValidator(issuer, Audience, now),
	}
}

// Verify gives the claims; ErrInvalid, or another error where the key could not be asked for.
func (v *Verifier) Verify(ctx context.Context, text string) (Access, error) {
	c, err := v.claims(ctx, text)
	if err != nil {
		return Access{}, err
	}
	if v.validator.Validate(c) != nil {
		return Access{}, ErrInvalid
	}
	return c.access(), nil
}

// VerifyExpired is Verify for the one place that takes an access token past its time as a companion, never as authority:
// refresh. All but exp is checked.
func (v *Verifier) VerifyExpired(ctx context.Context, text string) (Access, error) {
	c, err := v.claims(ctx, text)
	if err != nil {
		return Access{}, err
	}
	if v.validator.Validate(expirable{c}) != nil {
		return Access{}, ErrInvalid
	}
	return c.access(), nil
}

// expirable are access claims whose end does not count. That there is one, Validate demands all the same.
type expirable struct{ accessClaims }

// GetExpirationTime answers the validator with the latest time there is.
func (expirable) GetExpirationTime() (*jwt.NumericDate, error) { return latest.numeric(), nil }

// claims gives those of an access token that a key signed which is known now: one from the cache must not outlive
// its key.
func (v *Verifier) claims(ctx context.Context, text string) (accessClaims, error) {
	sum := sha256.Sum256([]byte(text))
	if known, ok := v.cache.get(sum); ok {
		_, err := v.find(ctx, known.kid)
		return known.claims, err
	}
	var c accessClaims
	kid, err := verify(text, accessType, &c, func(kid string) (key, error) { return v.find(ctx, kid) })
	if err != nil {
		return accessClaims{}, err
	}
	v.cache.put(sum, verified{claims: c, kid: kid})
	return c, nil
}

func (v *Verifier) find(ctx context.Context, kid string) (key, error) {
	jwk, ok, err := v.keys.Find(ctx, kid)
	if err != nil {
		return key{}, fmt.Errorf("find key: %w", err)
	}
	alg := algorithm(jwk.Key)
	if !ok || alg == "" {
		return key{}, ErrInvalid
	}
	return key{alg: alg, public: jwk.Key}, nil
}
