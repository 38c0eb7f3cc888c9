package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

func failing(err error) fiber.Handler { return func(*fiber.Ctx) error { return err } }

// everyStatus is a dialect that answers each status that web itself knows.
func everyStatus() web.Dialect {
	member := route(http.MethodGet, "/member", ok)
	member.Access = web.Member
	body := route(http.MethodPost, "/body", func(c *fiber.Ctx) error {
		_, err := web.Decode[struct {
			Name string `json:"name" required:"true"`
		}](c)
		return err
	})
	body.Body = web.JSON
	return dialect("d", nil, member, body,
		route(http.MethodGet, "/ok", ok),
		route(http.MethodGet, "/throttled", failing(fault.Throttle(1500*time.Millisecond))),
		route(http.MethodGet, "/overloaded", failing(fault.New(fault.Overloaded))),
		route(http.MethodGet, "/outage", failing(fault.Outage(errors.New("dial tcp 10.0.0.7:27017: mongo is down")))),
		route(http.MethodGet, "/slow", func(c *fiber.Ctx) error {
			<-web.Context(c).Done()
			return fmt.Errorf("find account: %w", web.Context(c).Err())
		}),
		route(http.MethodGet, "/broken", failing(errors.New("mongo: goroutine.go:17 exploded"))),
		route(http.MethodGet, "/panic", func(c *fiber.Ctx) error {
			c.Append(fiber.HeaderSetCookie, "session=half-made")
			c.Set(fiber.HeaderContentType, "text/html")
			panic("mongo: goroutine.go:17 exploded")
		}),
	)
}

func TestEveryAnswerHasItsHeadersAndNoInternals(t *testing.T) {
	t.Parallel()
	s := start(t, func(cfg *web.Config) { cfg.Timeout = 20 * time.Millisecond }, everyStatus())
	const jsonType = "Content-Type: application/json"
	for _, tc := range []struct {
		method, target, body string
		headers              []string
		status               int
		more                 http.Header
	}{
		{"GET", "/ok", "", nil, 200, nil},
		{"HEAD", "/ok", "", nil, 200, nil},
		{"POST", "/body", `{}`, []string{jsonType}, 400, nil},
		{"GET", "/member", "", nil, 401, http.Header{"Www-Authenticate": {"Bearer"}}},
		{"POST", "/body", `{}`, []string{jsonType, "Origin: null"}, 403, nil},
		{"GET", "/nowhere", "", nil, 404, nil},
		{"GET", "/ok/", "", nil, 404, nil},
		{"GET", "/OK", "", nil, 404, nil},
		{"GET", "/x/../ok", "", nil, 404, nil},
		{"GET", "/%6fk", "", nil, 404, nil},
		{"POST", "/ok", "", nil, 405, http.Header{"Allow": {"GET, HEAD"}}},
		{"TRACE", "/ok", "", nil, 405, http.Header{"Allow": {"GET, HEAD"}}},
		{"BREW", "/ok", "", nil, 405, http.Header{"Allow": {"GET, HEAD"}}},
		{"BREW", "/nowhere", "", nil, 404, nil},
		{"GET", "/ok", "", []string{"Accept: text/html"}, 406, nil},
		{"POST", "/body", `{"name":"` + strings.Repeat("a", 70<<10) + `"}`, []string{jsonType}, 413, nil},
		{"POST", "/body", `{}`, []string{"Content-Type: text/plain"}, 415, nil},
		{"GET", "/ok", "", []string{"Host: evil.example"}, 421, nil},
		{"GET", "/throttled", "", nil, 429, http.Header{"Retry-After": {"2"}}},
		{"GET", "/broken", "", nil, 500, nil},
		{"GET", "/panic", "", nil, 500, nil},
		{"GET", "/outage", "", nil, 503, http.Header{"Retry-After": {"1"}}},
		{"GET", "/overloaded", "", nil, 503, http.Header{"Retry-After": {"1"}}},
		{"GET", "/slow", "", nil, 503, http.Header{"Retry-After": {"1"}}},
	} {
		t.Run(fmt.Sprintf("%s %s %d", tc.method, tc.target, tc.status), func(t *testing.T) {
			t.Parallel()
			got := s.send(t, tc.method, tc.target, tc.body, tc.headers...)
			if got.status != tc.status {
				t.Fatalf("status %d %s", got.status, got.body)
			}
			want := http.Header{
				"Content-Type":                 {"application/json"},
				"Cache-Control":                {"no-store"},
				"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
				"Cross-Origin-Resource-Policy": {"same-origin"},
				"Referrer-Policy":              {"no-referrer"},
				"Strict-Transport-Security":    {"max-age=63072000"},
				"Vary":                         {"Origin"},
				"X-Content-Type-Options":       {"nosniff"},
				"X-Frame-Options":              {"DENY"},
			}
			for name, values := range tc.more {
				want[name] = values
			}
			if len(got.header.Get("X-Request-Id")) != 26 {
				t.Errorf("request id %q", got.header.Get("X-Request-Id"))
			}
			for _, name := range []string{"X-Request-Id", "Date", "Content-Length", "Connection"} {
				got.header.Del(name)
			}
			if diff := cmp.Diff(want, got.header); diff != "" {
				t.Error(diff)
			}
			for _, inside := range []string{"mongo", "goroutine", ".go:", "10.0.0.7", "half-made", "panic"} {
				if strings.Contains(got.body, inside) {
					t.Errorf("%s tells of %s", got.body, inside)
				}
			}
		})
	}
}

