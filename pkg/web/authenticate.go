package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

// authenticate finds out who asks, as far as the route cares.
func (a *App) authenticate(c *fiber.Ctx, x *request) error {
	if x.route.Access == Open {
		return nil
	}
	bearer, given := credential(c, x.dialect.Cookie)
	if x.route.Access == Optional && !given {
		return nil
	}
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

// credential is the request's token: Authorization's or, where that was not sent, the cookie's; given tells whether there
// was either, be it empty or malformed.
func credential(c *fiber.Ctx, cookie string) (token string, given bool) {
	if len(c.Request().Header.PeekAll(fiber.HeaderAuthorization)) > 0 {
		return Bearer(c), true
	}
	if cookie == "" {
		return "", false
	}
	return readCookie(c, cookie)
}

// Cookie is a cookie's value: "" where it was not sent, or more than once, as a sibling domain may have set one of them and
// which is ours can't be told.
func Cookie(c *fiber.Ctx, name string) string {
	value, _ := readCookie(c, name)
	return value
}

func readCookie(c *fiber.Ctx, cookie string) (value string, given bool) {
	values := 0
	for name, text := range c.Request().Header.Cookies() {
		if string(name) == cookie {
			value = string(text)
			values++
		}
	}
	if values > 1 {
		return "", true
	}
	return value, values > 0
}

// Bearer is the Authorization header's Bearer token, "" where there is none.
func Bearer(c *fiber.Ctx) string {
	scheme, token, ok := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.Trim(token, " ")
}
