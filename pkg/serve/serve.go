// Package serve runs a service: its listeners until the context ends, then the drain; and its command line.
package serve

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sync/errgroup"
)

// timeout is how long the drain waits for what still runs.
const timeout = 20 * time.Second

// Server answers on a listener (web.App, admin.Server).
type Server interface {
	Serve(ln net.Listener) error
	Drain()
	Shutdown(ctx context.Context) error
}

// Listening is a server and where it listens.
type Listening struct {
	Server   Server
	Listener net.Listener
}

// Service is what Run runs.
type Service struct {
	Logger  *slog.Logger
	Servers []Listening
	// Notice is how long answers carry Connection: close before the listeners close.
	Notice time.Duration
	// Loops run beside the servers until the context they are given ends. One that returns an error ends the service.
	Loops []func(ctx context.Context) error
	// Closers run last, in order; they have what is left of the drain's time.
	Closers []func(ctx context.Context) error
}

// Run serves until ctx ends or a part fails. Then it drains: not ready any more, closing connections with their next
// answer, then no new ones; what runs is waited for.
func (s Service) Run(ctx context.Context) error {
	group, running := errgroup.WithContext(ctx)
	for _, l := range s.Servers {
		group.Go(func() error { return l.Server.Serve(l.Listener) })
		s.Logger.Info("listening", "address", l.Listener.Addr().String())
	}
	for _, loop := range s.Loops {
		group.Go(func() error { return loop(running) })
	}
	group.Go(func() error {
		<-running.Done()
		return s.drain(context.WithoutCancel(ctx), ctx.Err() != nil)
	})
	err := group.Wait()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, s.close(context.WithoutCancel(ctx)))
}

// drain lets clients go; gently where the service was asked to stop, at once where it failed.
func (s Service) drain(ctx context.Context, gently bool) error {
	for _, l := range s.Servers {
		l.Server.Drain()
	}
	if gently {
		time.Sleep(s.Notice)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var errs []error
	for _, l := range s.Servers {
		errs = append(errs, l.Server.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

func (s Service) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var errs []error
	for _, closer := range s.Closers {
		errs = append(errs, closer(ctx))
	}
	return errors.Join(errs...)
}
