package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	defaultTimeout = 10 * time.Second

	readTimeout  = 10 * time.Second
	writeTimeout = 15 * time.Second
	idleTimeout  = 75 * time.Second // longer than a gateway's, so that it is never us who closes under a request
	headerLimit  = 16 << 10
)

// App is a service's public application.
type App struct {
	cfg      Config
	dialects []Dialect
	routes   []Route
	origins  origins
	hosts    hosts
	bodies   map[string]int // the limits above bodyLimit, by method and path
	requests *prometheus.HistogramVec
	refused  prometheus.Counter // connections
	fiber    *fiber.App
	draining atomic.Bool

	mu       sync.Mutex // guards what follows
	listener net.Listener
	stopped  bool
}

// New builds it. Two dialects with the same route and body, or a route without Access or Body, are an error.
func New(cfg Config, dialects ...Dialect) (*App, error) {
	if cfg.Logger == nil || cfg.Telemetry == nil || cfg.Authenticator == nil {
		return nil, errors.New("web: Logger, Telemetry and Authenticator are required")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := check(dialects); err != nil {
		return nil, err
	}
	hosts, err := newHosts(cfg.PublicOrigin, cfg.Hosts, cfg.DialectHosts)
	if err != nil {
		return nil, err
	}
	origins, err := newOrigins(cfg.PublicOrigin, slices.Sorted(maps.Keys(hosts.dialects)), cfg.Origins)
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, dialects: dialects, origins: origins, hosts: hosts, requests: newRequests(), refused: newRefusedConnections()}
	for _, c := range []prometheus.Collector{a.requests, a.refused} {
		if err := cfg.Telemetry.Registry.Register(c); err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
	}
	a.build()
	return a, nil
}

// Serve answers on ln until Shutdown; nil then.
func (a *App) Serve(ln net.Listener) error {
	a.mu.Lock()
	a.listener = ln
	stopped := a.stopped
	a.mu.Unlock()
	if stopped {
		return ln.Close()
	}
	ln = &uncrowded{Listener: ln, trusted: a.cfg.TrustedProxies, refused: a.refused, open: map[string]int{}}
	if err := a.fiber.Listener(lingering{ln}); err != nil {
		return fmt.Errorf("serve %s: %w", a.cfg.Service, err)
	}
	return nil
}

// Drain makes every answer carry Connection: close from now on.
func (a *App) Drain() { a.draining.Store(true) }

// Shutdown stops accepting and waits for what runs, until ctx ends.
func (a *App) Shutdown(ctx context.Context) error {
	a.mu.Lock()
	a.stopped = true
	listener := a.listener
	a.mu.Unlock()
	// Serve may not have handed the listener on yet, so that Fiber would not know what to close.
	if listener != nil {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("close the listener of %s: %w", a.cfg.Service, err)
		}
	}
	if err := a.fiber.ShutdownWithContext(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("drain %s: %w", a.cfg.Service, err)
	}
	return nil
}

// Routes lists what is registered, for tests.
func (a *App) Routes() []Route { return slices.Clone(a.routes) }
