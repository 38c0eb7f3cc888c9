// Package code keeps the one-time tokens that mails carry: to verify an address, to undo the change of one, to reset a
// password. Redis holds only their SHA-256.
//
// Keys: "ww:verify:{account}" and "ww:reset:{account}" (one live each, a new one replaces the old) and
// "ww:undo:{account}:HASH" (several). Using a token is the account's own conditional update; the token is dropped after
// it, so nothing is spent when the update is refused or fails.
package code

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
)

// Purpose says what a token is for; it is the token's first letter, so a page knows which one it was given.
type Purpose byte

// The purposes.
const (
	Verify Purpose = 'v'
	Undo   Purpose = 'u'
	Reset  Purpose = 'r'
	// Pending confirms a registration that is no account yet: the id in the token is the registration's, and auth keeps it.
	Pending Purpose = 'p'
)

// Lifetime is 24 hours for Verify, 72 hours for Undo, 30 minutes for Reset; Pending has one of its own each time.
func (p Purpose) Lifetime() time.Duration {
	switch p {
	case Verify:
		return 24 * time.Hour
	case Undo:
		return 72 * time.Hour
	case Reset:
		return 30 * time.Minute
	}
	return 0
}

// Record is what a token stands for.
type Record struct {
	Purpose Purpose
	Account id.Account
	Address string
	Epoch   int64 // the account's when the token was made; only Reset uses it
	Issued  time.Time
}

// Expires is when the token lapses.
func (r Record) Expires() time.Time { return r.Issued.Add(r.Purpose.Lifetime()) }

// A token is one letter and then base64url of these two; both together fill it without a bit to spare, so there is one
// way only to write it.
const (
	accountBytes = len(ulid.ULID{})
	randomBytes  = 32
)

// New draws a token's text: the purpose's letter and base64url of the account's 16 bytes and 32 random ones.
func New(p Purpose, account id.Account, rand io.Reader) (secret.String, error) {
	u, err := ulid.ParseStrict(string(account))
	if err != nil {
		return secret.String{}, fmt.Errorf("token for account %q: %w", account, err)
	}
	raw := make([]byte, accountBytes+randomBytes)
	copy(raw, u[:])
	if _, err := io.ReadFull(rand, raw[accountBytes:]); err != nil {
		return secret.String{}, fmt.Errorf("draw a token: %w", err)
	}
	return secret.New(string(rune(p)) + base64.RawURLEncoding.EncodeToString(raw)), nil
}

// parsed is what a token's text tells by itself.
type parsed struct {
	purpose Purpose
	account id.Account
	hash    string // of the whole text
}

// PurposeOf tells what a token is for; 0 where it is none.
func PurposeOf(token secret.String) Purpose {
	p, _ := read(token)
	return p.purpose
}

// Hash is the hex SHA-256 that a token is kept under.
func Hash(token secret.String) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return hex.EncodeToString(sum[:])
}

// parse reads a token that Store keeps; ok false for any other.
func parse(token secret.String) (p parsed, ok bool) {
	p, ok = read(token)
	return p, ok && p.purpose.Lifetime() != 0
}

// read reads a token; ok false for what New never writes.
func read(token secret.String) (p parsed, ok bool) {
	text := token.Reveal()
	if len(text) != 1+base64.RawURLEncoding.EncodedLen(accountBytes+randomBytes) {
		return parsed{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text[1:])
	if err != nil || len(raw) != accountBytes+randomBytes { // shorter where the text holds line ends, which are skipped
		return parsed{}, false
	}
	p.purpose = Purpose(text[0])
	if p.purpose.Lifetime() == 0 && p.purpose != Pending {
		return parsed{}, false
	}
	p.account = id.Account(ulid.ULID(raw[:accountBytes]).String())
	p.hash = Hash(token)
	return p, true
}

// key is where a record is kept.
func (p parsed) key() string {
	switch p.purpose {
	case Undo:
		return "ww:undo:{" + string(p.account) + "}:" + p.hash
	case Reset:
		return "ww:reset:{" + string(p.account) + "}"
	default:
		return "ww:verify:{" + string(p.account) + "}"
	}
}
