// Package site serves what belongs to no dialect: the public keys, the OpenAPI documents and the page to browse them.
package site

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

//go:embed openapi.yaml
var document string

//go:embed docs.html
var docsPage string

// The script is Redoc 2.5.4's standalone bundle, unchanged; its licences are beside it.
//
//go:embed redoc/redoc.standalone.js.gz
var redocScript []byte

// OpenAPI is the document of these routes (OpenAPI 3.1, YAML).
func OpenAPI() string { return document }

// Handler serves them.
type Handler struct {
	Keys      func() jose.JSONWebKeySet
	Documents map[string]string // by name: OpenAPI, YAML
}

// Dialect is the routes.
func (h Handler) Dialect() web.Dialect {
	// None answers application/json, so none asks Accept for it.
	get := func(path string, handle fiber.Handler) web.Route {
		return web.Route{Method: http.MethodGet, Path: path, Access: web.Open, Body: web.NoBody, HTML: true, Exempt: true, Handle: handle}
	}
	return web.Dialect{
		Name:     "site",
		Prefixes: []string{"/.well-known", "/openapi", "/docs"},
		Render:   render,
		Routes: []web.Route{
			get("/.well-known/jwks.json", h.jwks),
			get("/openapi/:document", h.openapi),
			get("/docs", h.docs),
			get("/docs/redoc.js", script),
		},
	}
}

func (h Handler) jwks(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return c.JSON(h.Keys(), "application/jwk-set+json")
}

func (h Handler) openapi(c *fiber.Ctx) error {
	name, ok := strings.CutSuffix(c.Params("document"), ".yaml")
	text, known := h.Documents[name]
	if !ok || !known {
		return fault.New(fault.RouteUnknown)
	}
	c.Set(fiber.HeaderContentType, "application/yaml")
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return c.SendString(text)
}

// docs shows the document that ?of= names, the first one where it names none.
func (h Handler) docs(c *fiber.Ctx) error {
	names := make([]string, 0, len(h.Documents))
	for name := range h.Documents {
		names = append(names, name)
	}
	slices.Sort(names)
	of, err := web.Query(c, "of")
	if err != nil {
		return err
	}
	if of == "" {
		of = names[0]
	}
	if _, known := h.Documents[of]; !known {
		return fault.Field(fault.Malformed, "of", fault.FieldFormat)
	}
	var links strings.Builder
	for _, name := range names {
		fmt.Fprintf(&links, `<a href="/docs?of=%s">%s</a> `, name, name)
	}
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	// Redoc writes style elements and data: images, and searches in a worker from a blob:. Its maker's logo stays out.
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "+
		"img-src data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'")
	return c.SendString(strings.NewReplacer("{{links}}", links.String(), "{{document}}", of).Replace(docsPage))
}

func script(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/javascript; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(redocScript)
	}
	r, err := gzip.NewReader(bytes.NewReader(redocScript))
	if err != nil {
		return fmt.Errorf("unpack redoc: %w", err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("unpack redoc: %w", err)
	}
	return c.Send(plain)
}
