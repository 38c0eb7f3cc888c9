// Package token makes and checks the suite's JWTs: access tokens (ES256 by default, typ at+jwt, RFC 9068), refresh
// tokens (HS256 under a key of auth's own, typ rt+jwt) and service tokens (HS256, typ st+jwt, 60 s). Each verifier
// accepts exactly one kind (RFC 8725 §3.11). Every refusal is ErrInvalid, without saying why to the caller's client.
//
// Signatures and the registered claims are golang-jwt's work. What it lets pass and the suite does not (unknown header
// members, duplicate members, lists of audiences, line ends in the text) is refused in strict.go, before it is asked.
package token

import (
	"errors"
	"time"
)

// ErrInvalid is any token that is not one of the kind asked for, unaltered, in time and for us.
var ErrInvalid = errors.New("token is not valid")

// Lifetimes and names.
const (
	AccessLifetime  = 15 * time.Minute
	ServiceLifetime = 60 * time.Second
	Audience        = "watchword"
)

// The audiences of the kinds are disjoint: a service token's is the callee's name.
const (
	refreshAudience = "watchword-refresh"
	serviceIssuer   = "watchword-internal"
)

// leeway forgives clocks that differ.
const leeway = 10 * time.Second
