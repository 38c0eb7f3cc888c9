// Package redisdb connects a service to Redis as the suite uses it: standalone, Sentinel or Cluster by URL, short
// deadlines, retries only for what may be repeated, never reading from replicas.
//
// A command is repeated, at most twice, where the server did not run it (it refused the connection, is loading, or has no
// master), or where its connection was lost and it only reads. Anything else whose answer was lost, a script above all, is
// not: it may have run.
package redisdb

import (
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/telemetry"
)

// Config is filled from WATCHWORD_REDIS_*. URL: redis://, rediss://, redis+sentinel://…?master_name=, redis+cluster://….
// The last two take several hosts separated by commas and have rediss+… forms too; sentinels with a password of their own
// take sentinel_username and sentinel_password. CAFile holds PEM certificates to trust instead of the system's.
type Config struct {
	URL       secret.String
	CAFile    string
	Telemetry *telemetry.Telemetry
	Logger    *slog.Logger
}

// poolSize is the most connections to one server; a command waits for one no longer than poolWait.
const (
	poolSize = 64
	poolWait = 300 * time.Millisecond
)

// Connect makes a client; it does not wait for the server. A malformed URL is an error without the URL's text.
func Connect(cfg Config) (redis.UniversalClient, error) {
	if cfg.Telemetry == nil || cfg.Logger == nil {
		return nil, errors.New("redisdb: telemetry and logger are needed")
	}
	opts, err := parseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	if err := trust(opts, cfg.CAFile); err != nil {
		return nil, err
	}
	observer, err := newObserver(cfg.Telemetry)
	if err != nil {
		return nil, err
	}
	opts.DialTimeout = 500 * time.Millisecond
	opts.DialerRetries = 1
	opts.ReadTimeout = 300 * time.Millisecond
	opts.WriteTimeout = 300 * time.Millisecond
	opts.ContextTimeoutEnabled = true
	opts.MaxRetries = -1 // observer repeats what may be repeated
	opts.PoolSize = poolSize
	opts.PoolTimeout = poolWait
	opts.PipelinePoolSize = -1
	opts.DisableIdentity = true
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	logging.Disable() // the driver's only logger is the process's standard error; node says what matters

	rdb := redis.NewUniversalClient(opts)
	if cluster, ok := rdb.(*redis.ClusterClient); ok {
		cluster.OnNewNode(func(c *redis.Client) { c.AddHook(&node{log: cfg.Logger, cluster: true}) })
	} else {
		rdb.AddHook(&node{log: cfg.Logger})
	}
	rdb.AddHook(observer)
	return rdb, nil
}
