package web

import (
	"context"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/telemetry"
)

// request is what web knows of the request that is being answered.
type request struct {
	id      string
	started time.Time
	cancel  context.CancelFunc
	span    trace.Span
	address netip.Addr

	dialect   *Dialect // of the route; nil until one is found
	route     *Route   // nil until one is found
	principal *session.Principal
	reason    string // why it was refused
}

type requestKey struct{}

func current(c *fiber.Ctx) *request {
	if r, ok := c.Locals(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// Context is the request's: its deadline, trace and request id.
func Context(c *fiber.Ctx) context.Context { return c.UserContext() }

// RequestID is the request's id, also in the X-Request-Id header of the answer.
func RequestID(ctx context.Context) string { return telemetry.RequestID(ctx) }

// Address is the client's: the right-most one that is not a trusted proxy's.
func Address(c *fiber.Ctx) netip.Addr { return current(c).address }

// Principal is who asks; ok false: nobody (Open and Optional routes).
func Principal(c *fiber.Ctx) (p session.Principal, ok bool) {
	if r := current(c); r.principal != nil {
		return *r.principal, true
	}
	return session.Principal{}, false
}

// NoStore marks an answer that carries a token.
func NoStore(c *fiber.Ctx) { c.Set(fiber.HeaderCacheControl, "no-store") }
