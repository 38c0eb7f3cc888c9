package ild

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/dialect/lynx"
)

// Headers that tell an ingress, and the service behind it, who asks.
const (
	headerUserID        = "X-Auth-User-Id"
	headerUserRole      = "X-Auth-User-Role"
	headerUserEmail     = "X-Auth-User-Email"
	headerEmailVerified = "X-Auth-Email-Verified"
)

// check answers from the session alone, so it needs Redis and nothing else.
func (h Handler) check(c *fiber.Ctx) error {
	who, err := h.asks(c)
	if err != nil {
		return err
	}
	c.Set(headerUserID, string(who.Account))
	c.Set(headerUserRole, who.Role)
	c.Set(headerEmailVerified, strconv.FormatBool(who.EmailVerified))
	user := checkedUser{ID: who.Account, EmailVerified: who.EmailVerified, Role: who.Role}
	if who.Email != "" {
		user.Email = &who.Email
	}
	if who.EmailVerified {
		c.Set(headerUserEmail, who.Email)
	}
	return c.JSON(checkAnswer{Authenticated: true, User: user})
}

// asks finds out who: by the Bearer token where there is an Authorization header, else by either cookie.
func (h Handler) asks(c *fiber.Ctx) (session.Principal, error) {
	if authorized(c) {
		return h.Core.Authenticate(web.Context(c), web.Bearer(c))
	}
	if refresh := refreshToken(c); !refresh.Empty() {
		who, err := h.Core.CheckRefresh(web.Context(c), refresh, session.ILD)
		if err == nil || !fault.Has(err, fault.Unauthenticated) {
			return who, err
		}
	}
	return h.Core.Authenticate(web.Context(c), web.Cookie(c, lynx.Cookie))
}

// authorized tells whether there is an Authorization header, which then counts whatever cookie there is.
func authorized(c *fiber.Ctx) bool {
	return len(c.Request().Header.PeekAll(fiber.HeaderAuthorization)) > 0
}
