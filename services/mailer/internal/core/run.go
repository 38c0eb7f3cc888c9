package core

import (
	"context"
	"sync"
	"time"
)

const (
	// poll finds the mails that other processes accepted, and those whose pause or lease is over.
	poll = time.Second
	// census is how often the backlog is counted.
	census = 15 * time.Second
	// grace is what a mail that is being sent has left when the process is told to stop.
	grace = 12 * time.Second
)

// Run delivers mails until ctx ends, and what is being sent then to its end, if that comes within 12 seconds. The rest
// waits for another process.
func (c *Core) Run(ctx context.Context) error {
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		wait(sending, grace)
		cancel()
	})()
	var loops sync.WaitGroup
	for range c.Workers {
		loops.Go(func() { c.work(ctx, sending) })
	}
	loops.Go(func() { c.every(ctx, poll, c.rouse) })
	loops.Go(func() { c.every(ctx, census, func() { c.count(ctx) }) })
	loops.Wait()
	return nil
}

// work delivers what is due, then sleeps until it is roused.
func (c *Core) work(ctx, sending context.Context) {
	for {
		for ctx.Err() == nil && c.deliverNext(sending) {
		}
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
	}
}

// rouse wakes one worker. A worker that finds a mail rouses the next, so one call is enough for any number of mails.
func (c *Core) rouse() {
	select {
	case c.wake <- struct{}{}:
	default: // one is being roused already
	}
}

// every does f now and then each interval until ctx ends.
func (c *Core) every(ctx context.Context, interval time.Duration, f func()) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		f()
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// count tells the observer what waits.
func (c *Core) count(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	b, err := c.Leases.Backlog(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Logger.WarnContext(ctx, "mail queue not countable", "error", err)
		}
		return
	}
	c.Observer.Backlog(b)
}

// wait lasts d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
