package mongodb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Index is one index with its fixed name.
type Index struct {
	Name    string
	Keys    any // bson.D
	Unique  bool
	Expires bool // a TTL index on its one date field, expireAfterSeconds 0
}

// Codes of MongoDB's errors.
const (
	shutdownInProgress       = 91
	primarySteppedDown       = 189
	notWritablePrimary       = 10107
	interruptedAtShutdown    = 11600
	interruptedByStateChange = 11602
	notPrimaryNoSecondaryOk  = 13435
	notPrimaryOrSecondary    = 13436

	indexOptionsConflict  = 85
	indexKeySpecsConflict = 86
	duplicateKey          = 11000
)

// EnsureIndexes makes them one by one, idempotently, waiting with backoff for a server that is only slow to come up until
// ctx ends. Codes 85 and 86 are a clear error that names the index: another one is in its place.
func EnsureIndexes(ctx context.Context, c *mongo.Collection, log *slog.Logger, indexes ...Index) error {
	for _, index := range indexes {
		if err := ensure(ctx, c, log, index); err != nil {
			return fmt.Errorf("index %s of %s: %w", index.Name, c.Name(), err)
		}
	}
	return nil
}

func ensure(ctx context.Context, c *mongo.Collection, log *slog.Logger, index Index) error {
	opts := options.Index().SetName(index.Name)
	if index.Unique {
		opts.SetUnique(true)
	}
	if index.Expires {
		opts.SetExpireAfterSeconds(0)
	}
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = 100 * time.Millisecond
	pauses.Multiplier = 2
	pauses.MaxInterval = 5 * time.Second
	_, err := backoff.Retry(ctx, func() (string, error) {
		name, err := c.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: index.Keys, Options: opts})
		if err != nil && !passing(err) {
			return name, backoff.Permanent(explain(err))
		}
		return name, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, next time.Duration) {
			log.WarnContext(ctx, "waiting for mongodb", "index", index.Name, "error", err, "next_try_in", next.String())
		}))
	return err
}

// passing tells the errors of a server that is not up yet, or has no primary yet, from its refusals.
func passing(err error) bool {
	var command mongo.CommandError
	if !errors.As(err, &command) {
		return !errors.Is(err, mongo.ErrClientDisconnected)
	}
	switch command.Code {
	case shutdownInProgress, primarySteppedDown, notWritablePrimary, interruptedAtShutdown, interruptedByStateChange,
		notPrimaryNoSecondaryOk, notPrimaryOrSecondary:
		return true
	default:
		return mongo.IsNetworkError(err)
	}
}

// explain words the refusals that an operator can do something about.
func explain(err error) error {
	var command mongo.CommandError
	if !errors.As(err, &command) {
		return err
	}
	switch command.Code {
	case indexOptionsConflict, indexKeySpecsConflict:
		return errors.New("another index is in its place; drop that one and start again")
	case duplicateKey:
		return errors.New("documents have the same value where each must have its own; mend them and start again")
	default:
		return err
	}
}
