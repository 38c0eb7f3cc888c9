package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"
)

const (
	defaultTimeout   = 10 * time.Second
	defaultBodyLimit = 64 << 10

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
	requests *prometheus.HistogramVec
	fiber    *fiber.App
	draining atomic.Bool

	mu       sync.Mutex // guards what follows
	listener net.Listener
	stopped  bool
}

// New builds it. Two dialects with the same route, or a route without Access or Body, are an error.
func New(cfg Config, dialects ...Dialect) (*App, error) {
	if cfg.Logger == nil || cfg.Telemetry == nil || cfg.Authenticator == nil {
		return nil, errors.New("web: Logger, Telemetry and Authenticator are required")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.BodyLimit == 0 {
		cfg.BodyLimit = defaultBodyLimit
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := check(dialects); err != nil {
		return nil, err
	}
	origins, err := newOrigins(cfg.PublicOrigin, cfg.Origins)
	if err != nil {
		return nil, err
	}
	hosts, err := newHosts(cfg.PublicOrigin, cfg.Hosts)
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, dialects: dialects, origins: origins, hosts: hosts, requests: newRequests()}
	if err := cfg.Telemetry.Registry.Register(a.requests); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	a.build()
	return a, nil
}

// check looks for what would be a hole or a surprise in the tables.
func check(dialects []Dialect) error {
	if len(dialects) == 0 {
		return errors.New("web: no dialect")
	}
	taken := map[string]string{}
	for _, d := range dialects {
		if d.Render == nil {
			return fmt.Errorf("web: dialect %s has no Render", d.Name)
		}
		for _, r := range d.Routes {
			name := r.Method + " " + r.Path
			if !slices.Contains(methods, r.Method) || !strings.HasPrefix(r.Path, "/") || r.Handle == nil {
				return fmt.Errorf("web: %s: %s needs a known method, a path and Handle", d.Name, name)
			}
			if r.Access < Open || r.Access > Member || r.Body < NoBody || r.Body > Form {
				return fmt.Errorf("web: %s: %s needs Access and Body", d.Name, name)
			}
			key := r.Method + " " + anonymous(r.Path)
			if other, ok := taken[key]; ok {
				return fmt.Errorf("web: %s is both %s's and %s's", name, other, d.Name)
			}
			taken[key] = d.Name
		}
	}
	return nil
}

// anonymous is a pattern without the names of its parameters.
func anonymous(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, s := range segments {
		if strings.HasPrefix(s, ":") {
			segments[i] = ":"
		}
	}
	return strings.Join(segments, "/")
}

// build makes the Fiber application: one middleware about everything, and for each route the checks it states.
func (a *App) build() {
	a.fiber = fiber.New(fiber.Config{
		Immutable:                    true, // else strings of a request change with the next
		CaseSensitive:                true,
		StrictRouting:                true,
		DisableStartupMessage:        true,
		DisablePreParseMultipartForm: true,
		BodyLimit:                    a.cfg.BodyLimit,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		ReadBufferSize:               headerLimit,
		// Only what fasthttp refuses before any handler comes here.
		ErrorHandler: func(c *fiber.Ctx, err error) error {
			if conn, ok := c.Context().Conn().(*lingeringConn); ok {
				conn.unread.Store(true)
			}
			a.answer(c, func(*fiber.Ctx) error { return err })
			return nil
		},
	})
	a.fiber.Use(func(c *fiber.Ctx) error {
		a.answer(c, a.admit)
		return nil
	})
	for _, d := range a.dialects {
		for _, r := range d.Routes {
			chain := []fiber.Handler{a.enter(d, r)}
			if d.Before != nil {
				chain = append(chain, d.Before)
			}
			chain = append(chain, r.Handle)
			a.fiber.Add(r.Method, r.Path, chain...)
			a.routes = append(a.routes, r)
			if r.Method == http.MethodGet && !r.Unsafe {
				a.fiber.Add(http.MethodHead, r.Path, chain...)
			}
		}
	}
	// Fiber answers a method it doesn't know by itself and bare. Nobody serves TRACE, so it stands for all of them.
	serve := a.fiber.Handler()
	a.fiber.Server().Handler = func(ctx *fasthttp.RequestCtx) {
		if !slices.Contains(methods, string(ctx.Method())) {
			ctx.Request.Header.SetMethod(http.MethodTrace)
		}
		serve(ctx)
	}
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
