// Package mailclient calls mailer's internal API. Refusals come back as the faults that mailapi names; a failure of the
// way is fault.Unavailable.
package mailclient

import (
	"context"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/rpc"
)

// Client has one method for each operation of mailapi.
type Client struct{ rpc *rpc.Client }

// New calls over c, whose callee is mailer.
func New(c *rpc.Client) *Client { return &Client{c} }

// Send hands over one message. It is repeated for up to two seconds, or until ctx ends, while mailer can't be reached: the
// message's key keeps it from being sent twice.
func (c *Client) Send(ctx context.Context, in mailapi.Message) (out mailapi.Accepted, err error) {
	err = c.rpc.Call(ctx, mailapi.PathSend, true, in, &out)
	return out, err
}

// List shows the queue.
func (c *Client) List(ctx context.Context, in mailapi.List) (out mailapi.Listed, err error) {
	err = c.rpc.Call(ctx, mailapi.PathList, true, in, &out)
	return out, err
}

// Requeue sends a dead message again.
func (c *Client) Requeue(ctx context.Context, in mailapi.Requeue) error {
	return c.rpc.Call(ctx, mailapi.PathRequeue, false, in, nil)
}
