package password

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The length of a password in code points of its NFC form.
const (
	MinLength = 8
	MaxLength = 256
)

// Why Rule.Check refuses a password.
const (
	Invalid     = "invalid"      // not UTF-8, or a NUL in it
	TooShort    = "too_short"    // fewer than Rule.Min code points
	TooLong     = "too_long"     // more than Rule.Max code points
	TooCommon   = "too_common"   // one of those that are tried first
	EqualsLogin = "equals_login" // the username, the email or its local part
)

// serviceName is refused like a common password.
const serviceName = "watchword"

// common holds the 10,000 most common passwords of at least MinLength characters, in lower case, a line each, the most
// common first; shorter ones never get past the length. Made by walking two lists rank by rank and keeping what is new,
// long enough, ASCII and without spaces: django/contrib/auth/common-passwords.txt.gz of Django 5.2.7 (BSD-3-Clause) and
// passwords in lib/frequency_lists.js of zxcvbn 4.4.2 (MIT). Their licenses are in common.LICENSE.
//
//go:embed common.txt
var common string

// Rule says which passwords may be chosen. The zero value is the contract's rule: 8 to 256 characters.
type Rule struct {
	Min int // code points; less than MinLength counts as MinLength
	Max int // code points; 0 or more than MaxLength counts as MaxLength
}

// Check gives the reason why password can't be chosen, one of the constants above, or "" where it can. A password is
// compared as a whole and without regard to case: with the list of common ones, and with related, the account's username
// and email.
func (r Rule) Check(password string, related ...string) string {
	if !utf8.ValidString(password) || strings.ContainsRune(password, 0) {
		return Invalid
	}
	password = norm.NFC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n < max(r.Min, MinLength):
		return TooShort
	case n > r.max():
		return TooLong
	case isCommon(password):
		return TooCommon
	}
	for _, name := range related {
		local, _, _ := strings.Cut(name, "@")
		if strings.EqualFold(password, norm.NFC.String(name)) || strings.EqualFold(password, norm.NFC.String(local)) {
			return EqualsLogin
		}
	}
	return ""
}

func (r Rule) max() int {
	if r.Max <= 0 || r.Max > MaxLength {
		return MaxLength
	}
	return r.Max
}

func isCommon(password string) bool {
	lower := strings.ToLower(password)
	if lower == serviceName {
		return true
	}
	for word := range strings.SplitSeq(common, "\n") {
		if word == lower {
			return true
		}
	}
	return false
}
