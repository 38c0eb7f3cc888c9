// Package ild holds what both services that serve the ild dialect share: its envelope, its table of refusals, its user
// object and its OpenAPI document. Routes and the other wire structs are in each service.
package ild

import (
	_ "embed"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

//go:embed openapi.yaml
var document string

// OpenAPI is the dialect's document (OpenAPI 3.1, YAML), for both services.
func OpenAPI() string { return document }

// Dialect makes the dialect of a service's routes.
func Dialect(routes []web.Route) web.Dialect {
	return web.Dialect{
		Name:     "ild",
		Prefixes: []string{"/sign", "/user"},
		Routes:   routes,
		Render:   Render,
	}
}

type message struct {
	Message string `json:"message"`
}

type refused struct {
	Error   string `json:"error"` // the status's reason phrase
	Message string `json:"message"`
}

// Done answers 200 where there is nothing to tell but that it is done.
func Done(c *fiber.Ctx, text string) error { return c.JSON(message{text}) }

// Render answers a fault. What is at fault in the request is named behind the message, as the envelope has no place of its
// own for it.
func Render(c *fiber.Ctx, f *fault.Fault) error {
	row, ok := refusals[f.Reason]
	if !ok {
		row = refusals[fault.Internal]
	}
	text := row.message
	if f.Message != "" {
		text = f.Message
	}
	return c.Status(row.status).JSON(refused{Error: http.StatusText(row.status), Message: named(text, f.Fields)})
}

// named adds the fields at fault to a sentence: "…: firstName (wrong_length), name (missing)."
func named(sentence string, fields map[string]string) string {
	if len(fields) == 0 {
		return sentence
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, name+" ("+fields[name]+")")
	}
	return strings.TrimSuffix(sentence, ".") + ": " + strings.Join(parts, ", ") + "."
}
