// Package lynx serves the lynx dialect: a cookie that lives for a week, an authenticator with backup codes, changes that
// the password confirms, and an API key.
package lynx

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

// Cookie holds the session's access token.
const Cookie = "token"

// The cookie, and the session with it, lasts a week, as the document's does.
const lifetime = 7 * 24 * time.Hour

// What an authenticator is here.
const (
	algorithm   = "SHA1"
	backupCodes = 6
)

// bases: the document's is /api; what is below it is served without it too.
var bases = [...]string{"/auth", "/api/auth"}

// Handler translates between the dialect and core.
type Handler struct {
	Core   *core.Core
	Device device.Cookie
}

// Dialect is the handler's routes in their envelope.
func (h Handler) Dialect() web.Dialect {
	return web.Dialect{Name: string(session.Lynx), Prefixes: bases[:], Routes: h.routes(), Render: render, Cookie: Cookie}
}

func (h Handler) routes() []web.Route {
	var routes []web.Route
	for _, base := range bases {
		routes = append(routes,
			web.Route{Method: http.MethodGet, Path: base + "/me", Access: web.Open, Body: web.NoBody, Handle: h.me},
			web.Route{Method: http.MethodDelete, Path: base + "/me", Access: web.Member, Body: web.OptionalJSON, Handle: h.logout},
			web.Route{Method: http.MethodPost, Path: base + "/login", Access: web.Open, Body: web.JSON, Handle: h.login},
			web.Route{Method: http.MethodPost, Path: base + "/register", Access: web.Open, Body: web.JSON, Handle: h.register},
			web.Route{Method: http.MethodGet, Path: base + "/totp", Access: web.Member, Body: web.NoBody, Unsafe: true, Handle: h.enrol},
			web.Route{Method: http.MethodPost, Path: base + "/totp", Access: web.Member, Body: web.JSON, Handle: h.enable},
			web.Route{Method: http.MethodDelete, Path: base + "/totp", Access: web.Member, Body: web.OptionalJSON, Handle: h.disable},
			web.Route{Method: http.MethodPost, Path: base + "/totp/recover", Access: web.Open, Body: web.JSON, Handle: h.recover},
			web.Route{Method: http.MethodPatch, Path: base + "/email", Access: web.Member, Body: web.JSON, Handle: h.email},
			web.Route{Method: http.MethodPatch, Path: base + "/password", Access: web.Member, Body: web.JSON, Handle: h.password},
			web.Route{Method: http.MethodPatch, Path: base + "/username", Access: web.Member, Body: web.JSON, Handle: h.username},
			web.Route{Method: http.MethodPost, Path: base + "/newSecret", Access: web.Member, Body: web.OptionalJSON, Handle: h.newSecret},
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
		Dialect: session.Lynx,
		Policy:  core.Policy{Lifetime: lifetime, Token: core.Single},
	}
}

// render words a fault; a registration's or a change's with what is wrong or taken, each of the three named.
func render(c *fiber.Ctx, f *fault.Fault) error {
	row, ok := refusals[f.Reason]
	if !ok {
		row = refusals[fault.Internal]
	}
	body := answerBody{Message: row.message}
	if f.Message != "" {
		body.Message = f.Message
	}
	switch f.Reason {
	case fault.Malformed, fault.EmailMalformed, fault.UsernameRefused, fault.PasswordRefused:
		body.Details = &detailsBody{Invalid: namesOf(f.Fields)}
	case fault.UsernameTaken, fault.EmailTaken:
		body.Details = &detailsBody{Exists: namesOf(f.Fields)}
	}
	return c.Status(row.status).JSON(body)
}

// says is err in other words where it is a fault for that reason: the document words some differently from route to route.
func says(err error, reason fault.Reason, message string) error {
	if !fault.Has(err, reason) {
		return err
	}
	f := *fault.Of(err)
	f.Message = message
	return &f
}
