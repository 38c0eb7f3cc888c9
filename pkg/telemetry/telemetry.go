// Package telemetry gives a service its logger, its metrics registry and its tracer provider. Nothing is global: each
// service of a process has its own.
package telemetry

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const scope = "github.com/watchword/watchword"

// Config says who reports and where to. Endpoint is OTEL_EXPORTER_OTLP_ENDPOINT; empty: no spans leave the process.
type Config struct {
	Service  string // "auth", "users", "mailer"
	Version  string
	Endpoint string
	Protocol string       // OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" or "http/protobuf" (default)
	Logger   *slog.Logger // told of spans that could not be exported; nil: the OpenTelemetry SDK writes them to stderr
}

// Telemetry is a service's own.
type Telemetry struct {
	Registry   *prometheus.Registry
	Tracer     trace.Tracer
	Provider   trace.TracerProvider
	Propagator propagation.TextMapPropagator

	shutdown func(context.Context) error
}

// New makes them: a registry with Go, process and build collectors, a W3C propagator (trace context, never baggage), and
// a tracer provider whose spans always have ids, so that log lines can be told apart by trace even where none leave.
// It waits for no collector.
func New(ctx context.Context, cfg Config) (*Telemetry, error) {
	if cfg.Service == "" {
		return nil, fmt.Errorf("telemetry: no service name")
	}
	provider, err := newProvider(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &Telemetry{
		Registry:   newRegistry(cfg.Version),
		Tracer:     provider.Tracer(scope),
		Provider:   provider,
		Propagator: propagation.TraceContext{},
		shutdown:   provider.Shutdown,
	}, nil
}

// Shutdown sends the spans that wait, until ctx ends.
func (t *Telemetry) Shutdown(ctx context.Context) error { return t.shutdown(ctx) }

func newRegistry(version string) *prometheus.Registry {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "watchword_build_info",
		Help:        "Always 1; the label tells which version runs.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		build,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return registry
}
