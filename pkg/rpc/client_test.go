package rpc_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/rpc/rpctest"
	"github.com/watchword/watchword/pkg/telemetry"
)

func TestNewClientRefusesURLs(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "users", "users:9090", "/internal", "ftp://users:9090", "http://", "http://user:pw@users:9090", "http://users:9090?a=b",
		"http://users:9090#a", "http://us ers", "http://users:port",
	} {
		_, err := rpc.NewClient(rpc.ClientConfig{
			Caller: "auth", Callee: "users", BaseURL: url, Tokens: rpctest.Tokens(t), Telemetry: rpctest.Telemetry(),
		})
		if err == nil {
			t.Errorf("%q was taken", url)
		} else if strings.Contains(err.Error(), "pw@") {
			t.Errorf("the password is repeated: %v", err)
		}
	}
	if _, err := rpc.NewClient(rpc.ClientConfig{BaseURL: "http://users:9090"}); err == nil {
		t.Error("a client of nobody was made")
	}
}

// recording is telemetry whose spans a test can read.
func recording() (*telemetry.Telemetry, *tracetest.SpanRecorder) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	return &telemetry.Telemetry{
		Registry: prometheus.NewRegistry(), Tracer: provider.Tracer("test"), Provider: provider, Propagator: propagation.TraceContext{},
	}, recorder
}

func TestTraceCrosses(t *testing.T) {
	t.Parallel()
	tel, recorder := recording()
	tokens := rpctest.Tokens(t)
	var inside trace.SpanContext
	s := rpc.NewServer("users", []string{"auth"}, tokens, tel, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(rpc.Handle(s, http.StatusOK, func(ctx context.Context, in greeting) (greeting, error) {
		inside = trace.SpanContextFromContext(ctx)
		return in, nil
	}))
	defer server.Close()
	client, err := rpc.NewClient(rpc.ClientConfig{Caller: "auth", Callee: "users", BaseURL: server.URL + "/", Tokens: tokens, Telemetry: tel})
	if err != nil {
		t.Fatal(err)
	}
	ctx, root := tel.Tracer.Start(t.Context(), "request")
	if err := client.Call(ctx, "/greet", true, greeting{Name: canary}, nil); err != nil {
		t.Fatal(err)
	}
	root.End()
	if inside.TraceID() != root.SpanContext().TraceID() {
		t.Error("the callee works in another trace")
	}
	parents := map[string]trace.SpanID{}
	ids := map[string]trace.SpanID{}
	for _, span := range recorder.Ended() {
		parents[span.Name()], ids[span.Name()] = span.Parent().SpanID(), span.SpanContext().SpanID()
		for _, attr := range span.Attributes() {
			if strings.Contains(attr.Value.String(), canary) {
				t.Errorf("span %s holds what was sent: %v", span.Name(), attr)
			}
		}
	}
	if len(ids) != 3 || parents["POST /greet"] != ids["users /greet"] || parents["users /greet"] != ids["request"] {
		t.Errorf("spans %v with parents %v", ids, parents)
	}
}

func TestCallsAreMeasured(t *testing.T) {
	t.Parallel()
	tel, _ := recording()
	tokens := rpctest.Tokens(t)
	s := rpc.NewServer("users", []string{"auth"}, tokens, tel, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(rpc.Handle(s, http.StatusOK, func(_ context.Context, in greeting) (greeting, error) {
		switch in.Name {
		case "wrong":
			return in, fault.New(fault.CodeWrong)
		case "down":
			return in, fault.New(fault.Unavailable)
		default:
			return in, nil
		}
	}))
	defer server.Close()
	// Two clients of one service share the registry.
	for _, callee := range []string{"mailer", "users"} {
		client, err := rpc.NewClient(rpc.ClientConfig{Caller: "auth", Callee: callee, BaseURL: server.URL, Tokens: tokens, Telemetry: tel})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"ada", "wrong", "down"} {
			_ = client.Call(t.Context(), "/greet", false, greeting{Name: name}, nil)
		}
	}
	families, err := tel.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var series []string
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, label := range metric.GetLabel() {
				labels = append(labels, label.GetValue())
			}
			series = append(series, family.GetName()+" "+strings.Join(labels, " "))
		}
	}
	want := []string{
		"watchword_rpc_duration_seconds mailer failed /greet", // users refuses what is made for mailer
		"watchword_rpc_duration_seconds users failed /greet",
		"watchword_rpc_duration_seconds users ok /greet",
		"watchword_rpc_duration_seconds users refused /greet",
	}
	if slices.Sort(series); !slices.Equal(series, want) {
		t.Errorf("measured %q, want %q", series, want)
	}
}
