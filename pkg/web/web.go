// Package web builds the public Fiber application of a service: the guard against malformed requests, the client's
// address, deadlines, CORS and the same-origin rule, strict decoding, authentication by route, security headers, one
// access line and one span a request, and refusals in the words of the dialect that owns the path.
//
// Fiber types stay in web and in dialect packages; *fiber.Ctx goes no further.
package web

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/telemetry"
)

// Config is what all public listeners share.
type Config struct {
	Service        string // names this application in errors
	Logger         *slog.Logger
	Telemetry      *telemetry.Telemetry
	Authenticator  Authenticator
	TrustedProxies []netip.Prefix // whose X-Forwarded-For counts
	Origins        []string       // WATCHWORD_ORIGINS, exact
	PublicOrigin   string         // scheme://host[:port] of WATCHWORD_PUBLIC_URL: the own origin, and an allowed Host
	Hosts          []string       // further Host values, without port; any loopback name is allowed where one of all is
	// DialectHosts binds hosts, without port, to a dialect by its name: there its routes alone answer, and its envelope words
	// every error. Such a host is an allowed Host, and an own origin with PublicOrigin's scheme and port. A dialect that is
	// not of this application has no routes in it.
	DialectHosts map[string]string
	Secure       bool          // the public URL is https: HSTS is sent
	Timeout      time.Duration // a request's deadline; default 10 s
	Reads        Reads         // asked before each read of a route that is not exempt; nil: no limit
	Now          func() time.Time
}

// Authenticator tells of a Bearer token whose it is (session.Authenticator).
type Authenticator interface {
	Authenticate(ctx context.Context, bearer string) (session.Principal, error)
}

// Reads counts one read under key, an IPv4 address or an IPv6 /64 (limit.Local); fault Throttled past the limit.
type Reads interface {
	Take(key string) error
}

// Access says who may use a route. Every route states it.
type Access int

// The accesses. Open never looks at Authorization; Optional takes a valid Bearer token or none (a bad one is 401);
// Member demands one. Where the dialect has a Cookie, its token stands in for one that was not sent. Who may touch which
// account is core's rule.
const (
	Open Access = iota + 1
	Optional
	Member
)

// Body is what a route takes.
type Body int

// The bodies: NoBody ignores one, JSON demands application/json, OptionalJSON takes one or nothing, Form demands
// application/x-www-form-urlencoded and Multipart multipart/form-data.
const (
	NoBody Body = iota + 1
	JSON
	OptionalJSON
	Form
	Multipart
)

// Route is one line of a dialect's table. A GET answers HEAD too.
type Route struct {
	Method string
	Path   string // Fiber's pattern: /users/:id
	Access Access
	Body   Body
	Limit  int  // of a body, in bytes; 0: 64 KiB. A path with a larger one has no parameters.
	HTML   bool // answers text/html: Accept is not asked for JSON
	Exempt bool // exempt from the read limit (check, keys, pages, documents)
	Unsafe bool // a GET that changes something: it answers no HEAD, and the same-origin rule holds for it
	Handle fiber.Handler
}

// Dialect is a set of routes with one envelope. Two dialects may have the same route where it takes bodies of different
// types: the request's Content-Type chooses, and another type meets the first of them that is no form. Of a prefix that
// two dialects have, a request with a form is the one's that takes forms, any other the other's.
type Dialect struct {
	Name     string
	Prefixes []string // path prefixes (whole segments) whose errors this dialect words, unknown paths among them
	Routes   []Route
	Off      bool // its paths are unknown ones
	// Cookie names one whose value is an access token: it stands in for a Bearer token on the dialect's own routes, where no
	// Authorization is sent. Empty: none.
	Cookie string
	// Before runs ahead of each of the dialect's handlers, when Principal is known (legion's CSRF check); nil: none.
	Before fiber.Handler
	// Render answers a fault in the dialect's envelope; it sets status and body, web sets headers such as Retry-After.
	Render func(c *fiber.Ctx, f *fault.Fault) error
}
