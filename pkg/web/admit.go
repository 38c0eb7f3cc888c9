package web

import (
	"net/http"
	"net/netip"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

// admit is what every request goes through before its route is looked for.
func (a *App) admit(c *fiber.Ctx) error {
	if !wellFormed(&c.Request().Header) {
		c.Context().SetConnectionClose()
		return fault.New(fault.Malformed)
	}
	if !a.hosts.allow(c.Request().Header.Host()) {
		return fault.New(fault.Misdirected)
	}
	if isPreflight(c) {
		return a.origins.preflight(c)
	}
	return c.Next()
}

// enter is what a request goes through before its handler: the cheap checks first, then the look-up of who asks.
func (a *App) enter(e endpoint) fiber.Handler {
	return func(c *fiber.Ctx) error {
		x, t := current(c), e.choose(c)
		x.dialect = t.dialect
		if t.dialect.Off {
			return fault.New(fault.RouteUnknown)
		}
		x.route = t.route
		r := *t.route
		if err := a.origins.check(c, r); err != nil {
			return err
		}
		if err := a.countRead(c, x, r); err != nil {
			return err
		}
		if !r.HTML && !admitsJSON(c.Request().Header.PeekAll(fiber.HeaderAccept)) {
			return fault.New(fault.NotAcceptable)
		}
		if err := checkBody(c, r); err != nil {
			return err
		}
		if err := a.authenticate(c, x); err != nil {
			return err
		}
		return c.Next()
	}
}

// before and handle are the dialect's part in a request that has entered.
func before(c *fiber.Ctx) error {
	if f := current(c).dialect.Before; f != nil {
		return f(c)
	}
	return c.Next()
}

func handle(c *fiber.Ctx) error { return current(c).route.Handle(c) }

func (a *App) countRead(c *fiber.Ctx, x *request, r Route) error {
	isRead := c.Method() == http.MethodGet || c.Method() == http.MethodHead
	if a.cfg.Reads == nil || r.Exempt || !isRead {
		return nil
	}
	return a.cfg.Reads.Take(addressKey(x.address))
}

// addressKey is what an address counts under: itself for IPv4, its /64 for IPv6, of which one client has a whole one.
func addressKey(addr netip.Addr) string {
	if addr.Is6() {
		if network, err := addr.Prefix(64); err == nil {
			return network.Addr().String()
		}
	}
	return addr.String()
}
