package mongo

import (
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/users/internal/core"
)

// entry is one of an account's outbox.
type entry struct {
	ID       string            `bson:"id"`
	Kind     string            `bson:"kind"`
	At       time.Time         `bson:"at"`
	Template string            `bson:"template,omitempty"`
	To       string            `bson:"to,omitempty"`
	Locale   string            `bson:"locale,omitempty"`
	Data     map[string]string `bson:"data,omitempty"`
	Purpose  string            `bson:"purpose,omitempty"`
	Token    []byte            `bson:"token,omitempty"`
	Address  string            `bson:"address,omitempty"`
	Epoch    int64             `bson:"epoch,omitempty"`
	Spare    string            `bson:"spare,omitempty"`
}

func toEntries(entries []core.Entry) []entry {
	var out []entry
	for _, e := range entries {
		out = append(out, toEntry(e))
	}
	return out
}

func toEntry(e core.Entry) entry {
	d := entry{
		ID:       e.ID,
		Kind:     string(e.Kind),
		At:       e.At,
		Template: string(e.Template),
		To:       e.To,
		Locale:   e.Locale,
		Data:     e.Data,
		Token:    e.Token,
		Address:  e.Address,
		Epoch:    e.Epoch,
		Spare:    string(e.Spare),
	}
	if e.Purpose != 0 {
		d.Purpose = string(rune(e.Purpose))
	}
	return d
}

func (e entry) entry() core.Entry {
	out := core.Entry{
		ID:       e.ID,
		Kind:     core.EntryKind(e.Kind),
		At:       e.At.UTC(),
		Template: mailapi.Template(e.Template),
		To:       e.To,
		Locale:   e.Locale,
		Data:     e.Data,
		Token:    e.Token,
		Address:  e.Address,
		Epoch:    e.Epoch,
		Spare:    id.Session(e.Spare),
	}
	if e.Purpose != "" {
		out.Purpose = code.Purpose(e.Purpose[0])
	}
	return out
}
