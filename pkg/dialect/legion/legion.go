// Package legion holds what both services that serve the legion dialect share: its envelope, its table of refusals, its
// CSRF token and its OpenAPI document. Routes and wire structs are in each service.
package legion

import (
	_ "embed"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

//go:embed openapi.yaml
var document string

// OpenAPI is the dialect's document (OpenAPI 3.1, YAML), for both services.
func OpenAPI() string { return document }

// Dialect makes the dialect of a service's routes; csrf is asked before every POST, PUT, PATCH and DELETE.
func Dialect(csrf *CSRF, routes []web.Route) web.Dialect {
	return web.Dialect{
		Name:     "legion",
		Prefixes: []string{"/users", "/csrf-token"},
		Routes:   routes,
		Before:   csrf.Check,
		Render:   Render,
	}
}

type envelope struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
	Error   *fail  `json:"error,omitempty"`
}

type fail struct {
	Code   string            `json:"code"`
	Fields map[string]string `json:"fields,omitempty"`
}

type challenge struct {
	Challenge challengeBody `json:"challenge"`
}

type challengeBody struct {
	Token     string `json:"token"`
	ExpiresIn string `json:"expiresIn"`
}

// OK answers success; data nil leaves the member out.
func OK(c *fiber.Ctx, status int, message string, data any) error {
	return c.Status(status).JSON(envelope{Success: true, Message: message, Data: data})
}

// Render answers a fault.
func Render(c *fiber.Ctx, f *fault.Fault) error {
	row, ok := refusals[f.Reason]
	if !ok {
		row = refusals[fault.Internal]
	}
	body := envelope{Message: row.message, Error: &fail{Code: row.code, Fields: f.Fields}}
	if f.Message != "" {
		body.Message = f.Message
	}
	if f.Challenge != nil {
		web.NoStore(c)
		body.Data = challenge{challengeBody{f.Challenge.Token, UnixText(f.Challenge.Expires)}}
	}
	return c.Status(row.status).JSON(body)
}
