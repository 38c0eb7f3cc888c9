package web

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
)

// SetCookie adds a cookie as the suite's all are: HttpOnly, Secure, SameSite=Strict, of this host alone. The value must
// need no quoting; an empty one with maxAge 0 takes the cookie away.
func SetCookie(c *fiber.Ctx, name, value, path string, maxAge time.Duration) {
	c.Response().Header.Add(fiber.HeaderSetCookie, fmt.Sprintf("%s=%s; Max-Age=%d; Path=%s; HttpOnly; Secure; SameSite=Strict",
		name, value, int(maxAge.Seconds()), path))
}
