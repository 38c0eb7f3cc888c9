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
	var running sync.WaitGroup
	running.Go(func() { c.every(ctx, poll, c.rouse) })
	running.Go(func() { c.every(ctx, census, func() { c.count(ctx) }) })
	c.dispatch(ctx, sending, &running)
	running.Wait()
	return nil
}

// dispatch leases what is due for as long as a worker is free, then sleeps until it is roused. There is one for each
// process, so that workers don't run for the same mail.
func (c *Core) dispatch(ctx, sending context.Context, running *sync.WaitGroup) {
	workers := make(chan struct{}, c.Workers)
	for {
		select {
		case <-ctx.Done():
			return
		case workers <- struct{}{}:
		}
		if m, ok := c.next(sending); ok {
			running.Go(func() {
				defer func() { <-workers }()
				c.deliver(sending, m)
			})
			continue
		}
		<-workers
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
	}
}

// rouse wakes the dispatcher.
func (c *Core) rouse() {
	select {
	case c.wake <- struct{}{}:
	default: // it is being roused already
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
