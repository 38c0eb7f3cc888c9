package rpc

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"
)

// retryWindow is how long a call that may be repeated is repeated at most.
const retryWindow = 2 * time.Second

// abandonedError is a try that its caller gave up, or gave less time than a try needs: it says nothing about the callee.
type abandonedError struct{ error }

func (e abandonedError) Unwrap() error { return e.error }

// newBreaker opens after five tries in a row without an answer and lets one through after two seconds. A refusal is an
// answer.
func newBreaker(callee string) *gobreaker.CircuitBreaker[answer] {
	return gobreaker.NewCircuitBreaker[answer](gobreaker.Settings{
		Name:        callee,
		Timeout:     2 * time.Second,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= 5 },
		IsExcluded: func(err error) bool {
			var abandoned abandonedError
			return errors.As(err, &abandoned)
		},
	})
}

// repeat runs op until an answer comes, at once where once is enough, else for as long as the window and the caller's
// deadline allow, with growing pauses of random length between.
func (c *Client) repeat(ctx context.Context, retry bool, op func() (answer, error)) (answer, error) {
	if !retry {
		return op()
	}
	window := retryWindow
	if deadline, ok := ctx.Deadline(); ok {
		window = min(window, time.Until(deadline))
	}
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = 50 * time.Millisecond
	pauses.Multiplier = 2
	pauses.MaxInterval = 500 * time.Millisecond
	return backoff.Retry(ctx, func() (answer, error) {
		got, err := op()
		if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
			return got, backoff.Permanent(err)
		}
		return got, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(max(window, time.Nanosecond)))
}
