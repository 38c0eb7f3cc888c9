package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
)

const (
	defaultPage = 50
	maxPage     = 100
)

// List shows a page of the queue, newest first.
func (c *Core) List(ctx context.Context, in mailapi.List) (mailapi.Listed, error) {
	switch in.State {
	case "", mailapi.Waiting, mailapi.Sending, mailapi.Sent, mailapi.Dead:
	default:
		return mailapi.Listed{}, fault.Field(fault.Malformed, "state", fault.FieldFormat)
	}
	if in.After != "" && !id.Valid(in.After) {
		return mailapi.Listed{}, fault.Field(fault.Malformed, "after", fault.FieldFormat)
	}
	limit := in.Limit
	if limit == 0 {
		limit = defaultPage
	}
	if limit < 0 || limit > maxPage {
		return mailapi.Listed{}, fault.Field(fault.Malformed, "limit", fault.FieldLength)
	}
	mails, err := c.Queue.List(ctx, in.State, in.After, limit+1)
	if err != nil {
		return mailapi.Listed{}, err
	}
	out := mailapi.Listed{Messages: make([]mailapi.Item, 0, len(mails))}
	if len(mails) > limit {
		mails = mails[:limit]
		out.Next = mails[limit-1].ID
	}
	for _, m := range mails {
		out.Messages = append(out.Messages, item(m))
	}
	return out, nil
}

func item(m Mail) mailapi.Item {
	return mailapi.Item{
		ID:        m.ID,
		Template:  m.Template,
		Locale:    m.Locale,
		To:        m.Recipient,
		State:     m.State,
		Attempts:  m.Attempts,
		LastError: m.LastError,
		NextAt:    m.NextAt,
		CreatedAt: m.CreatedAt,
	}
}
