package mongo

import (
	"time"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

// document is a mail as it is stored. sentAt and expiresAt are written when it is settled and never read.
type document struct {
	ID        string           `bson:"_id"`
	Key       string           `bson:"key"`
	Template  mailapi.Template `bson:"template"`
	Locale    string           `bson:"locale"`
	Recipient string           `bson:"recipient"`
	Sealed    []byte           `bson:"sealed,omitempty"`
	State     mailapi.State    `bson:"state"`
	Attempts  int64            `bson:"attempts"`
	NextAt    time.Time        `bson:"nextAt,omitempty"`
	GiveUpAt  time.Time        `bson:"giveUpAt"`
	LastError string           `bson:"lastError,omitempty"`
	Asker     string           `bson:"asker,omitempty"`
	CreatedAt time.Time        `bson:"createdAt"`
}

func encode(m core.Mail) document {
	return document{
		ID:        m.ID,
		Key:       m.Key,
		Template:  m.Template,
		Locale:    m.Locale,
		Recipient: m.Recipient,
		Sealed:    m.Sealed,
		State:     m.State,
		Attempts:  int64(m.Attempts),
		NextAt:    m.NextAt,
		GiveUpAt:  m.GiveUpAt,
		LastError: m.LastError,
		Asker:     m.Asker,
		CreatedAt: m.CreatedAt,
	}
}

func (d document) decode() core.Mail {
	return core.Mail{
		ID:        d.ID,
		Key:       d.Key,
		Template:  d.Template,
		Locale:    d.Locale,
		Recipient: d.Recipient,
		Sealed:    d.Sealed,
		State:     d.State,
		Attempts:  int(d.Attempts),
		NextAt:    utc(d.NextAt),
		GiveUpAt:  utc(d.GiveUpAt),
		LastError: d.LastError,
		Asker:     d.Asker,
		CreatedAt: utc(d.CreatedAt),
	}
}

// utc keeps the zero time zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
