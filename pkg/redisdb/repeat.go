package redisdb

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/redis/go-redis/v9"
)

// reads are the commands that change nothing.
var reads = [...]string{
	"eval_ro", "evalsha_ro", "exists", "get", "hexists", "hget", "hgetall", "hlen", "hmget", "info", "mget", "ping", "pttl",
	"scard", "sismember", "smembers", "strlen", "time", "ttl", "zcard", "zcount", "zrange", "zrangebyscore", "zscore",
}

// repeat runs cmd up to three times where that is safe and ctx allows, with short pauses of random length between.
func repeat(ctx context.Context, cmd redis.Cmder, run redis.ProcessHook) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = 10 * time.Millisecond
	pauses.Multiplier = 3
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := run(ctx, cmd)
		if err != nil && !mayRepeat(cmd, err) {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxTries(3))
	return err
}

// mayRepeat tells whether the same command may be sent again. After a time-out it is not: a server that is slow gets no
// better by being asked more.
func mayRepeat(cmd redis.Cmder, err error) bool {
	var answered redis.Error
	var network net.Error
	switch {
	case errors.As(err, &answered):
		return notRun(err)
	case errors.Is(err, redis.ErrPoolTimeout), errors.As(err, &network) && network.Timeout():
		return false
	default:
		return notSent(err) || onlyReads(cmd)
	}
}

func onlyReads(cmd redis.Cmder) bool { return slices.Contains(reads[:], cmd.Name()) }

// notRun tells the server's refusals that pass and that it gives before it runs anything.
func notRun(err error) bool {
	return redis.IsLoadingError(err) || redis.IsReadOnlyError(err) || redis.IsMasterDownError(err) ||
		redis.IsClusterDownError(err) || redis.IsTryAgainError(err) || redis.IsMaxClientsError(err)
}

// notSent tells that there was no connection to send on.
func notSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
