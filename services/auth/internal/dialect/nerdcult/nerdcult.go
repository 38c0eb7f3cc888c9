// Package nerdcult serves the nerdcult dialect: accounts that begin as a mailed link, and opaque tokens of 30 days.
package nerdcult

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

// linkLifetime is how long a registration waits for its link, as the document says.
const linkLifetime = 10 * time.Minute

// policy: the document's statuses tell an unknown name from a wrong password and from a registration that waits.
var policy = core.Policy{Token: core.Opaque, TellUnknown: true, TellPending: true}

// Handler translates between the dialect and core.
type Handler struct {
	Core   *core.Core
	Device device.Cookie
}

// Dialect is the handler's routes in their envelope.
func (h Handler) Dialect() web.Dialect {
	return web.Dialect{Name: string(session.Nerdcult), Prefixes: []string{"/account"}, Routes: h.routes(), Render: render}
}

func (h Handler) routes() []web.Route {
	return []web.Route{
		{Method: http.MethodPost, Path: "/account/register", Access: web.Open, Body: web.JSON, Handle: h.register},
		{Method: http.MethodPost, Path: "/account/verify", Access: web.Open, Body: web.JSON, Handle: h.verify},
		{Method: http.MethodPost, Path: "/account/authenticate", Access: web.Open, Body: web.JSON, Handle: h.authenticate},
		{Method: http.MethodDelete, Path: "/account/delete", Access: web.Member, Body: web.OptionalJSON, Handle: h.remove},
		{Method: http.MethodGet, Path: "/account/tokens", Access: web.Member, Body: web.NoBody, Handle: h.tokens},
		{Method: http.MethodDelete, Path: "/account/tokens", Access: web.Member, Body: web.JSON, Handle: h.endToken},
	}
}

// client is what the request tells of who asks.
func (h Handler) client(c *fiber.Ctx) core.Client {
	return core.Client{
		Address: limit.AddressKey(web.Address(c)),
		Agent:   c.Get(fiber.HeaderUserAgent),
		Locale:  web.Locale(c),
		Device:  h.Device.Read(c),
		Dialect: session.Nerdcult,
		Policy:  policy,
	}
}

// render words a fault: the conflict as the document prints it, all else as an error.
func render(c *fiber.Ctx, f *fault.Fault) error {
	switch f.Reason {
	case fault.UsernameTaken:
		return c.Status(http.StatusConflict).JSON(conflictBody{Conflict: "username"})
	case fault.EmailTaken:
		return c.Status(http.StatusConflict).JSON(conflictBody{Conflict: "email"})
	}
	row, ok := refusals[f.Reason]
	if !ok {
		row = refusals[fault.Internal]
	}
	return c.Status(row.status).JSON(errorBody{Error: row.code, Fields: f.Fields})
}
