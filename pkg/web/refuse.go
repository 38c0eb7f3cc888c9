package web

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

// refuse answers err in the words of the dialect that owns the path. What the service itself is to blame for is logged
// here, once and with its cause.
func (a *App) refuse(c *fiber.Ctx, r *request, err error) {
	f, status := classify(err)
	r.reason = string(f.Reason)
	a.note(c, r, f)
	if f.Reason == fault.Internal {
		c.Response().Reset() // whatever the handler had begun to say
	}
	h := &c.Response().Header
	h.Del(fiber.HeaderCacheControl)
	h.Del(fiber.HeaderETag)
	if wait := retryAfter(f); wait > 0 {
		h.Set(fiber.HeaderRetryAfter, strconv.Itoa(wait))
	}
	render := a.owner(c, r).Render
	if err := guarded(c, func(c *fiber.Ctx) error { return render(c, f) }); err != nil {
		a.note(c, r, fault.Of(err))
		c.Response().Reset()
		c.Status(http.StatusInternalServerError)
		return
	}
	if status != 0 {
		c.Status(status)
	}
}

// classify makes a fault of any error. The status is 0 but for what no dialect has a row for.
func classify(err error) (f *fault.Fault, status int) {
	var plain *fiber.Error
	switch {
	case errors.As(err, &plain):
		return classifyHTTP(plain)
	case errors.As(err, &f):
		return f, 0
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fault.Outage(err), 0
	}
	return fault.Of(err), 0
}

// classifyHTTP takes Fiber's and fasthttp's errors; their text quotes the request and goes no further.
func classifyHTTP(err *fiber.Error) (f *fault.Fault, status int) {
	switch err.Code {
	case http.StatusNotFound:
		return fault.New(fault.RouteUnknown), 0
	case http.StatusMethodNotAllowed:
		return fault.New(fault.MethodRefused), 0
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooLarge), 0
	case http.StatusRequestHeaderFieldsTooLarge, http.StatusRequestTimeout:
		return fault.New(fault.Malformed), err.Code
	case http.StatusBadRequest, http.StatusBadGateway: // the latter: the client's connection broke
		return fault.New(fault.Malformed), 0
	}
	return fault.New(fault.Internal).Because(err), 0
}

// note logs what went wrong on our side.
func (a *App) note(c *fiber.Ctx, r *request, f *fault.Fault) {
	level, message := slog.LevelError, "request failed"
	switch f.Reason {
	case fault.Internal:
	case fault.Unavailable:
		level, message = slog.LevelWarn, "dependency unavailable"
	default:
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", r.id),
		slog.String("trace_id", r.span.SpanContext().TraceID().String()),
	}
	if r.route != nil {
		attrs = append(attrs, slog.String("route", r.route.Path))
	}
	if cause := f.Unwrap(); cause != nil {
		attrs = append(attrs, slog.String("error", cause.Error()))
	}
	a.cfg.Logger.LogAttrs(c.UserContext(), level, message, attrs...)
}

// retryAfter is in whole seconds; 0: not said.
func retryAfter(f *fault.Fault) int {
	wait := int(math.Ceil(f.RetryAfter.Seconds()))
	switch f.Reason {
	case fault.Throttled, fault.Overloaded, fault.Unavailable:
		return max(wait, 1)
	}
	return max(wait, 0)
}

// owner is the route's dialect; where there is no route, the one that the host is bound to, else the one with the longest
// prefix of the path, else the first.
func (a *App) owner(c *fiber.Ctx, r *request) *Dialect {
	if r.dialect != nil {
		return r.dialect
	}
	if name, bound := a.hosts.dialect(c.Request().Header.Host()); bound {
		for i := range a.dialects {
			if a.dialects[i].Name == name {
				return &a.dialects[i]
			}
		}
	}
	media, _ := contentType(c)
	form := media == mediaForm
	best, length, path := &a.dialects[0], 0, c.Path()
	for i := range a.dialects {
		d := &a.dialects[i]
		for _, prefix := range d.Prefixes {
			rest, ok := strings.CutPrefix(path, prefix)
			if !ok || rest != "" && rest[0] != '/' {
				continue
			}
			fits := takesForms(d) == form && takesForms(best) != form
			if len(prefix) > length || len(prefix) == length && fits {
				best, length = d, len(prefix)
			}
		}
	}
	return best
}

func takesForms(d *Dialect) bool {
	return slices.ContainsFunc(d.Routes, func(r Route) bool { return r.Body == Form })
}
