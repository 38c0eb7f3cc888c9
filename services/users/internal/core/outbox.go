package core

import (
	"maps"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
)

// EntryKind says what an outbox entry is about.
type EntryKind string

// The kinds.
const (
	SendMail       EntryKind = "mail"
	EndSessions    EntryKind = "end_sessions"
	UpdateSessions EntryKind = "update_sessions"
)

// Entry is something a change causes outside the account, waiting to be relayed.
type Entry struct {
	ID   string // a ULID; also the mail's key at mailer
	Kind EntryKind
	At   time.Time

	// For SendMail.
	Template mailapi.Template
	To       string
	Locale   string
	Data     map[string]string
	// Purpose and Token are those of a mail that carries a token: its text is sealed for the account, and Address is what
	// it stands for. Purpose 0: none.
	Purpose code.Purpose
	Token   []byte
	Address string

	// For EndSessions: sessions from before Epoch end, but for Spare.
	Epoch int64
	Spare id.Session
}

func (e Entry) session() bool { return e.Kind != SendMail }

func (c *Core) entry(kind EntryKind) (Entry, error) {
	text, err := c.ids.New()
	return Entry{ID: text, Kind: kind, At: c.now()}, err
}

// endSessions counts the epoch up and has all sessions end but spare (empty: none).
func (c *Core) endSessions(a *Account, spare id.Session) error {
	e, err := c.entry(EndSessions)
	if err != nil {
		return err
	}
	a.Epoch++
	e.Epoch, e.Spare = a.Epoch, spare
	a.Outbox = append(a.Outbox, e)
	return nil
}

// updateSessions has the account's sessions learn its role and email.
func (c *Core) updateSessions(a *Account) error {
	e, err := c.entry(UpdateSessions)
	if err != nil {
		return err
	}
	a.Outbox = append(a.Outbox, e)
	return nil
}

// notify has a notice mailed to where the account's notices go, if anywhere.
func (c *Core) notify(a *Account, template mailapi.Template) error {
	e, err := c.notice(a, template)
	if err == nil && e != nil {
		a.Outbox = append(a.Outbox, *e)
	}
	return err
}

// notice makes the entry of a notice; nil where the account has no address.
func (c *Core) notice(a *Account, template mailapi.Template) (*Entry, error) {
	if a.MailAddress() == "" {
		return nil, nil
	}
	e, err := c.letter(a, template, a.MailAddress())
	return &e, err
}

// letter makes the entry of a mail about the account.
func (c *Core) letter(a *Account, template mailapi.Template, to string) (Entry, error) {
	e, err := c.entry(SendMail)
	e.Template, e.To, e.Locale = template, to, a.Locale
	e.Data = map[string]string{"username": a.Username, "at": e.At.Format(time.RFC3339)}
	return e, err
}

// mailToken has a mail sent to an address that carries a token of purpose for that address; data is added to what every
// mail says.
func (c *Core) mailToken(a *Account, template mailapi.Template, purpose code.Purpose, to string, data map[string]string) error {
	e, err := c.letter(a, template, to)
	if err != nil {
		return err
	}
	token, err := code.New(purpose, a.ID, c.Rand)
	if err != nil {
		return err
	}
	if e.Token, err = c.sealers.token.Seal([]byte(token.Reveal()), string(a.ID)); err != nil {
		return err
	}
	e.Purpose, e.Address = purpose, to
	maps.Copy(e.Data, data)
	a.Outbox = append(a.Outbox, e)
	return nil
}
