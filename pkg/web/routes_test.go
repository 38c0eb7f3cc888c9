package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

func TestNewRefusesIncompleteTables(t *testing.T) {
	t.Parallel()
	good := route(http.MethodGet, "/users/:id", ok)
	change := func(f func(*web.Route)) web.Dialect {
		r := good
		f(&r)
		return dialect("d", nil, r)
	}
	for name, dialects := range map[string][]web.Dialect{
		"none":              nil,
		"no Render":         {{Name: "d", Routes: []web.Route{good}}},
		"no Access":         {change(func(r *web.Route) { r.Access = 0 })},
		"unknown Access":    {change(func(r *web.Route) { r.Access = 9 })},
		"no Body":           {change(func(r *web.Route) { r.Body = 0 })},
		"no Handle":         {change(func(r *web.Route) { r.Handle = nil })},
		"unknown method":    {change(func(r *web.Route) { r.Method = "get" })},
		"large and dynamic": {change(func(r *web.Route) { r.Limit = 64<<10 + 1 })},
		"relative path":     {change(func(r *web.Route) { r.Path = "users" })},
		"same route":        {dialect("a", nil, good), dialect("b", nil, good)},
		"same but a name":   {dialect("a", nil, good), change(func(r *web.Route) { r.Path = "/users/:name" })},
	} {
		if _, err := build(t, nil, dialects...); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	s, err := build(t, nil, dialect("a", nil, good), change(func(r *web.Route) { r.Path = "/users/:id/x" }))
	if err != nil || len(s.app.Routes()) != 2 {
		t.Error(err)
	}
}

func TestBeforeRunsAheadOfHandlersWhenThePrincipalIsKnown(t *testing.T) {
	t.Parallel()
	member := route(http.MethodPost, "/x", ok)
	member.Access = web.Member
	d := dialect("d", nil, member)
	d.Before = func(c *fiber.Ctx) error {
		if p, known := web.Principal(c); !known || p.Account != "A" {
			t.Error("nobody")
		}
		if c.Get("X-Pass") == "" {
			return fault.New(fault.OriginRefused)
		}
		return c.Next()
	}
	s := start(t, nil, d)
	for want, headers := range map[int][]string{
		401: {"X-Pass: 1"}, 403: {"Authorization: Bearer good"}, 200: {"X-Pass: 1", "Authorization: Bearer good"},
	} {
		if got := s.send(t, "POST", "/x", "", headers...); got.status != want {
			t.Errorf("%v: %d", headers, got.status)
		}
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	var routes []web.Route
	for path, access := range map[string]web.Access{"/open": web.Open, "/optional": web.Optional, "/member": web.Member} {
		r := route(http.MethodGet, path, func(c *fiber.Ctx) error {
			p, known := web.Principal(c)
			return c.JSON([]any{p.Account, known, web.Bearer(c)})
		})
		r.Access = access
		routes = append(routes, r)
	}
	s := start(t, nil, dialect("d", nil, routes...))
	const nobody, a = `["",false,`, `["A",true,`
	for _, tc := range []struct{ path, authorization, want string }{
		{"/open", "", nobody + `""]`},
		{"/open", "Bearer good", nobody + `"good"]`},
		{"/open", "Bearer bad", nobody + `"bad"]`},
		{"/open", "Basic x", nobody + `""]`},
		{"/open", "Bearer down", nobody + `"down"]`},
		{"/optional", "", nobody + `""]`},
		{"/optional", "Bearer good", a + `"good"]`},
		{"/optional", "bearer good", a + `"good"]`},
		{"/optional", "BEARER  good ", a + `"good"]`},
		{"/optional", "Bearer bad", "unauthenticated"},
		{"/optional", "Bearer", "unauthenticated"},
		{"/optional", "good", "unauthenticated"},
		{"/optional", "Basic good", "unauthenticated"},
		{"/optional", "Bearergood", "unauthenticated"},
		{"/optional", "\xff\xfe", "unauthenticated"},
		{"/optional", "Bearer down", "unavailable"},
		{"/member", "", "unauthenticated"},
		{"/member", "Bearer good", a + `"good"]`},
		{"/member", "Bearer bad", "unauthenticated"},
		{"/member", "Basic good", "unauthenticated"},
		{"/member", "Bearer down", "unavailable"},
	} {
		var headers []string
		if tc.authorization != "" {
			headers = []string{"Authorization: " + tc.authorization}
		}
		got := s.send(t, "GET", tc.path, "", headers...)
		if !strings.Contains(got.body, tc.want) {
			t.Errorf("%+v: %d %s", tc, got.status, got.body)
		}
	}
	answers, _ := s.raw(t, "GET /optional HTTP/1.1\r\nHost: "+host+"\r\nAuthorization:\r\nConnection: close\r\n\r\n")
	if len(answers) != 1 || answers[0].status != http.StatusUnauthorized {
		t.Errorf("an empty Authorization: %v", answers)
	}
}
