package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/telemetry"
)

const (
	otherMethod    = "_OTHER"
	unmatchedRoute = "_unmatched"
)

// methods are those that may be a label.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

func newRequests() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_server_request_duration_seconds",
		Help:    "Time from a request's last byte to its answer.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"method", "route", "status"})
}

// answer is about every request: run's error, or panic, becomes a refusal, and whatever is answered has its headers, its
// line, its span and its time.
func (a *App) answer(c *fiber.Ctx, run fiber.Handler) {
	r := a.begin(c)
	defer r.cancel()
	if err := guarded(c, run); err != nil {
		a.refuse(c, r, err)
	}
	a.dress(c, r)
	a.finish(c, r)
}

func (a *App) begin(c *fiber.Ctx) *request {
	r := &request{
		id:      rand.Text(),
		started: a.cfg.Now(),
		address: clientAddress(c.Context().RemoteAddr(), c.Request().Header.PeekAll(fiber.HeaderXForwardedFor), a.cfg.TrustedProxies),
	}
	ctx := a.cfg.Telemetry.Propagator.Extract(context.Background(), carrier{&c.Request().Header})
	ctx, r.cancel = context.WithTimeout(telemetry.WithRequestID(ctx, r.id), a.cfg.Timeout)
	ctx, r.span = a.cfg.Telemetry.Tracer.Start(ctx, method(c), trace.WithSpanKind(trace.SpanKindServer))
	c.SetUserContext(ctx)
	c.Locals(requestKey{}, r)
	return r
}

// guarded turns a panic into an error that has the stack.
func guarded(c *fiber.Ctx, run fiber.Handler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run(c)
}

// finish writes what is known of the answer where it belongs. The labels are few: the route is its pattern, and neither
// address, path, query nor Host are told anywhere.
func (a *App) finish(c *fiber.Ctx, r *request) {
	status, took := c.Response().StatusCode(), a.cfg.Now().Sub(r.started)
	method, route := method(c), unmatchedRoute
	if r.route != nil {
		route = r.route.Path
	}

	r.span.SetName(method + " " + route)
	r.span.SetAttributes(
		attribute.String("http.request.method", method),
		attribute.String("http.route", route),
		attribute.Int("http.response.status_code", status),
	)
	if status >= http.StatusInternalServerError {
		r.span.SetStatus(codes.Error, r.reason)
	}
	r.span.End()

	span := r.span.SpanContext()
	observe(a.requests.WithLabelValues(method, route, strconv.Itoa(status)), took, span)
	attrs := []slog.Attr{
		slog.String("method", method),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.String("request_id", r.id),
		slog.String("trace_id", span.TraceID().String()),
	}
	if r.reason != "" {
		attrs = append(attrs, slog.String("reason", r.reason))
	}
	a.cfg.Logger.LogAttrs(c.UserContext(), slog.LevelInfo, "request", attrs...)
}

// observe counts took, with the trace as its exemplar where somebody keeps that trace.
func observe(o prometheus.Observer, took time.Duration, span trace.SpanContext) {
	if exemplars, ok := o.(prometheus.ExemplarObserver); ok && span.IsSampled() {
		exemplars.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": span.TraceID().String()})
		return
	}
	o.Observe(took.Seconds())
}

// method is the request's as a label; _OTHER too where fasthttp could not even read it.
func method(c *fiber.Ctx) string {
	if len(c.Request().Header.RawHeaders()) == 0 {
		return otherMethod
	}
	for _, m := range methods {
		if c.Method() == m {
			return m
		}
	}
	return otherMethod
}

// carrier lets the propagator read a request's headers.
type carrier struct{ h *fasthttp.RequestHeader }

func (x carrier) Get(key string) string { return string(x.h.Peek(key)) }
func (x carrier) Set(string, string)    {}
func (x carrier) Keys() []string        { return nil }
