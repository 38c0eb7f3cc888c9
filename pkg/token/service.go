package token

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/watchword/watchword/pkg/secret"
)

const serviceType = "st+jwt"

// serviceClaims are a service token's payload: the registered claims say it all.
type serviceClaims struct{ registered }

// ServiceCodec signs and checks the tokens services show each other. A caller shows one for as long as it is fresh, so
// signatures that were right are remembered.
type ServiceCodec struct {
	keys  secret.Keyring
	now   func() time.Time
	cache *cache[serviceClaims]
}

// NewServiceCodec signs with the first key.
func NewServiceCodec(keys secret.Keyring, now func() time.Time) *ServiceCodec {
	return &ServiceCodec{keys: keys, now: now, cache: newCache[serviceClaims](256)}
}

// Sign makes a token from caller for callee ("auth", "users", "mailer").
func (c *ServiceCodec) Sign(caller, callee string) (secret.String, error) {
	k, now := c.keys.First(), c.now()
	text, err := sign(serviceType, k.ID, hmacAlgorithm, k.Bytes, serviceClaims{registered{
		Issuer:    serviceIssuer,
		Subject:   caller,
		Audience:  callee,
		IssuedAt:  secondsOf(now),
		NotBefore: secondsOf(now),
		ExpiresAt: secondsOf(now.Add(ServiceLifetime)),
	}})
	if err != nil {
		return secret.String{}, fmt.Errorf("sign service token: %w", err)
	}
	return text, nil
}

// Verify gives the caller of a token made for callee, or ErrInvalid.
func (c *ServiceCodec) Verify(text, callee string) (caller string, err error) {
	sum := sha256.Sum256([]byte(text))
	claims, known := c.cache.get(sum)
	if !known {
		if _, err := verify(text, serviceType, &claims, hmacKeys(c.keys)); err != nil {
			return "", ErrInvalid
		}
		c.cache.put(sum, claims)
	}
	if newValidator(serviceIssuer, callee, c.now).Validate(claims) != nil {
		return "", ErrInvalid
	}
	return claims.Subject, nil
}
