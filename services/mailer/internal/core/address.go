package core

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const maxAddress = 254 // bytes, RFC 5321 §4.5.3.1.3 less the brackets

var errAddress = errors.New("not one plain address")

// Address reads one bare address, without a name, quotes or comments, and gives it with its domain in ASCII.
func Address(s string) (string, error) {
	if len(s) > maxAddress || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", errAddress
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Name != "" || parsed.Address != s {
		return "", errAddress
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at+1:]
	domain, err = idna.Lookup.ToASCII(domain)
	if err != nil || domain == "" || strings.ContainsAny(local, `"\ @`) || len(local) > 64 {
		return "", errAddress
	}
	if a := local + "@" + domain; len(a) <= maxAddress {
		return a, nil
	}
	return "", errAddress
}

// mask hides the local part of an address but for its first character: "j***@example.com".
func mask(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	_, size := utf8.DecodeRuneInString(local)
	return local[:size] + "***@" + domain
}
