package users

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/redisdb"
	"github.com/watchword/watchword/pkg/serve"
	"github.com/watchword/watchword/services/users/internal/core"
)

const (
	sweepEvery   = 5 * time.Second
	prepareEvery = time.Second
	closeLimit   = 5 * time.Second
	// relayLimit is how long one account's mails may take before the next one's turn.
	relayLimit = 5 * time.Second
)

// Run makes the indexes and the first admin, waiting for MongoDB to come up, then serves until ctx ends, then drains.
func (s *Service) Run(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return s.abandon(ctx, err)
	}
	return serve.Service{
		Logger:  s.log,
		Notice:  s.cfg.DrainNotice,
		Servers: []serve.Listening{{Server: s.app, Listener: s.listeners.Public}, {Server: s.admin, Listener: s.listeners.Internal}},
		Loops: []func(context.Context) error{s.relay, s.sweep, func(ctx context.Context) error {
			redisdb.CheckDurability(ctx, s.redis, s.log)
			return nil
		}},
		Closers: s.closers,
	}.Run(ctx)
}

// abandon ends a start that failed, or that was stopped before it was through, which is no error.
func (s *Service) abandon(ctx context.Context, cause error) error {
	var errs []error
	if ctx.Err() == nil {
		errs = append(errs, cause)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	for _, closer := range s.closers {
		errs = append(errs, closer(ctx))
	}
	return errors.Join(append(errs, s.listeners.Public.Close(), s.listeners.Internal.Close())...)
}

// prepare readies the store. An outage on the way is waited out; whatever else is wrong stops the start.
func (s *Service) prepare(ctx context.Context) error {
	if err := s.store.Prepare(ctx, s.log); err != nil {
		return err
	}
	first := core.FirstAdmin{Username: s.cfg.AdminUsername, Email: s.cfg.AdminEmail, Password: s.cfg.AdminPassword}
	for {
		err := s.core.EnsureAdmin(ctx, first)
		if err == nil {
			return nil
		}
		if !fault.Has(err, fault.Unavailable) {
			return fmt.Errorf("WATCHWORD_ADMIN_USERNAME, WATCHWORD_ADMIN_EMAIL: %w", err)
		}
		s.log.WarnContext(ctx, "first admin not looked up yet", "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(prepareEvery):
		}
	}
}

// relay sends the mails that changes in this process have just caused.
func (s *Service) relay(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case account := <-s.core.Woken():
			limited, cancel := context.WithTimeout(ctx, relayLimit)
			if err := s.core.Relay(limited, account); err != nil {
				s.log.WarnContext(ctx, "outbox not relayed yet", "account_id", account, "error", err)
			}
			cancel()
		}
	}
}

// sweep cleans up every few seconds.
func (s *Service) sweep(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := s.core.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "sweep not finished", "error", err)
			}
		}
	}
}
