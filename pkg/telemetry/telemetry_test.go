package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/telemetry"
)

func TestRegistryTellsVersionAndProcess(t *testing.T) {
	t.Parallel()
	tel, err := telemetry.New(t.Context(), telemetry.Config{Service: "auth", Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	families, err := tel.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range families {
		names[f.GetName()] = true
		if f.GetName() == "watchword_build_info" {
			m := f.GetMetric()[0]
			if m.GetGauge().GetValue() != 1 || m.GetLabel()[0].GetName() != "version" || m.GetLabel()[0].GetValue() != "1.2.3" {
				t.Error(m)
			}
		}
	}
	for _, name := range []string{"watchword_build_info", "go_goroutines", "process_start_time_seconds"} {
		if !names[name] {
			t.Errorf("no %s", name)
		}
	}
}

func TestSpansHaveIDsWithoutACollector(t *testing.T) {
	t.Parallel()
	tel, err := telemetry.New(t.Context(), telemetry.Config{Service: "auth"})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tel.Tracer.Start(t.Context(), "x")
	if !span.SpanContext().HasTraceID() || span.IsRecording() {
		t.Errorf("%+v, recording %t", span.SpanContext(), span.IsRecording())
	}
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	ctx := tel.Propagator.Extract(t.Context(), propagation.MapCarrier{"traceparent": parent, "baggage": "user=canary"})
	ctx, span = tel.Tracer.Start(ctx, "y")
	if got := span.SpanContext().TraceID().String(); got != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Error(got)
	}
	out := propagation.MapCarrier{}
	tel.Propagator.Inject(ctx, out)
	if _, ok := out["baggage"]; ok || out["traceparent"] == "" {
		t.Error(out)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSpansGoToTheEndpoint(t *testing.T) {
	t.Parallel()
	posted := make(chan string, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		posted <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Content-Type")
	}))
	defer collector.Close()
	tel, err := telemetry.New(t.Context(), telemetry.Config{Service: "auth", Endpoint: collector.URL, Protocol: "http/protobuf"})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tel.Tracer.Start(t.Context(), "x")
	span.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-posted; got != "POST /v1/traces application/x-protobuf" {
		t.Error(got)
	}
}

func TestFailedExportsAreLogged(t *testing.T) {
	t.Parallel()
	collector := httptest.NewServer(http.NotFoundHandler())
	defer collector.Close()
	var out bytes.Buffer
	tel, err := telemetry.New(t.Context(), telemetry.Config{
		Service: "auth", Endpoint: collector.URL, Logger: telemetry.NewLogger(&out, "auth", "1", "info"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tel.Tracer.Start(t.Context(), "x")
	span.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"msg":"spans not exported"`) {
		t.Error(out.String())
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]telemetry.Config{
		"no service":       {},
		"no URL":           {Service: "auth", Endpoint: "collector:4318"},
		"another scheme":   {Service: "auth", Endpoint: "ftp://collector"},
		"unknown protocol": {Service: "auth", Endpoint: "http://collector:4318", Protocol: "http/json"},
	} {
		if _, err := telemetry.New(t.Context(), cfg); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	tel, err := telemetry.New(t.Context(), telemetry.Config{Service: "auth", Endpoint: "http://127.0.0.1:1", Protocol: "grpc"})
	if err != nil {
		t.Fatal("it waits for the collector:", err)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLinesAreJSONWithServiceAndRequest(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, "auth", "1.2.3", "warn")
	ctx := trace.ContextWithSpanContext(telemetry.WithRequestID(t.Context(), "R"), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2},
	}))
	log.InfoContext(ctx, "below the level")
	log.With("a", 1).WarnContext(ctx, "from the context", "b", 2)
	log.WarnContext(ctx, "from the record", "request_id", "S", "trace_id", "T")
	log.WarnContext(context.Background(), "from nowhere")
	var got []map[string]any
	for line := range strings.Lines(out.String()) {
		if strings.Count(line, `"request_id"`) > 1 {
			t.Errorf("twice: %s", line)
		}
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "time")
		got = append(got, m)
	}
	want := []map[string]any{
		{"level": "WARN", "msg": "from the context", "service": "auth", "version": "1.2.3", "a": 1., "b": 2., "request_id": "R", "trace_id": trace.TraceID{1}.String()},
		{"level": "WARN", "msg": "from the record", "service": "auth", "version": "1.2.3", "request_id": "S", "trace_id": "T"},
		{"level": "WARN", "msg": "from nowhere", "service": "auth", "version": "1.2.3"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"debug": 4, "info": 3, "warn": 2, "error": 1, "": 3, "loud": 3, "DEBUG": 4} {
		var out bytes.Buffer
		log := telemetry.NewLogger(&out, "auth", "1", level)
		log.Debug("x")
		log.Info("x")
		log.Warn("x")
		log.Error("x")
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("%q: %d lines, want %d", level, got, want)
		}
	}
}

func FuzzOneEventIsOneLine(f *testing.F) {
	for _, seed := range []string{"plain", "a\r\nb", "\x1b[31mred", "\u202eevil", "\u2028", "\u0085", "\x7f", "\xff", "é😀", "\U000e0001", `\u0041`, `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		telemetry.NewLogger(&out, "auth", "1", "info").Info("event", "text", text, "error", errors.New(text))
		line, ok := strings.CutSuffix(out.String(), "\n")
		if !ok {
			t.Fatalf("%q", out.String())
		}
		for _, r := range line {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
				t.Fatalf("%q is bare in %q", r, line)
			}
		}
		var event struct{ Text, Error string }
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		if event.Text != string([]rune(text)) {
			t.Fatalf("%q is read as %q", text, event.Text)
		}
	})
}
