package redisdb

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/telemetry"
)

// observer is a hook around every command: a span and a duration that hold its name and nothing it carries, and the
// repetitions.
type observer struct {
	tracer    trace.Tracer
	durations *prometheus.HistogramVec
}

func newObserver(tel *telemetry.Telemetry) (*observer, error) {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "watchword_redis_duration_seconds",
		Help:    "Commands to Redis, with their repetitions.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1},
	}, []string{"command", "outcome"})
	return &observer{tel.Tracer, durations}, tel.Registry.Register(durations)
}

func (o *observer) DialHook(next redis.DialHook) redis.DialHook { return next }

func (o *observer) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return o.observe(ctx, cmd.Name(), func(ctx context.Context) error { return repeat(ctx, cmd, next) })
	}
}

func (o *observer) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return o.observe(ctx, "pipeline", func(ctx context.Context) error { return next(ctx, cmds) })
	}
}

func (o *observer) observe(ctx context.Context, command string, run func(context.Context) error) error {
	ctx, span := o.tracer.Start(ctx, "redis "+command,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.system.name", "redis"), attribute.String("db.operation.name", command)))
	defer span.End()
	started := time.Now()
	err := run(ctx)
	outcome := outcomeOf(err)
	o.durations.WithLabelValues(command, outcome).Observe(time.Since(started).Seconds())
	if outcome == "failed" {
		span.SetStatus(codes.Error, outcome)
	}
	return err
}

// outcomeOf tells an answer, an error that the server answered, and no answer apart.
func outcomeOf(err error) string {
	var answered redis.Error
	switch {
	case err == nil, errors.Is(err, redis.Nil):
		return "ok"
	case errors.As(err, &answered):
		return "refused"
	default:
		return "failed"
	}
}
