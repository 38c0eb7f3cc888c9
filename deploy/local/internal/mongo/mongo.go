// Package mongo is the embedded MongoDB of the one-machine edition: MongoDB's protocol over one bbolt file.
//
// Every acknowledged write is on disk; writes that wait together share one fsync. It keeps what Watchword's services
// use: commands on single documents, plain, compound, unique and TTL indexes, the simple aggregations. Whatever else a
// client asks for is refused, never ignored. It listens on loopback only and asks for no password: whoever may connect
// to the machine's loopback may read the accounts.
//
// Package wire frames messages, command answers them, store keeps the documents, document knows what filters and
// updates mean, code names the errors.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/watchword/watchword/deploy/local/internal/mongo/command"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

// tidyEvery is how often documents and cursors expire.
const tidyEvery = time.Second

// Config is what a Server needs; Path and Listener are required.
type Config struct {
	// Path is the data file. It is made, with mode 0600, if it doesn't exist; its folder must.
	Path string
	// Listener takes the clients. It must be bound to a loopback address; the Server closes it.
	Listener net.Listener
	// Logger defaults to one that discards.
	Logger *slog.Logger
	// NoSync leaves out the fsync, so that a power cut may lose or damage the file. For tests.
	NoSync bool
	// OnFatal is called once when a commit fails, of a full disk or a broken one: that write was not acknowledged, no
	// other will be, and the process must end. It must not wait for Run, which ends too.
	OnFatal func(error)
	// Now defaults to time.Now.
	Now func() time.Time
}

// Server is a running store. Its methods may be called from any goroutine.
type Server struct {
	listener net.Listener
	store    *store.Store
	commands *command.Server
	log      *slog.Logger
	now      func() time.Time
	fatal    chan error
}

// Open opens the file. The error is one sentence that names the file if it is in use, damaged or not ours. Nobody is
// answered before Run, and only Run closes the file: call it even if there is nothing to serve any more.
func Open(cfg Config) (*Server, error) {
	if cfg.Listener == nil || cfg.Path == "" {
		return nil, errors.New("embedded mongodb: path and listener are required")
	}
	addr, ok := cfg.Listener.Addr().(*net.TCPAddr)
	if !ok || !addr.IP.IsLoopback() {
		return nil, fmt.Errorf("embedded mongodb: %s is not a loopback address", cfg.Listener.Addr())
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{listener: cfg.Listener, log: cfg.Logger, now: cfg.Now, fatal: make(chan error, 1)}
	onFatal := func(err error) {
		s.fatal <- err
		if cfg.OnFatal != nil {
			cfg.OnFatal(err)
		}
	}
	var err error
	if s.store, err = store.Open(store.Config{Path: cfg.Path, NoSync: cfg.NoSync, OnFatal: onFatal}); err != nil {
		return nil, err
	}
	s.commands = command.New(command.Deps{Store: s.store, Logger: cfg.Logger, Now: cfg.Now})
	return s, nil
}

// URI is where clients connect: mongodb://127.0.0.1:PORT/?directConnection=true.
func (s *Server) URI() string {
	return "mongodb://" + s.listener.Addr().String() + "/?directConnection=true"
}

// Backup writes a consistent copy of what is committed to path while the store runs. The copy takes the place of path
// only when it is complete; it is a data file like the store's own.
func (s *Server) Backup(ctx context.Context, path string) error { return s.store.Backup(ctx, path) }

// Run serves until ctx ends, then lets the commands that run finish, and closes connections and file. The error is nil
// after a clean stop. Call it once.
func (s *Server) Run(ctx context.Context) error {
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return s.commands.Serve(running, s.listener) })
	group.Go(func() error { return s.tidy(running) })
	err := group.Wait()
	return errors.Join(err, s.store.Close())
}

// tidy removes what has expired until ctx ends (nil) or a commit fails.
func (s *Server) tidy(ctx context.Context) error {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.fatal:
			return err
		case <-ticker.C:
			s.commands.ExpireCursors()
			if _, err := s.store.Expire(ctx, s.now()); err != nil && ctx.Err() == nil {
				s.log.Error("documents not expired", "error", err)
			}
		}
	}
}
