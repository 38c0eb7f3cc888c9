package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

// authenticate finds out who asks, as far as the route cares.
func (a *App) authenticate(c *fiber.Ctx, x *request, access Access) error {
	if access == Open {
		return nil
	}
	if access == Optional && len(c.Request().Header.PeekAll(fiber.HeaderAuthorization)) == 0 {
		return nil
	}
	bearer := Bearer(c)
	if bearer == "" {
		return fault.New(fault.Unauthenticated)
	}
	p, err := a.cfg.Authenticator.Authenticate(c.UserContext(), bearer)
	if err != nil {
		return err
	}
	x.principal = &p
	return nil
}

// Bearer is the Authorization header's Bearer token, "" where there is none.
func Bearer(c *fiber.Ctx) string {
	scheme, token, ok := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.Trim(token, " ")
}