func TestNoHSTSWithoutTLS(t *testing.T) {
	t.Parallel()
	s := start(t, func(cfg *web.Config) { cfg.Secure = false }, everyStatus())
	if got, ok := s.send(t, "GET", "/ok", "").header["Strict-Transport-Security"]; ok {
		t.Error(got)
	}
}

func TestHandlersMaySetTheirOwnHeaders(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil,
		route(http.MethodGet, "/page", func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'self'")
			c.Set(fiber.HeaderCacheControl, "public, max-age=300")
			c.Set(fiber.HeaderVary, "Accept-Encoding")
			return c.SendString("x")
		}),
		route(http.MethodGet, "/fails", func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderCacheControl, "public, max-age=300")
			c.Set(fiber.HeaderETag, `"1"`)
			return fault.New(fault.Throttled)
		}),
		route(http.MethodGet, "/token", func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderCacheControl, "public, max-age=300")
			web.NoStore(c)
			return ok(c)
		})))
	page := s.send(t, "GET", "/page", "").header
	if page.Get("Content-Security-Policy") != "default-src 'self'" || page.Get("Cache-Control") != "public, max-age=300" ||
		page.Get("Vary") != "Accept-Encoding, Origin" {
		t.Error(page)
	}
	if h := s.send(t, "GET", "/fails", "").header; h.Get("Cache-Control") != "no-store" || h.Get("ETag") != "" {
		t.Error("a refusal may be cached:", h)
	}
	if h := s.send(t, "GET", "/token", "").header; h.Get("Cache-Control") != "no-store" {
		t.Error(h)
	}
}

func TestTheOwnerOfThePathWordsTheFault(t *testing.T) {
	t.Parallel()
	s := start(t, nil,
		dialect("first", []string{"/users"}, route(http.MethodGet, "/users/:id", failing(fault.New(fault.RouteUnknown)))),
		dialect("second", []string{"/user", "/users/auth"}, route(http.MethodGet, "/users/auth/x", ok)))
	for path, want := range map[string]string{
		"/users": "first", "/users/": "first", "/users/1/2": "first", "/user": "second", "/user/1": "second",
		"/users/auth": "first", "/users/auth/y": "second", "/users/authority/1": "first", "/": "first", "/userx": "first",
	} {
		if got := s.send(t, "GET", path, "").fault(t); got.Dialect != want || got.Reason != fault.RouteUnknown {
			t.Errorf("%s: %+v, want %s", path, got, want)
		}
	}
	if got := s.send(t, "POST", "/users/auth/x", "").fault(t); got.Dialect != "second" || got.Reason != fault.MethodRefused {
		t.Errorf("%+v", got)
	}
}
