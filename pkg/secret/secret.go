// Package secret holds values that must not be seen: strings that print as [redacted], keyrings read from settings, and
// sealing with AES-256-GCM.
package secret

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// String is a secret text. It prints as [redacted] under every verb, in JSON and in logs, and can't be compared with ==.
type String struct {
	_ [0]func()
	// A pointer, so that fmt, which sees through unexported fields of whatever holds a String, shows an address at most.
	v *string
}

// New wraps v.
func New(v string) String { return String{v: &v} }

// Reveal gives the text, for the one place that needs it.
func (s String) Reveal() string {
	if s.v == nil {
		return ""
	}
	return *s.v
}

// Empty tells whether there is no text.
func (s String) Empty() bool { return s.Reveal() == "" }

// Equal compares in time that depends on the lengths only.
func (s String) Equal(o String) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(o.Reveal())) == 1
}

// Format, String, GoString, MarshalJSON, MarshalText and LogValue hide the text.
func (s String) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (s String) String() string               { return redacted }
func (s String) GoString() string             { return redacted }
func (s String) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }
func (s String) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (s String) LogValue() slog.Value         { return slog.StringValue(redacted) }

// UnmarshalText takes the text as it is.
func (s *String) UnmarshalText(b []byte) error { *s = New(string(b)); return nil }

// UnmarshalJSON reads a JSON string.
func (s *String) UnmarshalJSON(b []byte) error {
	var v string
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*s = New(v)
	return nil
}

// Wire is a secret that is meant to cross to another service: it is written whole in JSON, and hidden under every
// other verb.
type Wire struct{ String }

// NewWire wraps v.
func NewWire(v string) Wire { return Wire{New(v)} }

// MarshalJSON writes the text.
func (w Wire) MarshalJSON() ([]byte, error) { return json.Marshal(w.Reveal()) }
