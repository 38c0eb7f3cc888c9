package mailer

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

// tracer is core's: a delivery may come hours after its request, so it is a trace of its own that points back.
type tracer struct{ tel *telemetry.Telemetry }

var _ core.Tracer = tracer{}

const traceparent = "traceparent"

// Asker is the traceparent of ctx's span.
func (t tracer) Asker(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	t.tel.Propagator.Inject(ctx, carrier)
	return carrier[traceparent]
}

// Delivery begins a trace.
func (t tracer) Delivery(ctx context.Context, template mailapi.Template, asker string) (context.Context, func(outcome string)) {
	options := []trace.SpanStartOption{
		trace.WithNewRoot(),
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(attribute.String("watchword.mail.template", string(template))),
	}
	if asker != "" {
		asked := t.tel.Propagator.Extract(context.Background(), propagation.MapCarrier{traceparent: asker})
		options = append(options, trace.WithLinks(trace.LinkFromContext(asked)))
	}
	ctx, span := t.tel.Tracer.Start(ctx, "deliver mail", options...)
	return ctx, func(outcome string) {
		span.SetAttributes(attribute.String("watchword.mail.outcome", outcome))
		if outcome != core.OutcomeSent {
			span.SetStatus(codes.Error, outcome)
		}
		span.End()
	}
}
