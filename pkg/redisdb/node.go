package redisdb

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// node is a hook around each server's connections. It logs when they stop and start being made, and keeps a cluster
// client, which repeats commands of its own accord, from repeating one whose answer was lost.
type node struct {
	log     *slog.Logger
	cluster bool
	down    atomic.Bool
}

func (n *node) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		switch {
		case err == nil && n.down.CompareAndSwap(true, false):
			n.log.InfoContext(ctx, "redis is reachable again", "address", addr)
		case err != nil && !errors.Is(err, context.Canceled) && n.down.CompareAndSwap(false, true):
			n.log.WarnContext(ctx, "redis is not reachable", "address", addr, "error", err)
		}
		return conn, err
	}
}

func (n *node) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	if !n.cluster {
		return next
	}
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		var answered redis.Error
		switch {
		case err == nil, errors.As(err, &answered), errors.Is(err, redis.ErrClosed), notSent(err), onlyReads(cmd):
			return err
		default:
			return lostError(err.Error())
		}
	}
}

func (n *node) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// lostError says that a command was sent and may have run. It has no cause, as the driver repeats by the cause.
type lostError string

func (e lostError) Error() string { return "no answer from redis: " + string(e) }
