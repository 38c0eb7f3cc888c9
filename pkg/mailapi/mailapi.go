// Package mailapi is the contract of mailer's internal API: paths, requests and results. It holds no behaviour.
package mailapi

import "time"

// Paths. Send is a POST answered 202 once the message is stored; List and Requeue are for operators.
const (
	PathSend    = "/internal/v1/messages/send"
	PathList    = "/internal/v1/messages/list"
	PathRequeue = "/internal/v1/messages/requeue"
)

// Template names a mail.
type Template string

// The templates, each in English and German.
const (
	Verification    Template = "verification"     // Data: username, link, token, at, expires
	Reset           Template = "reset"            // Data: username, link, token, expires
	PasswordChanged Template = "password_changed" // Data: username, at
	EmailChanged    Template = "email_changed"    // Data: username, at, email (the new one, masked; empty: removed), link, token, expires (to undo)
	FactorOn        Template = "second_factor_on" // Data: username, at
	FactorOff       Template = "second_factor_off"
	NewSignIn       Template = "new_sign_in"    // Data: username, at
	AddressTaken    Template = "address_taken"  // Data: username (who has the address), at
	SessionReused   Template = "session_reused" // Data: username, at
)

// Templates lists them all.
func Templates() []Template {
	return []Template{
		Verification, Reset, PasswordChanged, EmailChanged, FactorOn, FactorOff, NewSignIn, AddressTaken, SessionReused,
	}
}

// Message is one mail to send.
type Message struct {
	// Key makes the message unique: a second one with the same key is dropped, and answered as the first. 1 to 128
	// printable ASCII characters.
	Key      string   `json:"key"`
	Template Template `json:"template"`
	// Locale is a BCP 47 tag. Where it is empty, or mailer does not speak it, the mail comes in the installation's language
	// (WATCHWORD_LOCALE); a template without a translation comes in English.
	Locale string `json:"locale"`
	// To is one bare address, without a name.
	To string `json:"to"`
	// Data fills the template: each member that it names, lines of up to 2048 bytes; times are RFC 3339, links http or
	// https. Other members are left out.
	Data map[string]string `json:"data"`
	// Discard: accept, store nothing, send nothing; it makes an outage look the same for unknown addresses.
	Discard bool `json:"discard,omitempty"`
}

// Accepted is Send's result.
type Accepted struct {
	ID string `json:"id"`
}

// State of a message in the queue.
type State string

// The states. A leased message is Sending; Dead ones were given up after 24 hours or a final refusal.
const (
	Waiting State = "waiting"
	Sending State = "sending"
	Sent    State = "sent"
	Dead    State = "dead"
)

// List asks for messages, newest first.
type List struct {
	State State  `json:"state,omitempty"` // empty: all
	After string `json:"after,omitempty"` // the id that the last page ended with
	Limit int    `json:"limit,omitempty"` // 1 to 100, default 50
}

// Item is a message in a list: never its data, and its recipient masked.
type Item struct {
	ID        string    `json:"id"`
	Template  Template  `json:"template"`
	Locale    string    `json:"locale"`
	To        string    `json:"to"`
	State     State     `json:"state"`
	Attempts  int       `json:"attempts"`
	LastError string    `json:"lastError,omitempty"` // the SMTP code and our own words, not the server's text
	NextAt    time.Time `json:"nextAt,omitzero"`     // of those waiting and sending
	CreatedAt time.Time `json:"createdAt"`
}

// Listed is List's result.
type Listed struct {
	Messages []Item `json:"messages"`
	Next     string `json:"next,omitempty"` // empty: no more
}

// Requeue sends a dead message again; message_not_found where there is none in that state.
type Requeue struct {
	ID string `json:"id"`
}
