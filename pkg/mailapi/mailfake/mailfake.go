// Package mailfake is mailer in memory, for the tests of its callers: it keeps what it accepted and delivers nothing.
package mailfake

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"sync"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/rpc"
)

// Fake is mailer. Use New.
type Fake struct {
	now func() time.Time

	mu      sync.Mutex
	queue   []entry // oldest first
	failing error
}

type entry struct {
	item    mailapi.Item
	message mailapi.Message
}

// New makes one with an empty queue.
func New(now func() time.Time) *Fake { return &Fake{now: now} }

// Messages gives what was accepted, oldest first, without what was to be discarded.
func (f *Fake) Messages() []mailapi.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	messages := make([]mailapi.Message, len(f.queue))
	for i, e := range f.queue {
		messages[i] = e.message
	}
	return messages
}

// Bury makes the message dead, as a final refusal does.
func (f *Fake) Bury(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.queue {
		if f.queue[i].item.ID == id {
			f.queue[i].item.State = mailapi.Dead
		}
	}
}

// Fail makes every operation answer err, until it is given nil.
func (f *Fake) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failing = err
}

// Send accepts a message once by its key.
func (f *Fake) Send(_ context.Context, m mailapi.Message) (mailapi.Accepted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return mailapi.Accepted{}, f.failing
	}
	if err := check(m); err != nil {
		return mailapi.Accepted{}, err
	}
	if i := slices.IndexFunc(f.queue, func(e entry) bool { return e.message.Key == m.Key }); i >= 0 {
		return mailapi.Accepted{ID: f.queue[i].item.ID}, nil
	}
	// Ids are made like ULIDs in that they sort by age.
	id := fmt.Sprintf("01JD%022d", len(f.queue)+1)
	if m.Discard {
		return mailapi.Accepted{ID: id}, nil
	}
	now := f.now().UTC()
	f.queue = append(f.queue, entry{
		mailapi.Item{ID: id, Template: m.Template, Locale: m.Locale, To: mask(m.To), State: mailapi.Waiting, NextAt: now, CreatedAt: now},
		m,
	})
	return mailapi.Accepted{ID: id}, nil
}

// List shows the queue, newest first.
func (f *Fake) List(_ context.Context, in mailapi.List) (mailapi.Listed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return mailapi.Listed{}, f.failing
	}
	limit := cmp.Or(in.Limit, 50)
	if limit < 1 || limit > 100 {
		return mailapi.Listed{}, fault.Field(fault.Malformed, "limit", fault.FieldFormat)
	}
	out := mailapi.Listed{Messages: []mailapi.Item{}}
	for _, e := range slices.Backward(f.queue) {
		switch {
		case in.State != "" && e.item.State != in.State, in.After != "" && e.item.ID >= in.After:
		case len(out.Messages) == limit:
			out.Next = out.Messages[limit-1].ID
			return out, nil
		default:
			out.Messages = append(out.Messages, e.item)
		}
	}
	return out, nil
}

// Requeue sends a dead message again.
func (f *Fake) Requeue(_ context.Context, in mailapi.Requeue) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return f.failing
	}
	for i := range f.queue {
		if item := &f.queue[i].item; item.ID == in.ID && item.State == mailapi.Dead {
			item.State, item.NextAt = mailapi.Waiting, f.now().UTC()
			return nil
		}
	}
	return fault.New(fault.MessageUnknown)
}

// Handler serves the fake at mailapi's paths, for tests that want the hop too.
func (f *Fake) Handler(s *rpc.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(mailapi.PathSend, rpc.Handle(s, http.StatusAccepted, f.Send))
	mux.Handle(mailapi.PathList, rpc.Handle(s, http.StatusOK, f.List))
	mux.Handle(mailapi.PathRequeue, rpc.Handle(s, http.StatusOK,
		func(ctx context.Context, in mailapi.Requeue) (struct{}, error) { return struct{}{}, f.Requeue(ctx, in) }))
	return mux
}

func check(m mailapi.Message) error {
	printable := func(r rune) bool { return r >= ' ' && r <= '~' }
	_, badAddress := mail.ParseAddress(m.To)
	switch {
	case m.Key == "" || len(m.Key) > 128 || slices.ContainsFunc([]rune(m.Key), func(r rune) bool { return !printable(r) }):
		return fault.Field(fault.Malformed, "key", fault.FieldFormat)
	case !slices.Contains(mailapi.Templates(), m.Template):
		return fault.Field(fault.Malformed, "template", fault.FieldFormat)
	case badAddress != nil:
		return fault.Field(fault.Malformed, "to", fault.FieldFormat)
	default:
		return nil
	}
}

// mask keeps a recipient's first letter and domain.
func mask(address string) string {
	for i, r := range address {
		if r == '@' {
			return address[:1] + "***" + address[i:]
		}
	}
	return "***"
}
