package launch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/watchword/watchword/deploy/local/internal/mongo"
	"github.com/watchword/watchword/deploy/local/internal/redis"
)

// The data files.
const (
	mongoFile = "mongodb.bolt"
	redisFile = "redis.bolt"
)

// stores are the embedded MongoDB and Redis that are wanted.
type stores struct {
	mongo *mongo.Server
	redis *redis.Server
}

// openStores opens those whose listener is given.
func openStores(data string, mongoListener, redisListener net.Listener, log *slog.Logger) (stores, error) {
	var s stores
	var err error
	if mongoListener != nil {
		s.mongo, err = mongo.Open(mongo.Config{
			Path:     filepath.Join(data, mongoFile),
			Listener: mongoListener,
			Logger:   log.With("part", "mongodb"),
			OnFatal:  fatal(log),
		})
		if err != nil {
			return s, err
		}
	}
	if redisListener != nil {
		s.redis, err = redis.Open(redis.Config{
			Path:     filepath.Join(data, redisFile),
			Listener: redisListener,
			Logger:   log.With("part", "redis"),
			OnFatal:  fatal(log),
		})
	}
	return s, err
}

// fatal ends the process: a store whose commit failed must not answer again, and its file holds all it acknowledged.
func fatal(log *slog.Logger) func(error) {
	return func(err error) {
		log.Error("the data can't be written any more", "error", err)
		os.Exit(1)
	}
}

// loops run the stores.
func (s stores) loops() []loop {
	var out []loop
	if s.mongo != nil {
		out = append(out, s.mongo.Run)
	}
	if s.redis != nil {
		out = append(out, s.redis.Run)
	}
	return out
}

// urls are where the stores listen.
func (s stores) urls() Stores {
	var out Stores
	if s.mongo != nil {
		out.MongoDB = s.mongo.URI()
	}
	if s.redis != nil {
		out.Redis = s.redis.URL()
	}
	return out
}

// StoresOptions: the addresses to listen on, both on loopback; an empty one leaves that store out.
type StoresOptions struct{ Data, MongoDB, Redis string }

// RunStores runs the embedded stores alone until ctx ends.
func RunStores(ctx context.Context, o StoresOptions, log *slog.Logger) error {
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return fmt.Errorf("WATCHWORD_DATA: %w", err)
	}
	mongoListener, err := listen(ctx, o.MongoDB)
	if err != nil {
		return err
	}
	redisListener, err := listen(ctx, o.Redis)
	if err != nil {
		return err
	}
	s, err := openStores(o.Data, mongoListener, redisListener, log)
	if err != nil {
		return err
	}
	backups, err := control(o.Data, s)
	if err != nil {
		return err
	}
	info := Info{Stores: s.urls(), PID: os.Getpid()}
	if err := info.write(o.Data); err != nil { // last: who reads it may take everything as there
		return err
	}
	printStores(os.Stdout, info.Stores)
	return errors.Join(run(ctx, [][]loop{{backups}, s.loops()}), info.remove(o.Data))
}

// listen binds addr; none where it is empty.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	return (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
}
