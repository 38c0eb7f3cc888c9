// Package redis is the embedded Redis of the one-machine edition: miniredis made durable over one bbolt file.
//
// One command runs at a time, as in Redis, and its answer leaves only when what it wrote, and what it showed, is on
// disk; writes that wait together share one commit. The values are in memory and, key by key, in the file; deadlines
// are absolute, so they hold across restarts. A write rewrites its key whole: keep collections small. All keys are in
// memory, about 1 KiB for a session, and are read at the start: it is meant for some 100,000 of them.
//
// It keeps what Watchword's services use: strings, hashes, sets, lists and sorted sets of database 0, and scripts that
// name every key they touch and run for 5 s at most. Whatever else a client asks for is refused, never ignored. It
// listens on loopback only and asks for no password: whoever may connect to the machine's loopback may read the sessions.
package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2/server"
)

const (
	tick        = 100 * time.Millisecond // how often keys that nobody asks for expire
	expireBatch = 1000                   // how many of them at once
	drain       = 2 * time.Second        // how long a client may take to read its last answer
)

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
	// OnFatal is called once when a commit fails: memory is then ahead of the file, nothing more is answered and the
	// process must end.
	OnFatal func(error)
	// Now defaults to time.Now.
	Now func() time.Time
}

// Server is a running store. Its methods may be called from any goroutine.
type Server struct {
	cfg     Config
	file    *file
	journal *journal

	mu      sync.Mutex // held while a command runs; guards what follows
	memory  *memory
	scripts *scripts
	running *script // the script whose command runs, if one does

	clients clients
}

// Open loads the file. The error is one sentence that names the file if it is in use, damaged or not ours. Nobody is
// answered before Run, and only Run closes the file: call it even if there is nothing to serve any more.
func Open(cfg Config) (*Server, error) {
	if cfg.Listener == nil || cfg.Path == "" {
		return nil, errors.New("embedded redis: path and listener are required")
	}
	addr, ok := cfg.Listener.Addr().(*net.TCPAddr)
	if !ok || !addr.IP.IsLoopback() {
		return nil, fmt.Errorf("embedded redis: %s is not a loopback address", cfg.Listener.Addr())
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.OnFatal == nil {
		cfg.OnFatal = func(error) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{cfg: cfg, clients: clients{open: map[net.Conn]struct{}{}}}
	s.scripts = newScripts(s.fromScript)
	var err error
	if s.memory, err = newMemory(); err != nil {
		return nil, fmt.Errorf("embedded redis: %w", err)
	}
	if s.file, err = openFile(cfg.Path, cfg.NoSync); err != nil {
		s.memory.close()
		return nil, err
	}
	if err := s.file.load(s.now(), s.memory.restore); err != nil {
		s.memory.close()
		return nil, errors.Join(err, s.file.close())
	}
	s.journal = newJournal(s.file.commit)
	return s, nil
}

// URL is where clients connect: redis://127.0.0.1:PORT/0.
func (s *Server) URL() string { return "redis://" + s.cfg.Listener.Addr().String() + "/0" }

// Backup writes a consistent copy of what is committed to path while the store runs. The copy takes the place of path
// only when it is complete; it is a data file like the store's own.
func (s *Server) Backup(ctx context.Context, path string) error { return s.file.backup(ctx, path) }

// Run serves until ctx ends, then lets the commands that run finish, and closes the file. The error is nil after a
// clean stop. Call it once.
func (s *Server) Run(ctx context.Context) error {
	stop, failed := make(chan struct{}), make(chan error, 1)
	go func() { failed <- s.journal.run(stop) }()
	s.clients.serve(s.cfg.Listener, s.session, s.cfg.Logger)

	err := s.keepTime(ctx, failed)
	s.clients.stop(s.cfg.Listener)
	if err == nil {
		close(stop)
		err = <-failed
	}
	if err != nil {
		s.cfg.Logger.Error("embedded redis can't write its file", "error", err)
		s.cfg.OnFatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory.close()
	s.scripts.close()
	return errors.Join(err, s.file.close())
}

// keepTime expires keys until ctx ends (nil) or a commit fails.
func (s *Server) keepTime(ctx context.Context, failed <-chan error) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-ticker.C:
			s.tidy()
		}
	}
}

// tidy removes keys that have expired and, now and then, what miniredis remembers of keys that are gone.
func (s *Server) tidy() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(s.memory.expireDue(s.now(), expireBatch))
	if err := s.memory.renew(); err != nil {
		s.cfg.Logger.Error("embedded redis can't renew its memory", "error", err)
	}
}

// now is the time in whole milliseconds, as Redis counts it.
func (s *Server) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Millisecond) }

// dispatch lets miniredis run a command; its answer goes to p.
func (s *Server) dispatch(p *server.Peer, args []string) { s.memory.mini.Server().Dispatch(p, args) }
