package token

import (
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
)

const accessType = "at+jwt"

// Access are an access token's claims.
type Access struct {
	Account id.Account
	Session id.Session
	Role    string
	AMR     []string
	ID      string // jti
	Issued  time.Time
	Expires time.Time
}

// accessClaims are an access token's payload (RFC 9068 §2.2).
type accessClaims struct {
	ofSession

	Role string   `json:"role"`
	AMR  []string `json:"amr,omitempty"`
}

// Validate demands a role beside the session's claims.
func (c accessClaims) Validate() error {
	if c.Role == "" {
		return errClaims
	}
	return c.ofSession.Validate()
}

func (c accessClaims) access() Access {
	return Access{
		Account: id.Account(c.Subject),
		Session: id.Session(c.Session),
		Role:    c.Role,
		AMR:     c.AMR,
		ID:      c.ID,
		Issued:  c.IssuedAt.time(),
		Expires: c.ExpiresAt.time(),
	}
}

// Minter signs access tokens with the folder's key.
type Minter struct {
	keys   *KeyDir
	issuer string
	now    func() time.Time
	ids    id.Source
	told   *Verifier // nil: none
}

// NewMinter signs for issuer (the public URL).
func NewMinter(keys *KeyDir, issuer string, now func() time.Time, rand io.Reader) *Minter {
	return &Minter{keys: keys, issuer: issuer, now: now, ids: id.Source{Now: now, Rand: rand}}
}

// Tell spares v, in the same process, the check of signatures that m itself made.
func (m *Minter) Tell(v *Verifier) { m.told = v }

// Mint makes an access token that lives until expires. Issued, Expires and ID of a are its own to set; the claims as minted
// come back beside the token.
func (m *Minter) Mint(a Access, expires time.Time) (secret.String, Access, error) {
	now := m.now()
	jti, err := m.ids.New()
	if err != nil {
		return secret.String{}, Access{}, err
	}
	c := accessClaims{
		ofSession: ofSession{
			registered: registered{
				Issuer:    m.issuer,
				Subject:   string(a.Account),
				Audience:  Audience,
				IssuedAt:  secondsOf(now),
				NotBefore: secondsOf(now),
				ExpiresAt: secondsOf(expires),
			},
			ID:      jti,
			Session: string(a.Session),
		},
		Role: a.Role,
		AMR:  a.AMR,
	}
	k := m.keys.signer()
	text, err := sign(accessType, k.jwk.KeyID, k.jwk.Algorithm, k.private, c)
	if err != nil {
		return secret.String{}, Access{}, fmt.Errorf("sign access token: %w", err)
	}
	if m.told != nil {
		m.told.cache.put(sha256.Sum256([]byte(text.Reveal())), verified{claims: c, kid: k.jwk.KeyID})
	}
	return text, c.access(), nil
}

// sign makes a token of claims that this package's own verifier will take.
func sign(typ, kid, alg string, private any, claims jwt.ClaimsValidator) (secret.String, error) {
	if err := claims.Validate(); err != nil {
		return secret.String{}, err
	}
	t := jwt.NewWithClaims(jwt.GetSigningMethod(alg), claims)
	t.Header["typ"], t.Header["kid"] = typ, kid
	text, err := t.SignedString(private)
	if err != nil {
		return secret.String{}, err
	}
	return secret.New(text), nil
}
