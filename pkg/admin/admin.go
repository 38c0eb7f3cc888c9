// Package admin is a service's internal listener: /internal/… operations, /healthz, /readyz and /metrics, on net/http.
// No ingress reaches it.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/watchword/watchword/pkg/telemetry"
)

const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 75 * time.Second
	maxHeader     = 16 << 10
)

// Server is the internal listener's.
type Server struct {
	log      *slog.Logger
	ready    func() error
	mux      *http.ServeMux
	http     *http.Server
	draining atomic.Bool
	unready  atomic.Bool // what /readyz answered last; only a change is logged
}

// New makes it; ready tells whether this process can serve (nil: yes). Not ready from Drain on.
func New(tel *telemetry.Telemetry, log *slog.Logger, ready func() error) *Server {
	s := &Server{log: log, ready: ready, mux: http.NewServeMux()}
	errorLog := slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          errorLog,
	}
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, `{"status":"ok"}`)
	})
	s.mux.HandleFunc("GET /readyz", s.readyz)
	s.mux.Handle("GET /metrics", promhttp.HandlerFor(tel.Registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true,
		ErrorLog:          errorLog,
	}))
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusNotFound, `{"error":"not_found"}`)
	})
	return s
}

// Handle adds operations under a pattern of http.ServeMux. It is for start-up: it panics where the pattern is taken.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Serve answers on ln until Shutdown; nil then.
func (s *Server) Serve(ln net.Listener) error {
	if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the internal listener: %w", err)
	}
	return nil
}

// Drain turns readiness off and makes every answer close its connection.
func (s *Server) Drain() { s.draining.Store(true) }

// Shutdown stops accepting and waits for what runs, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error { return s.http.Shutdown(ctx) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			s.log.ErrorContext(r.Context(), "panic", "error", fmt.Sprint(p), "stack", string(debug.Stack()))
			write(w, http.StatusInternalServerError, `{"error":"internal"}`)
		}
	}()
	if s.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	err := s.check()
	if unready := err != nil; s.unready.Swap(unready) != unready {
		s.log.InfoContext(r.Context(), "readiness changed", "ready", !unready, "cause", err)
	}
	if err != nil {
		write(w, http.StatusServiceUnavailable, `{"status":"not_ready"}`)
		return
	}
	write(w, http.StatusOK, `{"status":"ready"}`)
}

func (s *Server) check() error {
	if s.draining.Load() {
		return errors.New("draining")
	}
	if s.ready == nil {
		return nil
	}
	return s.ready()
}

func write(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the caller is gone, and knows
}
