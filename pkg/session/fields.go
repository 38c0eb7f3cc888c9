package session

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/watchword/watchword/pkg/id"
)

// maxAgent is how many characters of what a client calls itself are kept.
const maxAgent = 200

// fields are a session as its hash holds it; account and id are in the key. No token is among them but an opaque one's hash:
// what a refresh token says follows from the session.
func fields(x Session) []any {
	all := []any{
		"dialect", string(x.Dialect),
		"epoch", x.Epoch,
		"role", x.Role,
		"email", x.Email,
		"verified", flag(x.EmailVerified),
		"amr", strings.Join(x.AMR, " "),
		"agent", printable(x.Agent),
		"generation", x.Generation,
		"created", x.Created.UnixMilli(),
		"refreshed", 0,
		"expires", x.Expires.UnixMilli(),
		"allowance", 0, // of refreshes, the scripts' own
	}
	if x.TokenHash != "" {
		all = append(all, "token", x.TokenHash)
	}
	return all
}

// read gives the session that a hash holds.
func read(account id.Account, sid id.Session, hash map[string]string) (Session, error) {
	var bad error
	number := func(field string) int64 {
		n, err := strconv.ParseInt(hash[field], 10, 64)
		if err != nil {
			bad = fmt.Errorf("session %s: field %s is not a number", sid, field)
		}
		return n
	}
	x := Session{
		ID:            sid,
		Account:       account,
		Dialect:       Dialect(hash["dialect"]),
		Epoch:         number("epoch"),
		Role:          hash["role"],
		Email:         hash["email"],
		EmailVerified: hash["verified"] == flag(true),
		AMR:           strings.Fields(hash["amr"]),
		Agent:         hash["agent"],
		Generation:    number("generation"),
		Created:       time.UnixMilli(number("created")).UTC(),
		Expires:       time.UnixMilli(number("expires")).UTC(),
		TokenHash:     hash["token"],
	}
	if ms := number("refreshed"); ms != 0 {
		x.Refreshed = time.UnixMilli(ms).UTC()
	}
	return x, bad
}

// standingArgs are what the scripts take as an account's standing.
func standingArgs(s Standing) []any {
	return []any{s.Epoch, s.Role, s.Email, flag(s.EmailVerified)}
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// printable cuts what a client calls itself, and drops what is not for eyes.
func printable(agent string) string {
	var kept []rune
	for _, r := range agent {
		if len(kept) == maxAgent {
			break
		}
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			kept = append(kept, r)
		}
	}
	return string(kept)
}
