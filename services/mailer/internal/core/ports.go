package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/mailapi"
)

// Queue is the store as those who ask for mails and operators use it. Its faults are fault.Unavailable where the store
// does not answer.
type Queue interface {
	// Insert stores m, durably before it returns, and gives its id. Where the key is taken nothing is stored and the id is
	// that of the mail that has it.
	Insert(ctx context.Context, m Mail) (id string, err error)
	// Discard costs and fails as Insert does, and keeps nothing but the id, until expires.
	Discard(ctx context.Context, id string, expires time.Time) error
	// List gives up to limit mails with smaller ids than after ("": all), newest first; state "": in any.
	List(ctx context.Context, state mailapi.State, after string, limit int) ([]Mail, error)
	// Requeue makes a dead mail due at now with a fresh count of attempts; fault.MessageUnknown where it is not dead.
	Requeue(ctx context.Context, id string, now, giveUpAt time.Time) error
}

// Leases is the store as workers use it.
type Leases interface {
	// Lease takes the mail that is due longest at now: Sending, one more attempt, NextAt until. One caller gets it; ok is
	// false where nothing is due. A mail whose lease has ended is due again.
	Lease(ctx context.Context, now, until time.Time) (m Mail, ok bool, err error)
	// Settle ends the lease of m; held is false, and nothing changes, where it is not m's any more. Sent removes the
	// sealed part.
	Settle(ctx context.Context, m Mail, s Settlement) (held bool, err error)
	// Backlog counts.
	Backlog(ctx context.Context) (Backlog, error)
}

// Renderer makes mails of templates.
type Renderer interface {
	// Render uses the translation that fits locale best ("": the installation's own).
	Render(template mailapi.Template, locale string, data Data) (Content, error)
}

// Sender hands mails to a server.
type Sender interface {
	// Send returns once the server has taken the letter over, within ctx. Its errors are *SendError.
	Send(ctx context.Context, l Letter) error
}

// SendError is a letter that was not sent, in words that may be logged and shown: no address, nothing the server wrote.
type SendError struct {
	Code int    // SMTP's, 0: the server did not answer
	Text string // such as "recipient refused"
	// Final says that the recipient's server will never take it (RFC 5321 §4.2.1, permanent negative completion).
	Final bool
}

// Observer hears what happens to mails; outcome is one of the Outcome constants.
type Observer interface {
	Delivered(template mailapi.Template, outcome string)
	Backlog(b Backlog)
}

// Tracer ties a delivery to the request that asked for it.
type Tracer interface {
	// Asker is the traceparent of what ctx belongs to, or "".
	Asker(ctx context.Context) string
	// Delivery begins a trace of its own with a link to asker; end ends it.
	Delivery(ctx context.Context, template mailapi.Template, asker string) (delivery context.Context, end func(outcome string))
}
