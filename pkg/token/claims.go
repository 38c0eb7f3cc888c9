package token

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/watchword/watchword/pkg/id"
)

// registered are the claims of every kind (RFC 7519 §4.1). All are demanded: Validate and the validator see to it. The
// audience is one string, so a list, even one that holds ours, is not a token of the suite.
type registered struct {
	Issuer    string  `json:"iss"`
	Subject   string  `json:"sub"`
	Audience  string  `json:"aud"`
	IssuedAt  seconds `json:"iat"`
	NotBefore seconds `json:"nbf"`
	ExpiresAt seconds `json:"exp"`
}

// seconds is a time as whole seconds since 1970; 0 is none.
type seconds int64

func secondsOf(t time.Time) seconds { return seconds(t.Unix()) }

func (s seconds) time() time.Time { return time.Unix(int64(s), 0).UTC() }

// latest is the end of the year 9999.
const latest seconds = 253402300799

// numeric is what golang-jwt calls such a time; nil for none, and for one outside the years 1970 to 9999.
func (s seconds) numeric() *jwt.NumericDate {
	if s <= 0 || s > latest {
		return nil
	}
	return jwt.NewNumericDate(s.time())
}

// The claims as golang-jwt's validator asks for them.
func (r registered) GetIssuer() (string, error)             { return r.Issuer, nil }
func (r registered) GetSubject() (string, error)            { return r.Subject, nil }
func (r registered) GetAudience() (jwt.ClaimStrings, error) { return jwt.ClaimStrings{r.Audience}, nil }

func (r registered) GetIssuedAt() (*jwt.NumericDate, error) { return r.IssuedAt.numeric(), nil }

func (r registered) GetNotBefore() (*jwt.NumericDate, error) { return r.NotBefore.numeric(), nil }

func (r registered) GetExpirationTime() (*jwt.NumericDate, error) { return r.ExpiresAt.numeric(), nil }

var errClaims = errors.New("a claim is missing or malformed")

// Validate demands what the validator's options leave open.
func (r registered) Validate() error {
	if r.Subject == "" || r.IssuedAt.numeric() == nil || r.ExpiresAt.numeric() == nil {
		return errClaims
	}
	return nil
}

// newValidator checks issuer, audience and times. It panics without an issuer, as golang-jwt then takes any.
func newValidator(issuer, audience string, now func() time.Time) *jwt.Validator {
	if issuer == "" {
		panic("token: no issuer")
	}
	return jwt.NewValidator(
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithIssuedAt(),
		jwt.WithNotBeforeRequired(),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(now),
	)
}

// ofSession are the claims of tokens that belong to a session.
type ofSession struct {
	registered

	ID      string `json:"jti"`
	Session string `json:"sid"`
}

// Validate demands a token id, and ids that are ULIDs.
func (s ofSession) Validate() error {
	if s.ID == "" || !id.Valid(s.Subject) || !id.Valid(s.Session) {
		return errClaims
	}
	return s.registered.Validate()
}
