package core

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/watchword/watchword/pkg/mailapi"
)

// Outcomes of a try, as doc.go tells them.
const (
	OutcomeSent    = "sent"
	OutcomeFailed  = "failed"
	OutcomeRefused = "refused"
	OutcomeExpired = "expired"
)

// How long things take. A try and the storing of its outcome end before the lease does, so no heartbeat is needed.
const (
	lease      = time.Minute
	sendLimit  = 40 * time.Second
	storeLimit = 5 * time.Second
)

// How long a mail stays once nothing more happens to it.
const (
	keepSent = 7 * 24 * time.Hour
	keepDead = 30 * 24 * time.Hour
)

// Words for failures that no server told.
var (
	errSealed   = &SendError{Text: "can't be opened with the keys at hand"}
	errRender   = &SendError{Text: "can't be rendered"}
	errPanicked = &SendError{Text: "a defect of the mailer, see its log"}
	errUnknown  = &SendError{Text: "not sent for an unknown reason"}
)

// next leases the mail that is due longest; false where none is, or the store does not answer.
func (c *Core) next(ctx context.Context) (Mail, bool) {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	now := c.now()
	m, ok, err := c.Leases.Lease(ctx, now, now.Add(lease))
	if err != nil && !c.silent {
		c.Logger.WarnContext(ctx, "mail queue not readable", "error", err)
	}
	c.silent = err != nil
	return m, ok && err == nil
}

// deliver tries to send m and stores what becomes of it. ctx outlives the order to stop.
func (c *Core) deliver(ctx context.Context, m Mail) {
	ctx, end := c.Tracer.Delivery(ctx, m.Template, m.Asker)
	err := c.try(ctx, m)
	s, outcome := c.judge(m, err)
	c.Observer.Delivered(m.Template, outcome)
	c.note(ctx, m, outcome, err)
	c.settle(ctx, m, s)
	end(outcome)
}

// try opens, renders and sends m. A panic is one mail's failure, not the process's.
func (c *Core) try(ctx context.Context, m Mail) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.Logger.ErrorContext(ctx, "panic", "mail_id", m.ID, "panic", p, "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	p, err := c.open(m)
	if err != nil {
		return errSealed
	}
	data, err := read(m.Template, p.Data)
	if err != nil {
		return errRender
	}
	content, err := c.Renderer.Render(m.Template, m.Locale, data)
	if err != nil {
		c.Logger.ErrorContext(ctx, "mail not rendered", "mail_id", m.ID, "template", m.Template, "error", err)
		return errRender
	}
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	return c.Sender.Send(ctx, Letter{Key: m.Key, To: p.To, Date: c.now(), Content: content})
}

// judge says what becomes of m after a try that ended with err.
func (c *Core) judge(m Mail, err error) (Settlement, string) {
	now := c.now()
	if err == nil {
		return Settlement{State: mailapi.Sent, At: now, ExpiresAt: now.Add(keepSent)}, OutcomeSent
	}
	why := words(err)
	s := Settlement{State: mailapi.Dead, At: now, ExpiresAt: now.Add(keepDead), LastError: why.Error()}
	if why.Final {
		return s, OutcomeRefused
	}
	next := now.Add(pause(m.Attempts, c.Jitter()))
	if next.After(m.GiveUpAt) {
		return s, OutcomeExpired
	}
	return Settlement{State: mailapi.Waiting, At: now, NextAt: next, LastError: why.Error()}, OutcomeFailed
}

// words finds what may be stored of err.
func words(err error) *SendError {
	var e *SendError
	if errors.As(err, &e) {
		return e
	}
	return errUnknown
}

func (c *Core) note(ctx context.Context, m Mail, outcome string, err error) {
	attrs := []any{"mail_id", m.ID, "template", m.Template, "attempts", m.Attempts}
	switch outcome {
	case OutcomeSent:
		c.Logger.InfoContext(ctx, "mail sent", append(attrs, "waited_ms", c.now().Sub(m.CreatedAt).Milliseconds())...)
	case OutcomeFailed:
		c.Logger.WarnContext(ctx, "mail not sent", append(attrs, "error", words(err))...)
	default:
		c.Logger.ErrorContext(ctx, "mail given up", append(attrs, "outcome", outcome, "error", words(err))...)
	}
}

// settle stores the outcome, trying until the lease ends: a mail whose outcome is lost is sent again.
func (c *Core) settle(ctx context.Context, m Mail, s Settlement) {
	for {
		held, err := c.settleOnce(ctx, m, s)
		if err == nil && !held {
			c.Logger.WarnContext(ctx, "mail's lease was over before its outcome was stored", "mail_id", m.ID)
		}
		if err == nil {
			return
		}
		if ctx.Err() != nil || !c.now().Add(time.Second).Before(m.NextAt) {
			c.Logger.ErrorContext(ctx, "mail's outcome not stored", "mail_id", m.ID, "state", s.State, "error", err)
			return
		}
		wait(ctx, time.Second)
	}
}

func (c *Core) settleOnce(ctx context.Context, m Mail, s Settlement) (bool, error) {
	// The try's own time may be over, or the process be stopping; the outcome is stored all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeLimit)
	defer cancel()
	return c.Leases.Settle(ctx, m, s)
}
