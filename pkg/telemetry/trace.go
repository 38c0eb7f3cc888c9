package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// newProvider exports in batches to cfg.Endpoint. Without one its spans have ids and record nothing.
func newProvider(ctx context.Context, cfg Config) (*sdktrace.TracerProvider, error) {
	if cfg.Endpoint == "" {
		return sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())), nil
	}
	var exporter sdktrace.SpanExporter
	exporter, err := newExporter(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Logger != nil {
		exporter = reporting{exporter, cfg.Logger}
	}
	about, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", cfg.Service),
		attribute.String("service.version", cfg.Version),
	))
	if err != nil {
		return nil, fmt.Errorf("telemetry: OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return sdktrace.NewTracerProvider(sdktrace.WithResource(about), sdktrace.WithBatcher(exporter)), nil
}

func newExporter(ctx context.Context, cfg Config) (*otlptrace.Exporter, error) {
	endpoint, err := url.Parse(cfg.Endpoint)
	if err != nil || endpoint.Host == "" || (endpoint.Scheme != "http" && endpoint.Scheme != "https") {
		return nil, fmt.Errorf("telemetry: OTEL_EXPORTER_OTLP_ENDPOINT is not an http or https URL")
	}
	switch cfg.Protocol {
	case "", "http/protobuf":
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint.JoinPath("v1", "traces").String()))
	case "grpc":
		return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(endpoint.String()))
	}
	return nil, fmt.Errorf("telemetry: OTEL_EXPORTER_OTLP_PROTOCOL %q is neither grpc nor http/protobuf", cfg.Protocol)
}

// reporting tells a service's own log of failed exports, as the SDK would tell a process-wide one.
type reporting struct {
	sdktrace.SpanExporter
	log *slog.Logger
}

// ExportSpans exports, and logs what fails.
func (r reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := r.SpanExporter.ExportSpans(ctx, spans); err != nil {
		r.log.WarnContext(ctx, "spans not exported", "spans", len(spans), "error", err)
	}
	return nil
}
