package core

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
)

const (
	maxName  = 100
	maxEmail = 254 // RFC 5321 §4.5.3.1.3, less the angle brackets
)

var (
	username = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,30}[A-Za-z0-9]$`)
	// local is the left side of an address: RFC 5322's dot-atom, in ASCII, so that no two that look alike differ.
	local = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
)

// UsernameKey is what a username is unique by: "u:" and the name in lower case.
func UsernameKey(s string) string { return "u:" + strings.ToLower(s) }

// CheckUsername refuses whatever is not 3 to 32 ASCII letters, digits, dots, underscores or hyphens that begin and end
// with a letter or digit.
func CheckUsername(s string) error {
	if !username.MatchString(s) {
		return fault.Field(fault.UsernameRefused, "username", fault.FieldFormat)
	}
	return nil
}

// EmailKey is what an address is unique by: "e:", the local part in lower case, and the domain in ASCII (IDNA). fault
// EmailMalformed for what is not a plain address of at most 254 bytes with a domain of at least two labels.
func EmailKey(s string) (string, error) {
	malformed := fault.Field(fault.EmailMalformed, "email", fault.FieldFormat)
	if len(s) > maxEmail {
		return "", malformed
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Name != "" || parsed.Address != s {
		return "", malformed
	}
	at := strings.LastIndexByte(s, '@')
	if !local.MatchString(s[:at]) || at > 64 {
		return "", malformed
	}
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil || !isDomain(domain) || at+1+len(domain) > maxEmail {
		return "", malformed
	}
	return "e:" + strings.ToLower(s[:at]) + "@" + domain, nil
}

// isDomain tells whether an ASCII domain has two labels or more, each of its right length, and no number as the last.
func isDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && strings.Trim(last, "0123456789") != ""
}

// NoEmailKey stands for the absence of an email; no two accounts share it.
func NoEmailKey(account id.Account) string { return "-:" + string(account) }

// CheckName trims a person's name and refuses one that is not 1 to 100 characters without control characters.
func CheckName(field, s string) (string, error) {
	s = strings.TrimSpace(s)
	switch n := utf8.RuneCountInString(s); {
	case n < 1 || n > maxName:
		return "", fault.Field(fault.NameRefused, field, fault.FieldLength)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, hidden):
		return "", fault.Field(fault.NameRefused, field, fault.FieldFormat)
	}
	return s, nil
}

// hidden tells control characters and those that turn the direction of text.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// MaskEmail hides an address from strangers: j***@example.com.
func MaskEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return ""
	}
	return s[:1] + "***" + s[at:]
}
