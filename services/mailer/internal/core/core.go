package core

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
)

// Deps are what core needs. All are required but Workers.
type Deps struct {
	Queue    Queue
	Leases   Leases
	Renderer Renderer
	Sender   Sender
	Observer Observer
	Tracer   Tracer
	Sealer   *secret.Sealer // for the purpose "mail queue"
	Logger   *slog.Logger
	Now      func() time.Time
	Rand     io.Reader
	Jitter   func() float64 // uniform in [0, 1)
	Workers  int            // mails sent at the same time; default 4
}

// Core is the mail queue.
type Core struct {
	Deps
	ids    id.Source
	wake   chan struct{}
	silent bool // the store did not answer the dispatcher last time
}

// New checks deps.
func New(deps Deps) (*Core, error) {
	if deps.Queue == nil || deps.Leases == nil || deps.Renderer == nil || deps.Sender == nil || deps.Observer == nil ||
		deps.Tracer == nil || deps.Sealer == nil || deps.Logger == nil || deps.Now == nil || deps.Rand == nil || deps.Jitter == nil {
		return nil, errors.New("mail core: a dependency is missing")
	}
	if deps.Workers <= 0 {
		deps.Workers = 4
	}
	return &Core{Deps: deps, ids: id.Source{Now: deps.Now, Rand: deps.Rand}, wake: make(chan struct{}, 1)}, nil
}

// now is the time as the store keeps it.
func (c *Core) now() time.Time { return c.Now().UTC().Truncate(time.Millisecond) }

// Error is the code, where there is one, and the text.
func (e *SendError) Error() string {
	if e.Code == 0 {
		return e.Text
	}
	return fmt.Sprintf("%d %s", e.Code, e.Text)
}
