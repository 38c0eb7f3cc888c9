package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/web"
)

func TestSameOriginRule(t *testing.T) {
	t.Parallel()
	changing := route(http.MethodGet, "/logout", func(c *fiber.Ctx) error {
		c.Append(fiber.HeaderSetCookie, "x=y")
		return ok(c)
	})
	changing.Unsafe = true
	s := start(t, nil, dialect("d", nil, changing, route(http.MethodGet, "/read", ok),
		route(http.MethodPost, "/change", ok), route(http.MethodPut, "/change", ok),
		route(http.MethodPatch, "/change", ok), route(http.MethodDelete, "/change", ok)))

	origins := map[string][]string{
		"none":    nil,
		"own":     {"Origin: " + publicOrigin},
		"listed":  {"Origin: " + listed},
		"null":    {"Origin: null"},
		"empty":   {"Origin: "},
		"sibling": {"Origin: https://evil.example.com"},
		"suffix":  {"Origin: " + listed + ".evil.example"},
		"scheme":  {"Origin: http://app.example.com"},
		"port":    {"Origin: " + listed + ":8443"},
		"case":    {"Origin: HTTPS://APP.EXAMPLE.COM"},
		"prefix":  {"Origin: https://evil.example/" + listed},
	}
	sites := map[string][]string{
		"none": {"Sec-Fetch-Site: none"}, "same-origin": {"Sec-Fetch-Site: same-origin"},
		"same-site": {"Sec-Fetch-Site: same-site"}, "cross-site": {"Sec-Fetch-Site: cross-site"},
		"unknown": {"Sec-Fetch-Site: SAME-ORIGIN"}, "absent": nil,
	}
	passes := func(site, origin string) bool {
		switch site {
		case "none", "same-origin":
			return true
		case "absent":
			return origin == "none" || origin == "own" || origin == "listed"
		}
		return origin == "listed"
	}
	for site, siteHeader := range sites {
		for origin, originHeader := range origins {
			headers := append(append([]string{}, siteHeader...), originHeader...)
			for _, target := range []string{"POST /change", "PUT /change", "PATCH /change", "DELETE /change", "GET /logout"} {
				method, path, _ := strings.Cut(target, " ")
				got := s.send(t, method, path, "", headers...)
				want := http.StatusForbidden
				if passes(site, origin) {
					want = http.StatusOK
				}
				if got.status != want {
					t.Errorf("%s, Sec-Fetch-Site %s, Origin %s: %d, want %d", target, site, origin, got.status, want)
				}
				if got.status == http.StatusForbidden {
					if f := got.fault(t); f.Reason != "origin_refused" || got.header["Set-Cookie"] != nil {
						t.Errorf("%s, %s, %s: %+v %v", target, site, origin, f, got.header)
					}
				}
			}
			if got := s.send(t, http.MethodGet, "/read", "", headers...); got.status != http.StatusOK {
				t.Errorf("GET, Sec-Fetch-Site %s, Origin %s: %d", site, origin, got.status)
			}
		}
	}
}

func TestHEADDoesNotChangeWhatGETDoes(t *testing.T) {
	t.Parallel()
	changing := route(http.MethodGet, "/logout", ok)
	changing.Unsafe = true
	s := start(t, nil, dialect("d", nil, changing, route(http.MethodGet, "/read", ok)))
	if got := s.send(t, http.MethodHead, "/logout", ""); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "GET" {
		t.Errorf("%d, Allow %q", got.status, got.header.Get("Allow"))
	}
	if got := s.send(t, http.MethodHead, "/read", ""); got.status != http.StatusOK || got.body != "" {
		t.Errorf("%d %q", got.status, got.body)
	}
}

func TestWithoutAPublicOriginNoOriginIsOurs(t *testing.T) {
	t.Parallel()
	s := start(t, func(cfg *web.Config) { cfg.PublicOrigin, cfg.Hosts = "", []string{host} },
		dialect("d", nil, route(http.MethodPost, "/change", ok)))
	for _, origin := range []string{"", publicOrigin} {
		if got := s.send(t, http.MethodPost, "/change", "", "Origin: "+origin); got.status != http.StatusForbidden {
			t.Errorf("Origin %q: %d", origin, got.status)
		}
	}
}

