// Package wolf serves the wolf dialect: forms in, JSON out, a registration that its mailed link confirms, and rotating
// pairs of tokens in the body.
package wolf

import (
	_ "embed"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/device"
)

//go:embed openapi.yaml
var document string

// OpenAPI is the dialect's document (OpenAPI 3.1, YAML).
func OpenAPI() string { return document }

// linkLifetime is how long a registration waits for its link.
const linkLifetime = 24 * time.Hour

// bases: the document's is /api; what is below it is served without it too.
var bases = [...]string{"/auth", "/api/auth"}

// Handler translates between the dialect and core.
type Handler struct {
	Core   *core.Core
	Device device.Cookie
}

// Dialect is the handler's routes in their envelope.
func (h Handler) Dialect() web.Dialect {
	return web.Dialect{Name: string(session.Wolf), Prefixes: bases[:], Routes: h.routes(), Render: render}
}

func (h Handler) routes() []web.Route {
	var routes []web.Route
	for _, base := range bases {
		routes = append(routes,
			web.Route{Method: http.MethodPost, Path: base + "/register", Access: web.Open, Body: web.Form, Handle: h.register},
			web.Route{Method: http.MethodPost, Path: base + "/login", Access: web.Open, Body: web.Form, Handle: h.login},
			web.Route{Method: http.MethodPost, Path: base + "/two-factor", Access: web.Open, Body: web.Form, Handle: h.twoFactor},
			web.Route{Method: http.MethodPost, Path: base + "/refresh", Access: web.Open, Body: web.Form, Handle: h.refresh},
			web.Route{Method: http.MethodPost, Path: base + "/logout", Access: web.Open, Body: web.NoBody, Handle: h.logout},
		)
	}
	return routes
}

// client is what the request tells of who asks.
func (h Handler) client(c *fiber.Ctx) core.Client {
	return core.Client{
		Address: limit.AddressKey(web.Address(c)),
		Agent:   c.Get(fiber.HeaderUserAgent),
		Locale:  web.Locale(c),
		Device:  h.Device.Read(c),
		Dialect: session.Wolf,
		Policy:  core.Policy{Challenge: true, TellPending: true},
	}
}

// render words a fault; where fields are at fault, by their names as well.
func render(c *fiber.Ctx, f *fault.Fault) error {
	row, ok := refusals[f.Reason]
	if !ok {
		row = refusals[fault.Internal]
	}
	body := answerBody{Code: row.code, Error: row.message}
	if f.Message != "" {
		body.Error = f.Message
	}
	body.addFields(f.Fields)
	return c.Status(row.status).JSON(body)
}
