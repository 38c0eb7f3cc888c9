package web

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// build makes the Fiber application that listens, and one for each dialect that has a host of its own.
func (a *App) build() {
	a.fiber = a.tree(a.dialects)
	serve := a.fiber.Handler()
	alone := map[string]fasthttp.RequestHandler{}
	for _, name := range a.hosts.dialects {
		if alone[name] == nil {
			own := slices.DeleteFunc(slices.Clone(a.dialects), func(d Dialect) bool { return d.Name != name })
			alone[name] = a.tree(own).Handler()
		}
	}
	a.fiber.Server().Handler = func(ctx *fasthttp.RequestCtx) {
		// Fiber answers a method it doesn't know by itself and bare. Nobody serves TRACE, so it stands for all of them.
		if !slices.Contains(methods, string(ctx.Method())) {
			ctx.Request.Header.SetMethod(http.MethodTrace)
		}
		if name, bound := a.hosts.dialect(ctx.Request.Header.Host()); bound {
			alone[name](ctx)
			return
		}
		serve(ctx)
	}

	a.bodies = map[string]int{}
	for _, e := range endpoints(a.dialects) {
		for _, t := range e {
			if t.dialect.Off {
				continue
			}
			a.routes = append(a.routes, *t.route)
			if at := t.route.Method + " " + t.route.Path; t.route.limit() > max(bodyLimit, a.bodies[at]) {
				a.bodies[at] = t.route.limit()
			}
		}
	}
	if len(a.bodies) > 0 {
		a.fiber.Server().HeaderReceived = a.allowBody
	}
}

// tree is a Fiber application with the routes of dialects: one middleware about everything, and for each route the checks
// it states.
func (a *App) tree(dialects []Dialect) *fiber.App {
	f := fiber.New(fiber.Config{
		Immutable:                    true, // else strings of a request change with the next
		CaseSensitive:                true,
		StrictRouting:                true,
		DisableStartupMessage:        true,
		DisablePreParseMultipartForm: true,
		BodyLimit:                    bodyLimit,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		ReadBufferSize:               headerLimit,
		// Only what fasthttp refuses before any handler comes here.
		ErrorHandler: func(c *fiber.Ctx, err error) error {
			if conn, ok := c.Context().Conn().(*lingeringConn); ok {
				conn.refuse()
			}
			a.answer(c, func(*fiber.Ctx) error { return err })
			return nil
		},
	})
	f.Use(func(c *fiber.Ctx) error {
		a.answer(c, a.admit)
		return nil
	})
	for _, e := range endpoints(dialects) {
		r := e[0].route
		f.Add(r.Method, r.Path, a.enter(e), before, handle)
		if r.Method == http.MethodGet && !r.Unsafe {
			f.Add(http.MethodHead, r.Path, a.enter(e), before, handle)
		}
	}
	return f
}

// allowBody lets a request have a larger body than others before it is read, where its route does.
func (a *App) allowBody(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	path, _, _ := bytes.Cut(h.RequestURI(), []byte("?"))
	return fasthttp.RequestConfig{MaxRequestBodySize: a.bodies[string(h.Method())+" "+string(path)]}
}
