package web

import (
	"net/http"

	"github.com/gofiber/fiber/v2"
)

// defaults are the headers of every answer whose handler did not set its own.
var defaults = [...]struct{ name, value string }{
	{fiber.HeaderCacheControl, "no-store"},
	{fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"},
	{fiber.HeaderReferrerPolicy, "no-referrer"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{fiber.HeaderXFrameOptions, "DENY"},
}

// dress sets what every answer carries, whatever became of the request.
func (a *App) dress(c *fiber.Ctx, r *request) {
	h := &c.Response().Header
	for _, d := range defaults {
		if len(h.Peek(d.name)) == 0 {
			h.Set(d.name, d.value)
		}
	}
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	h.Set(fiber.HeaderXRequestID, r.id)
	if a.cfg.Secure {
		h.Set(fiber.HeaderStrictTransportSecurity, "max-age=63072000")
	}
	if c.Response().StatusCode() == http.StatusUnauthorized && len(h.Peek(fiber.HeaderWWWAuthenticate)) == 0 {
		h.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	}
	a.origins.share(c)
	if a.draining.Load() {
		c.Context().SetConnectionClose()
	}
}
