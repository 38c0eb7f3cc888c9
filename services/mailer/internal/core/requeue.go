package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
)

// Requeue has a dead mail sent again, whatever has become of its link: that is the operator's word. MessageUnknown where
// it is not dead.
func (c *Core) Requeue(ctx context.Context, in mailapi.Requeue) error {
	if !id.Valid(in.ID) {
		return fault.New(fault.MessageUnknown)
	}
	now := c.now()
	if err := c.Queue.Requeue(ctx, in.ID, now, now.Add(patience)); err != nil {
		return err
	}
	c.rouse()
	c.Logger.InfoContext(ctx, "mail requeued", "mail_id", in.ID)
	return nil
}