func TestCORSIsForListedOriginsAlone(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/read", ok)))
	for _, origin := range []string{"null", "*", publicOrigin + ".evil.example", "https://evil.example", "http://app.example.com", ""} {
		got := s.send(t, http.MethodGet, "/read", "", "Origin: "+origin)
		for name := range got.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s", origin, name)
			}
		}
		if got.header.Get("Vary") != "Origin" {
			t.Errorf("%s: Vary %q", origin, got.header.Get("Vary"))
		}
	}
	for _, path := range []string{"/read", "/nowhere"} {
		got := s.send(t, http.MethodGet, path, "", "Origin: "+listed).header
		if got.Get("Access-Control-Allow-Origin") != listed || got.Get("Access-Control-Allow-Credentials") != "true" ||
			got.Get("Access-Control-Expose-Headers") != "ETag, Retry-After, X-Request-Id" || got.Get("Vary") != "Origin" {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodPut, "/thing", ok)))
	got := s.send(t, http.MethodOptions, "/thing", "", "Origin: "+listed, "Access-Control-Request-Method: PUT")
	if got.status != http.StatusNoContent || got.body != "" ||
		got.header.Get("Access-Control-Allow-Origin") != listed ||
		got.header.Get("Access-Control-Allow-Methods") != "GET, HEAD, POST, PUT, PATCH, DELETE" ||
		got.header.Get("Access-Control-Allow-Headers") != "Authorization, Content-Type, If-Match, X-CSRF-Token" {
		t.Errorf("%d %v", got.status, got.header)
	}
	got = s.send(t, http.MethodOptions, "/thing", "", "Origin: https://evil.example", "Access-Control-Request-Method: PUT")
	if got.status != http.StatusForbidden || got.header.Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("another origin: %d %v", got.status, got.header)
	}
	got = s.send(t, http.MethodOptions, "/thing", "", "Origin: "+listed)
	if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "PUT" {
		t.Errorf("no preflight: %d %v", got.status, got.header)
	}
}

func TestOriginsMustBeOrigins(t *testing.T) {
	t.Parallel()
	d := dialect("d", nil, route(http.MethodGet, "/read", ok))
	for _, origin := range []string{
		"*", "null", "", "app.example.com", "https://*.example.com", "https://app.example.com/path", "https://app.example.com/",
		"https://user@app.example.com", "https://app.example.com?x", "https://app.example.com#x", "ftp://app.example.com", "https://",
	} {
		if _, err := build(t, func(cfg *web.Config) { cfg.Origins = []string{origin} }, d); err == nil {
			t.Errorf("%q passes", origin)
		}
	}
	s := start(t, func(cfg *web.Config) { cfg.Origins = []string{"https://APP.example.com:443"} }, d)
	if got := s.send(t, http.MethodGet, "/read", "", "Origin: "+listed).header.Get("Access-Control-Allow-Origin"); got != listed {
		t.Errorf("the scheme's own port: %q", got)
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	d := dialect("d", nil, route(http.MethodGet, "/read", ok))
	public := start(t, func(cfg *web.Config) { cfg.Hosts = []string{"s.example.com"} }, d)
	local := start(t, func(cfg *web.Config) { cfg.PublicOrigin = "http://localhost:8080" }, d)
	for name, want := range map[string]struct{ public, local int }{
		host:                    {200, 421},
		host + ":8443":          {200, 421},
		"ACCOUNTS.example.com":  {200, 421},
		"s.example.com":         {200, 421},
		host + ".":              {421, 421},
		host + ":evil":          {400, 400}, // fasthttp refuses the port itself
		host + ":99999":         {421, 421},
		"evil." + host:          {421, 421},
		host + ".evil.example":  {421, 421},
		"localhost":             {421, 200},
		"localhost:9999":        {421, 200},
		"127.0.0.1":             {421, 200},
		"127.8.8.8:80":          {421, 200},
		"[::1]":                 {421, 200},
		"[::1]:80":              {421, 200},
		"legion.localhost":      {421, 200},
		"localhost.evil.test":   {421, 421},
		"evil-localhost":        {421, 421},
		"127.0.0.1.evil.test":   {421, 421},
		"192.0.2.1":             {421, 421},
		"0.0.0.0":               {421, 421},
		"accounts.example.com@": {421, 421},
	} {
		request := "GET /read HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n" +
			"X-Forwarded-Host: " + host + "\r\nForwarded: host=" + host + "\r\n\r\n"
		for kind, s := range map[string]server{"public": public, "local": local} {
			status := want.public
			if kind == "local" {
				status = want.local
			}
			if got, _ := s.raw(t, request); len(got) != 1 || got[0].status != status {
				t.Errorf("%s, %s: %v, want %d", kind, name, got, status)
			}
		}
	}
}
