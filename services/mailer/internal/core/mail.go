package core

import (
	"time"

	"github.com/watchword/watchword/pkg/mailapi"
)

// Mail is one mail in the queue. Times are UTC, in milliseconds.
type Mail struct {
	ID       string // a ULID, so ids sort by age
	Key      string
	Template mailapi.Template
	Locale   string
	// Recipient is masked, for operators. The address itself is in Sealed.
	Recipient string
	// Sealed is the payload under the mail queue's key with the id as its owner; empty once the mail is sent.
	Sealed   []byte
	State    mailapi.State
	Attempts int
	// NextAt is when a waiting mail is due, and when the lease of one that is being sent ends. Zero where nothing more
	// happens by itself.
	NextAt time.Time
	// GiveUpAt is the time after which a failed try is the last.
	GiveUpAt  time.Time
	LastError string
	// Asker is the W3C traceparent of the request that asked for the mail, or "".
	Asker     string
	CreatedAt time.Time
}

// Data is what a template may show. Members that a template has no use for are zero.
type Data struct {
	Username string
	Link     string // absolute, http or https
	Token    string
	Email    string // masked; "": removed
	At       time.Time
	Expires  time.Time
}

// Content is a rendered mail.
type Content struct {
	Language            string // BCP 47, of the translation that was used
	Subject, Text, HTML string
}

// Letter is a mail as it goes out.
type Letter struct {
	// Key is the mail's; each try of a mail has the same Message-ID, which is made of it.
	Key  string
	To   string // an address as Address gives it
	Date time.Time
	Content
}

// Settlement is what a try comes to.
type Settlement struct {
	State     mailapi.State // Waiting, Sent or Dead
	At        time.Time
	NextAt    time.Time // of Waiting
	ExpiresAt time.Time // of Sent and Dead: when the mail leaves the queue for good
	LastError string
}

// Backlog is what waits in the queue.
type Backlog struct {
	Waiting, Sending, Dead int64
	// Oldest is when the oldest mail that is neither sent nor dead was accepted; zero where there is none.
	Oldest time.Time
}
