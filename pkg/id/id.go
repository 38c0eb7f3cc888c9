// Package id makes and reads the ids of accounts, sessions and messages: ULIDs, sortable by time and never secret.
package id

import (
	"fmt"
	"io"
	"time"

	"github.com/oklog/ulid/v2"
)

// Account names an account: a ULID of 26 upper-case characters.
type Account string

// Session names a session: a ULID.
type Session string

// Source draws new ids from a clock and a random source.
type Source struct {
	Now  func() time.Time
	Rand io.Reader
}

// New draws a ULID.
func (s Source) New() (string, error) {
	u, err := ulid.New(ulid.Timestamp(s.Now()), s.Rand)
	if err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return u.String(), nil
}

// Valid tells whether s is a ULID as the suite writes it: 26 characters, upper case.
func Valid(s string) bool {
	u, err := ulid.ParseStrict(s)
	return err == nil && u.String() == s
}
