// Package ild serves ild's session check, which an ingress may use as its external authentication. The rest of the dialect
// comes with the other four.
package ild

import (
	_ "embed"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

//go:embed openapi.yaml
var document string

// OpenAPI is the dialect's document (OpenAPI 3.1, YAML).
func OpenAPI() string { return document }

// Headers that tell an ingress, and the service behind it, who asks.
const (
	headerUserID        = "X-Auth-User-Id"
	headerUserRole      = "X-Auth-User-Role"
	headerUserEmail     = "X-Auth-User-Email"
	headerEmailVerified = "X-Auth-Email-Verified"
)

// Dialect is the check in its envelope.
func Dialect() web.Dialect {
	return web.Dialect{
		Name:     "ild",
		Prefixes: []string{"/sign"},
		Render:   render,
		Routes: []web.Route{
			{Method: http.MethodGet, Path: "/sign/check", Access: web.Member, Body: web.NoBody, Exempt: true, Handle: check},
		},
	}
}

// check answers from the session alone, so it needs Redis and nothing else.
func check(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	c.Set(headerUserID, string(who.Account))
	c.Set(headerUserRole, who.Role)
	c.Set(headerEmailVerified, strconv.FormatBool(who.EmailVerified))
	user := userBody{ID: who.Account, EmailVerified: who.EmailVerified, Role: who.Role}
	if who.Email != "" {
		user.Email = &who.Email
	}
	if who.EmailVerified {
		c.Set(headerUserEmail, who.Email)
	}
	return c.JSON(checkBody{Authenticated: true, User: user})
}

func render(c *fiber.Ctx, f *fault.Fault) error {
	row, ok := refusals[f.Reason]
	if !ok {
		row = refusals[fault.Internal]
	}
	message := row.message
	if f.Message != "" {
		message = f.Message
	}
	return c.Status(row.status).JSON(errorBody{Error: http.StatusText(row.status), Message: message})
}
