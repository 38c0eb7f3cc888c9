// Package ild serves the part of the ild dialect that is about signing in, and its session check, which an ingress may use
// as its external authentication.
package ild

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	dialect "github.com/watchword/watchword/pkg/dialect/ild"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/device"
)

// OpenAPI is the dialect's document (OpenAPI 3.1, YAML).
func OpenAPI() string { return dialect.OpenAPI() }

// Handler translates between the dialect and core.
type Handler struct {
	Core   *core.Core
	Device device.Cookie
}

// Dialect is the handler's routes in their envelope.
func (h Handler) Dialect() web.Dialect { return dialect.Dialect(h.routes()) }

func (h Handler) routes() []web.Route {
	return []web.Route{
		{Method: http.MethodPost, Path: "/sign/login", Access: web.Open, Body: web.JSON, Handle: h.login},
		{Method: http.MethodPost, Path: "/sign/register", Access: web.Open, Body: web.JSON, Handle: h.register},
		{Method: http.MethodGet, Path: "/sign/check", Access: web.Open, Body: web.NoBody, Exempt: true, Handle: h.check},
		{Method: http.MethodGet, Path: "/sign/refresh", Access: web.Open, Body: web.NoBody, Unsafe: true, Handle: h.refresh},
		{Method: http.MethodPost, Path: "/sign/refresh", Access: web.Open, Body: web.OptionalJSON, Handle: h.refresh},
		{Method: http.MethodGet, Path: "/sign/logout", Access: web.Open, Body: web.NoBody, Unsafe: true, Handle: h.logout},
		{Method: http.MethodPost, Path: "/sign/logout", Access: web.Open, Body: web.OptionalJSON, Handle: h.logout},
		{Method: http.MethodPost, Path: "/sign/verify", Access: web.Open, Body: web.JSON, Handle: h.verify},
		{Method: http.MethodPost, Path: "/sign/reset", Access: web.Open, Body: web.JSON, Handle: h.forgot},
		{Method: http.MethodPost, Path: "/sign/reset/:token", Access: web.Open, Body: web.JSON, Handle: h.reset},
	}
}

// client is what the request tells of who asks.
func (h Handler) client(c *fiber.Ctx) core.Client {
	return core.Client{
		Address: limit.AddressKey(web.Address(c)),
		Agent:   c.Get(fiber.HeaderUserAgent),
		Locale:  web.Locale(c),
		Device:  h.Device.Read(c),
		Dialect: session.ILD,
	}
}
