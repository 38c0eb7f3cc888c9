// Package totp makes authenticators' secrets and matches their codes: RFC 6238 with six digits and steps of 30 seconds.
// It keeps nothing: it is told which step was accepted last, and whoever asks stores the one that Match accepts.
package totp

import (
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	digits     = 6
	stepLength = 30 // seconds
	skew       = 1  // steps to either side of now (RFC 6238 §5.2)
)

// ErrAlgorithm says that an algorithm is neither SHA1 nor SHA256.
var ErrAlgorithm = errors.New("unknown authenticator algorithm")

// Algorithm is the hash an authenticator uses, written as it is stored and as otpauth URIs have it.
type Algorithm string

// The algorithms; no other matches any code.
const (
	SHA1   Algorithm = "SHA1"
	SHA256 Algorithm = "SHA256"
)

// ParseAlgorithm reads a stored algorithm; ErrAlgorithm for what is none.
func ParseAlgorithm(s string) (Algorithm, error) {
	a := Algorithm(s)
	if _, err := a.hash(); err != nil {
		return "", err
	}
	return a, nil
}

func (a Algorithm) hash() (otp.Algorithm, error) {
	switch a {
	case SHA1:
		return otp.AlgorithmSHA1, nil
	case SHA256:
		return otp.AlgorithmSHA256, nil
	default:
		return 0, ErrAlgorithm
	}
}

// Match looks for the step whose code is code: the one of now, the one before or the one after, and only a later one
// than lastStep, which was accepted last (0: none yet). A code is exactly six ASCII digits, nothing is trimmed. An empty
// secret has no codes.
//
// A code is spent only once step is stored as the new lastStep, on the condition that the stored one is still earlier.
func Match(secret Secret, a Algorithm, code string, now time.Time, lastStep int64) (step int64, ok bool) {
	if len(secret) == 0 || len(code) != digits || strings.Trim(code, "0123456789") != "" {
		return 0, false
	}
	current := stepAt(now)
	// All steps are tried, and the latest that matches counts: should two have the same code, it fits neither again.
	for s := current - skew; s <= current+skew; s++ {
		want, err := codeOf(secret, a, s)
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > lastStep {
			step, ok = s, true
		}
	}
	return step, ok
}

// Code gives the six digits that an authenticator shows at a time; ErrAlgorithm where a is none.
func Code(secret Secret, a Algorithm, at time.Time) (string, error) {
	return codeOf(secret, a, stepAt(at))
}

func stepAt(t time.Time) int64 { return t.Unix() / stepLength }

func codeOf(secret Secret, a Algorithm, step int64) (string, error) {
	hash, err := a.hash()
	if err != nil {
		return "", err
	}
	return hotp.GenerateCodeCustom(secret.Base32(), uint64(step), hotp.ValidateOpts{Digits: digits, Algorithm: hash})
}
