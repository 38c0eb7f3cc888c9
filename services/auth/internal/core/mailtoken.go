package core

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

// mailToken makes a token of purpose and mails it to the address that recipient chooses for the account that email leads
// to; "" is nobody, and then the same steps are taken with a message that mailer discards. Limits are counted by what was
// typed, so they tell nothing either.
func (c *Core) mailToken(ctx context.Context, p code.Purpose, email string, client Client, recipient func(*usersapi.Account) string) error {
	if err := c.mayMail(ctx, email, client); err != nil {
		return err
	}
	found, err := c.Directory.FindByEmail(ctx, usersapi.FindByEmail{Email: email})
	if err != nil {
		return err
	}
	account, to := found.Account, recipient(found.Account)
	if to != "" && recipientKey(to) != recipientKey(email) {
		// The mail goes elsewhere than what was typed: that address has its allowance too, and a refusal is silent.
		err := c.takeRecipient(ctx, to)
		if fault.Has(err, fault.Throttled) {
			to = ""
		} else if err != nil {
			return err
		}
	}
	key, err := c.ids.New()
	if err != nil {
		return err
	}
	decoy := usersapi.Account{ID: id.Account(key), Username: "nobody", Locale: client.Locale}
	discard := to == ""
	if discard {
		account, to = &decoy, email
	}
	r := code.Record{Purpose: p, Account: account.ID, Address: to, Epoch: account.Epoch, Issued: c.Now().UTC().Truncate(time.Millisecond)}
	token, err := code.New(p, account.ID, c.Rand)
	if err != nil {
		return err
	}
	m := letter{
		template: template(p), page: c.link(p), locale: account.Locale, to: to, username: account.Username,
		token: token, issued: r.Issued, expires: r.Expires(),
	}.message(key)
	m.Discard = discard
	err = c.send(ctx, m)
	if err != nil {
		return err
	}
	// Only now, so that a mail which could not be sent leaves an earlier link as it was.
	if discard {
		return c.Codes.Revoke(ctx, p, account.ID) // one trip to Redis, as Put is
	}
	return c.Codes.Put(ctx, token, r)
}

// letter is a mail that carries a token, by itself and in a link.
type letter struct {
	template             mailapi.Template
	page                 string // where the link leads
	locale, to, username string
	token                secret.String
	issued, expires      time.Time
}

func (l letter) message(key string) mailapi.Message {
	return mailapi.Message{
		Key:      "token:" + key,
		Template: l.template,
		Locale:   l.locale,
		To:       l.to,
		Data: map[string]string{
			"username": l.username,
			"at":       l.issued.Format(time.RFC3339),
			"expires":  l.expires.Format(time.RFC3339),
			"link":     l.page + "?token=" + url.QueryEscape(l.token.Reveal()),
			"token":    l.token.Reveal(),
		},
	}
}

// template is of the mail that carries a token.
func template(p code.Purpose) mailapi.Template {
	if p == code.Reset {
		return mailapi.Reset
	}
	return mailapi.Verification
}

func (c *Core) link(p code.Purpose) string {
	if p == code.Reset {
		return c.Settings.ResetURL
	}
	return c.Settings.VerifyURL
}

// mayMail counts a mail that somebody asks for, by who asks and by who would get it.
func (c *Core) mayMail(ctx context.Context, email string, client Client) error {
	if err := c.Limits.Take(ctx, limit.MailAddress(), client.Address); err != nil {
		return err
	}
	return c.takeRecipient(ctx, email)
}

func (c *Core) takeRecipient(ctx context.Context, email string) error {
	key := recipientKey(email)
	if err := c.Limits.Take(ctx, limit.MailHour(), key); err != nil {
		return err
	}
	return c.Limits.Take(ctx, limit.MailDay(), key)
}

// recipientKey is what an address counts under as a recipient.
func recipientKey(email string) string { return strings.ToLower(email) }

// send gives mailer a message, for as long as a request can wait.
func (c *Core) send(ctx context.Context, m mailapi.Message) error {
	ctx, cancel := context.WithTimeout(ctx, mailPatience)
	defer cancel()
	_, err := c.Mails.Send(ctx, m)
	return err
}
