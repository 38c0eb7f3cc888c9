package core

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
)

const (
	maxKey    = 128
	maxLocale = 35 // RFC 5646 §4.4.1
	// patience is how long a mail is tried.
	patience = 24 * time.Hour
	// discarded is how long the id of a mail that was accepted for show is kept.
	discarded = time.Minute
)

// payload is the sealed part of a mail.
type payload struct {
	To   string            `json:"to"`
	Data map[string]string `json:"data"`
}

// Accept stores a mail and has it sent. Malformed names the member at fault; Unavailable says that nothing was stored. A
// mail marked discard goes the same way, at the same cost, and is not sent.
func (c *Core) Accept(ctx context.Context, in mailapi.Message) (mailapi.Accepted, error) {
	m, err := c.compose(ctx, in)
	if err != nil {
		return mailapi.Accepted{}, err
	}
	if in.Discard {
		return mailapi.Accepted{ID: m.ID}, c.Queue.Discard(ctx, m.ID, m.CreatedAt.Add(discarded))
	}
	id, err := c.Queue.Insert(ctx, m)
	if err != nil {
		return mailapi.Accepted{}, err
	}
	if id == m.ID {
		c.rouse()
		c.Logger.InfoContext(ctx, "mail accepted", "mail_id", id, "template", m.Template)
	}
	return mailapi.Accepted{ID: id}, nil
}

// compose checks a message and makes it a mail that is due now.
func (c *Core) compose(ctx context.Context, in mailapi.Message) (Mail, error) {
	if !validKey(in.Key) {
		return Mail{}, fault.Field(fault.Malformed, "key", fault.FieldFormat)
	}
	if !validLocale(in.Locale) {
		return Mail{}, fault.Field(fault.Malformed, "locale", fault.FieldFormat)
	}
	to, err := Address(in.To)
	if err != nil {
		return Mail{}, fault.Field(fault.Malformed, "to", fault.FieldFormat)
	}
	data, err := read(in.Template, in.Data)
	if err != nil {
		return Mail{}, err
	}
	id, err := c.ids.New()
	if err != nil {
		return Mail{}, err
	}
	sealed, err := c.seal(id, payload{to, only(in.Template, in.Data)})
	if err != nil {
		return Mail{}, err
	}
	now := c.now()
	giveUpAt := now.Add(patience)
	if end := pointless(in.Template, data); !end.IsZero() && end.Before(giveUpAt) {
		giveUpAt = end
	}
	return Mail{
		ID:        id,
		Key:       in.Key,
		Template:  in.Template,
		Locale:    in.Locale,
		Recipient: mask(to),
		Sealed:    sealed,
		State:     mailapi.Waiting,
		NextAt:    now,
		GiveUpAt:  giveUpAt,
		Asker:     c.Tracer.Asker(ctx),
		CreatedAt: now,
	}, nil
}

func (c *Core) seal(id string, p payload) ([]byte, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode a mail: %w", err)
	}
	return c.Sealer.Seal(text, id)
}

func (c *Core) open(m Mail) (payload, error) {
	text, err := c.Sealer.Open(m.Sealed, m.ID)
	if err != nil {
		return payload{}, err
	}
	var p payload
	err = json.Unmarshal(text, &p)
	return p, err
}

// validLocale takes what is written like a BCP 47 tag, though nobody speaks it: a browser may send any, and no mail is
// lost for it. None is one too.
func validLocale(tag string) bool {
	for _, b := range []byte(tag) {
		if (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'z') && b != '-' && b != '_' {
			return false
		}
	}
	return len(tag) <= maxLocale
}

// validKey takes 1 to 128 printable ASCII characters.
func validKey(key string) bool {
	for _, b := range []byte(key) {
		if b < 0x20 || b > 0x7e {
			return false
		}
	}
	return key != "" && len(key) <= maxKey
}
