// Package session keeps signed-in devices in Redis, and tells of a Bearer token whose it is.
//
// All keys of an account carry its hash tag: "ww:{account}:session:SID" (hash), "ww:{account}:sessions" (sorted set by
// expiry), "ww:{account}:epoch" (the least epoch a session may have). A session is alive while its key exists.
//
// Whatever depends on more than one value is decided in one Lua script, by this process's clock. A script names every key
// it touches; where those are not known beforehand they are read first, and the script says when they no longer do.
package session

import (
	"time"

	"github.com/watchword/watchword/pkg/id"
)

// MaxPerAccount is how many sessions an account may have; a further one evicts the oldest.
const MaxPerAccount = 100

// Grace is how long the refresh token spent last is answered with the same successor again.
const Grace = 10 * time.Second

// Dialect names the API through which a session was made.
type Dialect string

// The dialects.
const (
	Legion   Dialect = "legion"
	Nerdcult Dialect = "nerdcult"
	ILD      Dialect = "ild"
	Wolf     Dialect = "wolf"
	Lynx     Dialect = "lynx"
)

// Session is one signed-in device.
type Session struct {
	ID            id.Session
	Account       id.Account
	Dialect       Dialect
	Epoch         int64
	Role          string
	Email         string // empty: none
	EmailVerified bool
	AMR           []string
	// Agent is what the client called itself at the sign-in, cut to 200 printable characters.
	Agent string
	// Generation counts refreshes; the refresh token made with it is the one that is active.
	Generation int64
	Created    time.Time
	Refreshed  time.Time // zero: never
	Expires    time.Time
	// TokenHash is the hex SHA-256 of the session's opaque token (NewOpaque); empty: it has JWTs.
	TokenHash string
}

// Principal is who a request comes from.
type Principal struct {
	Account       id.Account
	Session       id.Session
	Dialect       Dialect
	Epoch         int64
	Role          string
	Email         string
	EmailVerified bool
	Expires       time.Time // when the session ends
}

// Principal is who a request of the session comes from.
func (x Session) Principal() Principal {
	return Principal{
		Account:       x.Account,
		Session:       x.ID,
		Dialect:       x.Dialect,
		Epoch:         x.Epoch,
		Role:          x.Role,
		Email:         x.Email,
		EmailVerified: x.EmailVerified,
		Expires:       x.Expires,
	}
}

// Standing is what a session repeats of its account, so that a check need ask nobody else.
type Standing struct {
	Epoch         int64
	Role          string
	Email         string
	EmailVerified bool
}

// Outcome is what a rotation decided.
type Outcome string

// The outcomes of Rotate.
const (
	Rotated  Outcome = "rotated"  // the token was the active one; the next generation is active now
	Replayed Outcome = "replayed" // the one spent last, within Grace: the same successor again
	Reused   Outcome = "reuse"    // an older one, or later: the session has been ended
	Revoked  Outcome = "revoked"  // the session is gone, or its epoch is behind the account's: it has been ended
)
