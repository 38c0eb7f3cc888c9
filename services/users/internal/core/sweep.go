package core

import (
	"context"
	"errors"
	"time"

	"github.com/watchword/watchword/pkg/id"
)

const (
	sweepLease = "sweep"
	sweepTerm  = time.Minute
	// overdue is how old an outbox entry is before the sweep takes it for left behind.
	overdue    = 5 * time.Second
	owingBatch = 100
)

// Sweep cleans up, in one replica at a time: accounts deleted longer ago than the retention go for good, those whose only
// way in was never confirmed too, pictures that nobody shows with them, and outboxes left behind are relayed. An outage
// ends it; the next sweep goes on.
func (c *Core) Sweep(ctx context.Context) error {
	now := c.now()
	ours, err := c.Store.Acquire(ctx, sweepLease, c.owner, now, now.Add(sweepTerm))
	if err != nil || !ours {
		return err
	}
	// It is not held until the next sweep: whoever dies between two leaves nothing waiting for the lease to lapse.
	defer c.release(ctx, sweepLease, c.owner)
	ctx, cancel := context.WithTimeout(ctx, sweepTerm)
	defer cancel()
	if err := c.remove(ctx, now); err != nil {
		return err
	}
	if err := c.sweepPictures(ctx, now); err != nil {
		return err
	}
	return c.relayOwing(ctx, now)
}

// release gives a lease back.
func (c *Core) release(ctx context.Context, lease, owner string) {
	if err := c.Store.Release(context.WithoutCancel(ctx), lease, owner); err != nil {
		c.Logger.WarnContext(ctx, "lease not given back; it lapses by itself", "lease", lease, "error", err)
	}
}

func (c *Core) remove(ctx context.Context, now time.Time) error {
	if c.Settings.Retention > 0 {
		n, err := c.Store.RemoveDeleted(ctx, now.Add(-c.Settings.Retention))
		if err != nil {
			return err
		}
		if n > 0 {
			c.Logger.InfoContext(ctx, "deleted accounts purged", "accounts", n)
		}
	}
	n, err := c.Store.RemoveUnconfirmed(ctx, "", now)
	if n > 0 {
		c.Logger.InfoContext(ctx, "accounts without a confirmed way in removed", "accounts", n)
	}
	return err
}

// relayOwing relays what was left behind. Where mailer can't be reached sessions are still told.
func (c *Core) relayOwing(ctx context.Context, now time.Time) error {
	var mail error
	for after := id.Account(""); ; {
		owing, err := c.Store.Owing(ctx, now.Add(-overdue), after, owingBatch)
		if err != nil || len(owing) == 0 {
			return errors.Join(err, mail)
		}
		for _, account := range owing {
			if err := c.relaySessions(ctx, account); err != nil {
				return err
			}
			if mail == nil {
				mail = c.relayMails(ctx, account)
			}
		}
		after = owing[len(owing)-1]
	}
}
