package web

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, If-Match, X-CSRF-Token"
	corsExposed = "ETag, Retry-After, X-Request-Id"
	corsMaxAge  = "600"
)

// origins are those whose pages may use the API: for reading answers (CORS), and for changing anything.
type origins struct {
	own    map[string]bool // empty where there is no public origin
	listed map[string]bool
}

// newOrigins counts as own the public origin, and the same scheme and port with one of hosts.
func newOrigins(public string, hosts, listed []string) (origins, error) {
	var own []string
	if public != "" {
		own = append(own, public)
	}
	if u, err := url.Parse(public); err == nil && u.Host != "" {
		for _, host := range hosts {
			alias := *u
			alias.Host = strings.TrimSuffix(net.JoinHostPort(host, u.Port()), ":")
			own = append(own, alias.String())
		}
	}
	var o origins
	var err error
	if o.own, err = canonicalOrigins(own); err != nil {
		return origins{}, err
	}
	o.listed, err = canonicalOrigins(listed)
	return o, err
}

func canonicalOrigins(texts []string) (map[string]bool, error) {
	set := map[string]bool{}
	for _, text := range texts {
		origin, err := canonicalOrigin(text)
		if err != nil {
			return nil, err
		}
		set[origin] = true
	}
	return set, nil
}

// canonicalOrigin writes an origin as a browser does: lower case, without the scheme's own port (RFC 6454, section 6).
func canonicalOrigin(text string) (string, error) {
	u, err := url.Parse(text)
	bare := err == nil && *u == url.URL{Scheme: u.Scheme, Host: u.Host}
	if !bare || u.Hostname() == "" || strings.Contains(u.Host, "*") || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("web: %q is not an origin such as https://app.example.com", text)
	}
	host := strings.ToLower(u.Host)
	if port := u.Port(); port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, nil
}

// check is the same-origin rule, for what is not a safe read: Sec-Fetch-Site same-origin or none passes, another value
// needs a listed Origin; without that header an Origin, if sent, must be listed or our own. With neither it passes, as
// no browser sends neither.
func (o origins) check(c *fiber.Ctx, r Route) error {
	if (c.Method() == http.MethodGet || c.Method() == http.MethodHead) && !r.Unsafe {
		return nil
	}
	origin, site := c.Get(fiber.HeaderOrigin), c.Get("Sec-Fetch-Site")
	sent := len(c.Request().Header.PeekAll(fiber.HeaderOrigin)) > 0
	switch {
	case o.listed[origin], site == "same-origin", site == "none":
		return nil
	case site == "" && (!sent || o.own[origin]):
		return nil
	}
	return fault.New(fault.OriginRefused)
}

func isPreflight(c *fiber.Ctx) bool {
	return c.Method() == http.MethodOptions && c.Get(fiber.HeaderOrigin) != "" && c.Get(fiber.HeaderAccessControlRequestMethod) != ""
}

// preflight answers 204 for every path: which of them there are is told by the request itself.
func (o origins) preflight(c *fiber.Ctx) error {
	if !o.listed[c.Get(fiber.HeaderOrigin)] {
		return fault.New(fault.OriginRefused)
	}
	c.Set(fiber.HeaderAccessControlAllowMethods, corsMethods)
	c.Set(fiber.HeaderAccessControlAllowHeaders, corsHeaders)
	c.Set(fiber.HeaderAccessControlMaxAge, corsMaxAge)
	c.Status(http.StatusNoContent)
	return nil
}

// share lets pages of a listed origin read the answer, credentials and all.
func (o origins) share(c *fiber.Ctx) {
	if len(o.listed) == 0 {
		return
	}
	c.Vary(fiber.HeaderOrigin)
	origin := c.Get(fiber.HeaderOrigin)
	if !o.listed[origin] {
		return
	}
	c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
	c.Set(fiber.HeaderAccessControlAllowCredentials, "true")
	c.Set(fiber.HeaderAccessControlExposeHeaders, corsExposed)
}
