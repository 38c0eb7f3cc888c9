// Package gateway is the front door of a local run: a reverse proxy that routes as CONTRACT says every ingress does.
//
// It knows paths and nothing else: no host, no dialect, no session. The services trust it for the client's address,
// which it takes from the connection; whatever a client claims about that is dropped.
package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	dialTimeout    = 2 * time.Second
	headerTimeout  = 10 * time.Second // a client's request header
	requestTimeout = time.Minute      // a client's whole request
	answerTimeout  = 30 * time.Second // until a service's answer begins
	writeTimeout   = 10 * time.Minute // a whole answer: the list of all accounts is streamed
	clientIdle     = time.Minute
	serviceIdle    = 30 * time.Second // below the services' own, so they never close a connection that is in use
	drainTimeout   = 20 * time.Second
	maxHeader      = 32 << 10 // bytes
	idlePerService = 128
)

// Config is what a Gateway needs. All but Logger are required.
type Config struct {
	// Listener takes the clients; the Gateway closes it.
	Listener net.Listener
	// Auth and Users are the public listeners of the services, http://host:port.
	Auth, Users *url.URL
	// Logger defaults to one that discards.
	Logger *slog.Logger
}

// Gateway is a reverse proxy to the services.
type Gateway struct {
	listener  net.Listener
	server    *http.Server
	transport *http.Transport
}

// New checks cfg. Nothing is served before Run.
func New(cfg Config) (*Gateway, error) {
	if cfg.Listener == nil || cfg.Auth == nil || cfg.Users == nil {
		return nil, errors.New("gateway: listener, auth and users are required")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{
		listener: cfg.Listener,
		transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
			DisableCompression:    true,
			ExpectContinueTimeout: time.Second,
			IdleConnTimeout:       serviceIdle,
			MaxIdleConnsPerHost:   idlePerService,
			ResponseHeaderTimeout: answerTimeout,
		},
	}
	g.server = &http.Server{
		Handler: &router{
			routes: Routes(),
			services: map[Service]http.Handler{
				Auth:  proxy(cfg.Auth, g.transport, cfg.Logger),
				Users: proxy(cfg.Users, g.transport, cfg.Logger),
			},
		},
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       clientIdle,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelWarn),
	}
	return g, nil
}

// Run serves until ctx ends, then takes no more requests and lets those under way finish, 20 s at most. The error is
// nil after a clean stop. Call it once.
func (g *Gateway) Run(ctx context.Context) error {
	defer g.transport.CloseIdleConnections()
	served := make(chan error, 1)
	go func() { served <- g.server.Serve(g.listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := g.server.Shutdown(drain)
	if err != nil {
		err = errors.Join(err, g.server.Close())
	}
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// router sends a request on by the path that the service will see.
type router struct {
	routes   []Route
	services map[Service]http.Handler
}

func (r *router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path := req.URL.EscapedPath()
	if !clean(path) {
		refuse(w, http.StatusBadRequest, `{"error":"bad_path"}`)
		return
	}
	to, ok := Match(r.routes, path)
	if !ok {
		refuse(w, http.StatusNotFound, `{"error":"not_found"}`)
		return
	}
	if req.TransferEncoding != nil {
		// Where a length stood beside it net/http has dropped that: what follows may be meant as the body's rest (RFC 9112,
		// section 6.1).
		w.Header().Set("Connection", "close")
	}
	r.services[to].ServeHTTP(w, req)
}

// body is a client's. It remembers that it could not be read to its end, which is no fault of the service's.
type body struct {
	io.ReadCloser
	broken atomic.Bool
}

// Read passes on what comes.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.broken.Store(true)
	}
	return n, err
}

// proxy passes requests on to one service: method, path, query, host and body as they came.
func proxy(service *url.URL, transport http.RoundTripper, logger *slog.Logger) http.Handler {
	return &httputil.ReverseProxy{
		Transport: transport, // what has no length is passed on as it comes
		ErrorLog:  slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = service.Scheme, service.Host
			r.Out.URL.RawQuery = r.In.URL.RawQuery // as it came: the service says what is wrong with it
			for name := range r.Out.Header {
				if strings.HasPrefix(name, "X-Forwarded-") {
					delete(r.Out.Header, name)
				}
			}
			if r.Out.Body != nil {
				r.Out.Body = &body{ReadCloser: r.Out.Body}
			}
			r.Out.Header.Del("Connection") // no service switches protocols
			r.Out.Header.Del("Upgrade")
			r.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, req *http.Request, err error) {
			if req.Context().Err() != nil {
				panic(http.ErrAbortHandler) // the client is gone
			}
			if b, ok := req.Body.(*body); ok && b.broken.Load() {
				w.Header().Set("Connection", "close")
				refuse(w, http.StatusBadRequest, `{"error":"bad_body"}`)
				return
			}
			logger.Warn("a service does not answer", "service", service.Host, "method", req.Method, "error", err)
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, `{"error":"unavailable"}`)
		},
	}
}

func refuse(w http.ResponseWriter, status int, body string) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
