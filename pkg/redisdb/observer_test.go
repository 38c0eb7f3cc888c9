package redisdb_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/watchword/watchword/pkg/redisdb"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/pkg/telemetry"
)

func TestCommandsAreObservedWithoutWhatTheyCarry(t *testing.T) {
	t.Parallel()
	recorder := tracetest.NewSpanRecorder()
	tel := &telemetry.Telemetry{
		Registry: prometheus.NewRegistry(),
		Tracer:   sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("test"),
	}
	rdb, err := redisdb.Connect(redisdb.Config{
		URL: secret.New(storetest.RedisURL(t)), Telemetry: tel, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	const canary = "correct-horse"
	key := storetest.Prefix() + canary
	rdb.Set(t.Context(), key, canary, 0)
	rdb.Get(t.Context(), key+"absent")
	rdb.Incr(t.Context(), key)
	_, _ = rdb.Pipelined(t.Context(), func(p redis.Pipeliner) error { return p.Del(t.Context(), key).Err() })

	var spans []string
	for _, span := range recorder.Ended() {
		if span.Name() != "redis hello" { // the driver's greeting
			spans = append(spans, span.Name())
		}
		for _, attr := range span.Attributes() {
			if strings.Contains(attr.Value.String(), canary) {
				t.Errorf("span %s holds %v", span.Name(), attr)
			}
		}
		if strings.Contains(span.Status().Description, canary) || len(span.Events()) > 0 {
			t.Errorf("span %s tells %v %v", span.Name(), span.Status(), span.Events())
		}
	}
	if want := []string{"redis set", "redis get", "redis incr", "redis pipeline"}; !slices.Equal(spans, want) {
		t.Errorf("spans %q, want %q", spans, want)
	}
	families, err := tel.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var series []string
	for _, metric := range families[0].GetMetric() {
		if command := metric.GetLabel()[0].GetValue(); command != "hello" {
			series = append(series, command+" "+metric.GetLabel()[1].GetValue())
		}
	}
	if want := []string{"get ok", "incr refused", "pipeline ok", "set ok"}; !slices.Equal(series, want) ||
		families[0].GetName() != "watchword_redis_duration_seconds" {
		t.Errorf("%s has %q, want %q", families[0].GetName(), series, want)
	}
}
