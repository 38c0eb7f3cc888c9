// Package legion serves the part of the legion dialect that is about signing in.
package legion

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	legion "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/device"
)

// Handler translates between the dialect and core.
type Handler struct {
	Core   *core.Core
	CSRF   *legion.CSRF
	Device device.Cookie
}

// Dialect is the handler's routes in their envelope.
func (h Handler) Dialect() web.Dialect { return legion.Dialect(h.CSRF, h.routes()) }

func (h Handler) routes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/csrf-token", Access: web.Open, Body: web.NoBody, Handle: h.csrfToken},
		{Method: http.MethodPost, Path: "/users/login", Access: web.Open, Body: web.JSON, Handle: h.login},
		{Method: http.MethodPost, Path: "/users/otp/login", Access: web.Open, Body: web.JSON, Handle: h.otpLogin},
		{Method: http.MethodPost, Path: "/users/auth/refresh", Access: web.Open, Body: web.OptionalJSON, Handle: h.refresh},
		{Method: http.MethodPost, Path: "/users/auth/logout", Access: web.Member, Body: web.OptionalJSON, Handle: h.logout},
		{Method: http.MethodGet, Path: "/users/auth/sessions", Access: web.Member, Body: web.NoBody, Handle: h.sessions},
		{Method: http.MethodDelete, Path: "/users/auth/sessions", Access: web.Member, Body: web.OptionalJSON, Handle: h.endOthers},
		{Method: http.MethodDelete, Path: "/users/auth/sessions/:sessionId", Access: web.Member, Body: web.OptionalJSON, Handle: h.endSession},
		{Method: http.MethodPost, Path: "/users/auth/password/forgot", Access: web.Open, Body: web.JSON, Handle: h.forgot},
		{Method: http.MethodPost, Path: "/users/auth/password/reset", Access: web.Open, Body: web.JSON, Handle: h.reset},
		{Method: http.MethodPost, Path: "/users/auth/email/verify", Access: web.Open, Body: web.JSON, Handle: h.verify},
		{Method: http.MethodPost, Path: "/users/auth/email/resend", Access: web.Open, Body: web.JSON, Handle: h.resend},
	}
}

// client is what the request tells of who asks.
func (h Handler) client(c *fiber.Ctx) core.Client {
	return core.Client{
		Address: limit.AddressKey(web.Address(c)),
		Agent:   c.Get(fiber.HeaderUserAgent),
		Locale:  web.Locale(c),
		Device:  h.Device.Read(c),
		Dialect: session.Legion,
		Policy:  core.Policy{Challenge: true},
	}
}
