package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

// access is one access line.
type access struct {
	Msg, Method, Route, Reason string
	Status                     int
	Duration                   *float64 `json:"duration_ms"`
	RequestID                  string   `json:"request_id"`
	TraceID                    string   `json:"trace_id"`
	Error                      string
}

// logged reads the log's lines.
func logged(t *testing.T, log string) (requests, others []access) {
	t.Helper()
	for line := range strings.Lines(log) {
		var a access
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		if a.Msg == "request" {
			requests = append(requests, a)
		} else {
			others = append(others, a)
		}
	}
	return requests, others
}

func TestOneAccessLineARequest(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/users/:id", ok)))
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	got := s.send(t, "GET", "/users/canary-id?token=canary-query", "", "traceparent: 00-"+trace+"-00f067aa0ba902b7-01",
		"baggage: user=canary-baggage", "X-Request-Id: canary-request-id", "Authorization: Bearer canary-token",
		"Cookie: a=canary-cookie", "User-Agent: canary-agent", "X-Forwarded-For: 192.0.2.77")
	requests, others := logged(t, s.log.String())
	if len(requests) != 1 || len(others) != 0 {
		t.Fatal(s.log)
	}
	want := access{
		Msg: "request", Method: "GET", Route: "/users/:id", Status: 200,
		Duration: requests[0].Duration, RequestID: got.header.Get("X-Request-Id"), TraceID: trace,
	}
	if diff := cmp.Diff(want, requests[0]); diff != "" || want.Duration == nil {
		t.Error(diff)
	}
	for _, private := range []string{"canary", "127.0.0.1", "192.0.2.77", host} {
		if strings.Contains(s.log.String(), private) {
			t.Errorf("the log tells %s: %s", private, s.log)
		}
	}
}

func TestFaultsOfTheServiceAreLoggedOnceWithTheirCause(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct{ reason, cause string }{
		"/broken":    {"internal", "mongo: goroutine.go:17 exploded"},
		"/panic":     {"internal", "panic: mongo"},
		"/outage":    {"unavailable", "mongo is down"},
		"/throttled": {"throttled", ""},
		"/nowhere":   {"route_unknown", ""},
	} {
		s := start(t, nil, everyStatus())
		got := s.send(t, "GET", path, "")
		requests, others := logged(t, s.log.String())
		if len(requests) != 1 || requests[0].Reason != want.reason {
			t.Errorf("%s: %+v", path, requests)
		}
		if want.cause == "" {
			if len(others) != 0 {
				t.Errorf("%s: %+v", path, others)
			}
			continue
		}
		if len(others) != 1 || !strings.Contains(others[0].Error, want.cause) ||
			others[0].RequestID != got.header.Get("X-Request-Id") || len(others[0].TraceID) != 32 {
			t.Errorf("%s: %+v", path, others)
		}
	}
}

func TestMetricsAreBounded(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/users/:id", ok)))
	var requests strings.Builder
	const each = 2500
	for i := range each {
		for _, line := range []string{"GET /users/%d?q=%[1]d", "GET /nowhere/%d", "M%d /users/1", "DELETE /users/%d"} {
			fmt.Fprintf(&requests, line+" HTTP/1.1\r\nHost: %[2]s\r\nUser-Agent: %[1]d\r\n\r\n", i, host)
		}
	}
	s.pipeline(t, requests.String(), 4*each)
	want := map[string]bool{
		"GET /users/:id 200": true, "GET _unmatched 404": true, "_OTHER _unmatched 405": true, "DELETE _unmatched 405": true,
	}
	if diff := cmp.Diff(want, series(t, s.tel.Registry)); diff != "" {
		t.Error(diff)
	}
}

// series lists the label sets of the request histogram, and wants the buckets that the objectives are about.
func series(t *testing.T, registry *prometheus.Registry) map[string]bool {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range families {
		if f.GetName() != "http_server_request_duration_seconds" {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			found[labels["method"]+" "+labels["route"]+" "+labels["status"]] = true
			edges := map[float64]bool{}
			for _, b := range m.GetHistogram().GetBucket() {
				edges[b.GetUpperBound()] = true
			}
			if len(labels) != 3 || !edges[0.1] || !edges[0.5] {
				t.Errorf("labels %v, edges %v", labels, edges)
			}
		}
	}
	return found
}

func TestOneServerSpanARequest(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	var inside trace.SpanContext
	var bag baggage.Baggage
	s := start(t, func(cfg *web.Config) {
		cfg.Telemetry.Provider, cfg.Telemetry.Tracer = provider, provider.Tracer("test")
	}, dialect("d", nil,
		route(http.MethodGet, "/users/:id", func(c *fiber.Ctx) error {
			inside, bag = trace.SpanContextFromContext(web.Context(c)), baggage.FromContext(web.Context(c))
			return fault.Outage(errors.New("canary-cause"))
		})))
	got := s.send(t, "GET", "/users/canary-id?q=canary-query", "", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"baggage: user=canary", "User-Agent: canary-agent")
	for name := range got.header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "trace") || name == "baggage" {
			t.Errorf("answered with %s", name)
		}
	}
	ended := spans.Ended()
	if len(ended) != 1 {
		t.Fatalf("%d spans", len(ended))
	}
	span := ended[0]
	if span.Name() != "GET /users/:id" || span.SpanKind() != trace.SpanKindServer || span.Status().Code != codes.Error {
		t.Errorf("%s %s %v", span.Name(), span.SpanKind(), span.Status())
	}
	if !inside.Equal(span.SpanContext()) || span.Parent().SpanID().String() != "00f067aa0ba902b7" || bag.Len() != 0 {
		t.Errorf("handler's span %v, parent %v, baggage %s", inside, span.Parent(), bag)
	}
	want := map[string]string{"http.request.method": "GET", "http.route": "/users/:id", "http.response.status_code": "503"}
	attributes := map[string]string{}
	for _, a := range span.Attributes() {
		attributes[string(a.Key)] = a.Value.String()
	}
	if diff := cmp.Diff(want, attributes); diff != "" {
		t.Error(diff)
	}
	if !exemplar(t, s.tel.Registry, "4bf92f3577b34da6a3ce929d0e0e4736") {
		t.Error("no exemplar names the trace")
	}
}

// exemplar tells whether the request histogram points at that trace.
func exemplar(t *testing.T, registry *prometheus.Registry, traceID string) bool {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, b := range m.GetHistogram().GetBucket() {
				for _, l := range b.GetExemplar().GetLabel() {
					if l.GetName() == "trace_id" && l.GetValue() == traceID {
						return true
					}
				}
			}
		}
	}
	return false
}
