package mongodb

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/telemetry"
)

// observer makes a span and a duration of every command, from its name, its collection and whether it failed.
type observer struct {
	tracer    trace.Tracer
	durations *prometheus.HistogramVec
	spans     sync.Map // the driver's request id (int64) → trace.Span, while the command runs
}

func newObserver(tel *telemetry.Telemetry) (*observer, error) {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "watchword_mongodb_duration_seconds",
		Help:    "Commands to MongoDB.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"command", "outcome"})
	return &observer{tracer: tel.Tracer, durations: durations}, tel.Registry.Register(durations)
}

func (o *observer) monitor() *event.CommandMonitor {
	return &event.CommandMonitor{
		Started: o.started,
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) {
			o.finished(e.RequestID, e.CommandName, "ok", e.Duration)
		},
		Failed: func(_ context.Context, e *event.CommandFailedEvent) {
			o.finished(e.RequestID, e.CommandName, "failed", e.Duration)
		},
	}
}

func (o *observer) started(ctx context.Context, e *event.CommandStartedEvent) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return // a loop's own query: nobody asked for it
	}
	attrs := []attribute.KeyValue{
		attribute.String("db.system.name", "mongodb"),
		attribute.String("db.operation.name", e.CommandName),
	}
	// The value of a command's first member is its collection, or a number where it has none.
	if collection, ok := e.Command.Lookup(e.CommandName).StringValueOK(); ok {
		attrs = append(attrs, attribute.String("db.collection.name", collection))
	}
	_, span := o.tracer.Start(ctx, "mongodb "+e.CommandName,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
	o.spans.Store(e.RequestID, span)
}

func (o *observer) finished(request int64, command, outcome string, took time.Duration) {
	o.durations.WithLabelValues(command, outcome).Observe(took.Seconds())
	value, ok := o.spans.LoadAndDelete(request)
	if !ok {
		return
	}
	span := value.(trace.Span)
	if outcome != "ok" {
		span.SetStatus(codes.Error, outcome)
	}
	span.End()
}
