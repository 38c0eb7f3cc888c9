package totp

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

const redacted = "[redacted]"

// Secret is an authenticator's key, as raw bytes. It prints as [redacted] under every verb, in JSON and in logs.
type Secret []byte

// NewSecret draws a key as long as the algorithm's digest (RFC 4226 §4, R6): 20 bytes for SHA1, 32 for SHA256;
// ErrAlgorithm for another one.
func NewSecret(rand io.Reader, a Algorithm) (Secret, error) {
	hash, err := a.hash()
	if err != nil {
		return nil, err
	}
	s := make(Secret, hash.Hash().Size())
	if _, err := io.ReadFull(rand, s); err != nil {
		return nil, fmt.Errorf("draw an authenticator's secret: %w", err)
	}
	return s, nil
}

// Base32 writes the key as people type it into an authenticator: RFC 4648 without padding.
func (s Secret) Base32() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(s)
}

// Format, MarshalJSON and LogValue hide the key.
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }

// URI is what an authenticator scans:
//
//	otpauth://totp/jhondoe123?secret=…&issuer=LegionKimitri&algorithm=SHA256&digits=6&period=30
//
// The label is the account's name alone. Whatever account and issuer hold, they add or change no parameter.
func URI(issuer, account string, secret Secret, a Algorithm) string {
	return fmt.Sprintf("otpauth://totp/%s?secret=%s&issuer=%s&algorithm=%s&digits=%d&period=%d",
		escape(account), secret.Base32(), escape(issuer), a, digits, stepLength)
}

// escape percent-encodes all but letters, digits and -._~; authenticators take a plus sign for itself, not for a space.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
