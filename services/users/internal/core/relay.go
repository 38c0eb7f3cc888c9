package core

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
)

// relayPatience is how long an answer waits for sessions to end; the loop goes on where that was not enough.
const relayPatience = 2 * time.Second

// settle relays what a change has just pushed: the sessions' part before the answer, so that a revocation holds when the
// client hears of it, the mails right after it, by whoever reads Woken. Failures are logged; the loop repeats them.
func (c *Core) settle(ctx context.Context, a Account) {
	if len(a.Outbox) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), relayPatience)
	defer cancel()
	if slices.ContainsFunc(a.Outbox, Entry.session) {
		if err := c.relaySessions(ctx, a.ID); err != nil {
			c.Logger.WarnContext(ctx, "sessions not told of a change yet", "account_id", a.ID, "error", err)
		}
	}
	select {
	case c.woken <- a.ID:
	default: // the loop will find it
	}
}

// Woken gives accounts that have just got something to relay.
func (c *Core) Woken() <-chan id.Account { return c.woken }

// Relay does what the account's outbox asks for and takes it out; what could not be done stays. It may run twice at once:
// every step may be repeated.
func (c *Core) Relay(ctx context.Context, account id.Account) error {
	if err := c.relaySessions(ctx, account); err != nil {
		return err
	}
	return c.relayMails(ctx, account)
}

// relaySessions applies the entries about sessions in their order. What sessions repeat of the account is taken as it is
// now; where the account changed meanwhile it is told again, so that the last word is never an old one.
func (c *Core) relaySessions(ctx context.Context, account id.Account) error {
	a, err := c.Store.Get(ctx, account)
	for again := false; err == nil; again = true {
		entries := slices.DeleteFunc(slices.Clone(a.Outbox), func(e Entry) bool { return !e.session() })
		if len(entries) == 0 && !again {
			return nil
		}
		if err := c.tell(ctx, a, entries); err != nil {
			return err
		}
		told := a.Version
		if a, err = c.Store.Get(ctx, account); err == nil && a.Version == told {
			return nil
		}
	}
	return unlessGone(err)
}

// tell applies entries and takes them out of the outbox; without any it only repeats what the account is now.
func (c *Core) tell(ctx context.Context, a Account, entries []Entry) error {
	if len(entries) == 0 {
		return c.Sessions.Update(ctx, a.ID, a.standing(a.Epoch))
	}
	done := make([]string, len(entries))
	for i, e := range entries {
		var err error
		if e.Kind == EndSessions {
			_, err = c.Sessions.EndOthers(ctx, a.ID, a.standing(e.Epoch), e.Spare)
		} else {
			err = c.Sessions.Update(ctx, a.ID, a.standing(a.Epoch))
		}
		if err != nil {
			return err
		}
		done[i] = e.ID
	}
	return c.Store.Relayed(ctx, a.ID, done)
}

func (c *Core) relayMails(ctx context.Context, account id.Account) error {
	a, err := c.Store.Get(ctx, account)
	if err != nil {
		return unlessGone(err)
	}
	for _, e := range a.Outbox {
		if e.session() {
			continue
		}
		var err error
		if e.Purpose != code.Verify || !a.revoked(code.Verify, e.At) { // a notice is sent whatever its link is worth
			err = c.post(ctx, a.ID, e)
		}
		if err != nil && retryable(err) {
			return err
		}
		if err != nil {
			c.Logger.ErrorContext(ctx, "mail given up", "account_id", a.ID, "template", e.Template, "error", err)
		}
		if err := c.Store.Relayed(ctx, a.ID, []string{e.ID}); err != nil {
			return err
		}
	}
	return nil
}

// post hands one mail to mailer, its token kept first.
func (c *Core) post(ctx context.Context, account id.Account, e Entry) error {
	m := mailapi.Message{Key: "users:" + e.ID, Template: e.Template, Locale: e.Locale, To: e.To, Data: e.Data}
	if e.Purpose != 0 {
		text, err := c.sealers.token.Open(e.Token, string(account))
		if err != nil {
			return fmt.Errorf("open a mail's token: %w", err)
		}
		r := code.Record{Purpose: e.Purpose, Account: account, Address: e.Address, Issued: e.At}
		if !c.Now().Before(r.Expires()) {
			return errors.New("its token has lapsed")
		}
		if err := c.Codes.Put(ctx, secret.New(string(text)), r); err != nil {
			return err
		}
		m.Data = withLink(e.Data, c.Settings.VerifyURL, string(text), r.Expires())
	}
	_, err := c.Mails.Send(ctx, m)
	return err
}

func withLink(data map[string]string, base, token string, expires time.Time) map[string]string {
	out := map[string]string{
		"link":    base + "?token=" + url.QueryEscape(token),
		"token":   token,
		"expires": expires.Format(time.RFC3339),
	}
	for k, v := range data {
		out[k] = v
	}
	return out
}

// retryable tells an outage from a refusal that will not change.
func retryable(err error) bool {
	switch fault.Of(err).Reason {
	case fault.Unavailable, fault.Overloaded, fault.Throttled:
		return true
	}
	return false
}

// unlessGone forgives an account that was removed for good meanwhile.
func unlessGone(err error) error {
	if fault.Has(err, fault.AccountUnknown) {
		return nil
	}
	return err
}
