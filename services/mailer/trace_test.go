package mailer

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/telemetry"
)

func TestDeliveryIsATraceOfItsOwnThatPointsBack(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans))
	tr := tracer{&telemetry.Telemetry{Tracer: provider.Tracer("test"), Propagator: propagation.TraceContext{}}}

	if asker := tr.Asker(t.Context()); asker != "" {
		t.Errorf("nobody asked as %s", asker)
	}
	ctx, request := provider.Tracer("test").Start(t.Context(), "request")
	asker := tr.Asker(ctx)
	request.End()

	_, end := tr.Delivery(ctx, mailapi.Reset, asker)
	end("sent")
	_, end = tr.Delivery(context.Background(), mailapi.Reset, "")
	end("failed")

	ended := spans.Ended()
	if len(ended) != 3 {
		t.Fatalf("%d spans", len(ended))
	}
	asked, delivered, unasked := ended[0], ended[1], ended[2]
	if delivered.Parent().IsValid() || delivered.SpanContext().TraceID() == asked.SpanContext().TraceID() {
		t.Error("the delivery is part of the request's trace")
	}
	links := delivered.Links()
	if len(links) != 1 || links[0].SpanContext.SpanID() != asked.SpanContext().SpanID() || links[0].SpanContext.TraceID() != asked.SpanContext().TraceID() {
		t.Errorf("the delivery points to %v", links)
	}
	if len(unasked.Links()) != 0 || unasked.Status().Description != "failed" || delivered.Status().Description != "" {
		t.Errorf("links %v, status %v and %v", unasked.Links(), unasked.Status(), delivered.Status())
	}
}
