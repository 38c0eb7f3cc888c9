package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

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

// access is one access line.
type access struct {
	Msg, Method, Route, Reason string
	Status                     int
	Duration                   *float64 `json:"duration_ms"`
	RequestID                  string   `json:"request_id"`
	TraceID                    string   `json:"trace_id"`
	Error                      string
}

// logged reads the log's lines.
func logged(t *testing.T, log string) (requests, others []access) {
	t.Helper()
	for line := range strings.Lines(log) {
		var a access
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		if a.Msg == "request" {
			requests = append(requests, a)
		} else {
			others = append(others, a)
		}
	}
	return requests, others
}

func TestOneAccessLineARequest(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/users/:id", ok)))
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	got := s.send(t, "GET", "/users/canary-id?token=canary-query", "", "traceparent: 00-"+trace+"-00f067aa0ba902b7-01",
		"baggage: user=canary-baggage", "X-Request-Id: canary-request-id", "Authorization: Bearer canary-token",
		"Cookie: a=canary-cookie", "User-Agent: canary-agent", "X-Forwarded-For: 192.0.2.77")
	requests, others := logged(t, s.log.String())
	if len(requests) != 1 || len(others) != 0 {
		t.Fatal(s.log)
	}
	want := access{
		Msg: "request", Method: "GET", Route: "/users/:id", Status: 200,
		Duration: requests[0].Duration, RequestID: got.header.Get("X-Request-Id"), TraceID: trace,
	}
	if diff := cmp.Diff(want, requests[0]); diff != "" || want.Duration == nil {
		t.Error(diff)
	}
	for _, private := range []string{"canary", "127.0.0.1", "192.0.2.77", host} {
		if strings.Contains(s.log.String(), private) {
			t.Errorf("the log tells %s: %s", private, s.log)
		}
	}
}

func TestFaultsOfTheServiceAreLoggedOnceWithTheirCause(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct{ reason, cause string }{
		"/broken":    {"internal", "mongo: goroutine.go:17 exploded"},
		"/panic":     {"internal", "panic: mongo"},
		"/outage":    {"unavailable", "mongo is down"},
		"/throttled": {"throttled", ""},
		"/nowhere":   {"route_unknown", ""},
	} {
		s := start(t, nil, everyStatus())
		got := s.send(t, "GET", path, "")
		requests, others := logged(t, s.log.String())
		if len(requests) != 1 || requests[0].Reason != want.reason {
			t.Errorf("%s: %+v", path, requests)
		}
		if want.cause == "" {
			if len(others) != 0 {
				t.Errorf("%s: %+v", path, others)
			}
			continue
		}
		if len(others) != 1 || !strings.Contains(others[0].Error, want.cause) ||
			others[0].RequestID != got.header.Get("X-Request-Id") || len(others[0].TraceID) != 32 {
			t.Errorf("%s: %+v", path, others)
		}
	}
}

func TestMetricsAreBounded(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/users/:id", ok)))
	client := &http.Client{}
	defer client.CloseIdleConnections()
	do := func(method, path, agent string) {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("User-Agent", agent)
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	for i := range 10_000 {
		switch i % 4 {
		case 0:
			do("GET", fmt.Sprintf("/users/%d?q=%d", i, i), fmt.Sprint(i))
		case 1:
			do("GET", fmt.Sprintf("/nowhere/%d", i), fmt.Sprint(i))
		case 2:
			do(fmt.Sprintf("M%d", i), "/users/1", fmt.Sprint(i))
		case 3:
			do("DELETE", fmt.Sprintf("/users/%d", i), fmt.Sprint(i))
		}
	}
	want := map[string]bool{
		"GET /users/:id 200": true, "GET _unmatched 404": true, "_OTHER _unmatched 405": true, "DELETE _unmatched 405": true,
	}
	if diff := cmp.Diff(want, series(t, s.tel.Registry)); diff != "" {
		t.Error(diff)
	}
}

// series lists the label sets of the request histogram, and wants the buckets that the objectives are about.
func series(t *testing.T, registry *prometheus.Registry) map[string]bool {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range families {
		if f.GetName() != "http_server_request_duration_seconds" {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			found[labels["method"]+" "+labels["route"]+" "+labels["status"]] = true
			edges := map[float64]bool{}
			for _, b := range m.GetHistogram().GetBucket() {
				edges[b.GetUpperBound()] = true
			}
			if len(labels) != 3 || !edges[0.1] || !edges[0.5] {
				t.Errorf("labels %v, edges %v", labels, edges)
			}
		}
	}
	return found
}

func TestHandlersSeeDeadlineTraceAndRequestID(t *testing.T) {
	t.Parallel()
	var deadline time.Time
	var id string
	s := start(t, func(cfg *web.Config) { cfg.Timeout = time.Minute }, dialect("d", nil,
		route(http.MethodGet, "/x", func(c *fiber.Ctx) error {
			deadline, _ = web.Context(c).Deadline()
			id = web.RequestID(web.Context(c))
			return ok(c)
		})))
	before := time.Now()
	got := s.send(t, "GET", "/x", "")
	if id == "" || id != got.header.Get("X-Request-Id") {
		t.Errorf("id %q, header %q", id, got.header.Get("X-Request-Id"))
	}
	if deadline.Before(before.Add(time.Minute)) || deadline.After(time.Now().Add(time.Minute)) {
		t.Errorf("deadline %s", deadline)
	}
}

func TestDrainClosesConnectionsWithTheirNextAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, nil, everyStatus())
	request := "GET /ok HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
	if answers, closed := s.raw(t, request); len(answers) != 1 || answers[0].last || closed {
		t.Fatalf("before: %v, closed %t", answers, closed)
	}
	s.app.Drain()
	for _, path := range []string{"/ok", "/nowhere", "/broken", "/panic"} {
		answers, closed := s.raw(t, strings.Replace(request, "/ok", path, 1)+request)
		if len(answers) != 1 || !answers[0].last || !closed {
			t.Errorf("%s: %v, closed %t", path, answers, closed)
		}
	}
}

func TestShutdownWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/x", func(c *fiber.Ctx) error {
		close(entered)
		<-leave
		return ok(c)
	})))
	answered := make(chan int, 1)
	go func() { answered <- s.send(t, "GET", "/x", "").status }()
	<-entered
	s.app.Drain()
	done := make(chan error, 1)
	go func() { done <- s.app.Shutdown(context.Background()) }()
	select {
	case err := <-done:
		t.Fatal("it did not wait:", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(leave)
	if status := <-answered; status != http.StatusOK {
		t.Error(status)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestKeptStringsDoNotChange(t *testing.T) {
	t.Parallel()
	var kept []string
	note := func(c *fiber.Ctx) error {
		q, err := web.Query(c, "q")
		kept = append(kept, c.Params("id"), q, web.Bearer(c), web.Locale(c))
		return err
	}
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/users/:id", note)))
	request := func(x string) string {
		return fmt.Sprintf("GET /users/%[1]s?q=%[1]s HTTP/1.1\r\nHost: %[2]s\r\nAuthorization: Bearer %[1]s\r\nAccept-Language: %[1]s\r\n\r\n", x, host)
	}
	s.raw(t, request("aaaa")+request("bbbb")+request("cccc"))
	if got := strings.Join(kept, ""); got != strings.Repeat("a", 16)+strings.Repeat("b", 16)+strings.Repeat("c", 16) {
		t.Error(got)
	}
}

func TestNewRefusesIncompleteTables(t *testing.T) {
	t.Parallel()
	good := route(http.MethodGet, "/users/:id", ok)
	change := func(f func(*web.Route)) web.Dialect {
		r := good
		f(&r)
		return dialect("d", nil, r)
	}
	for name, dialects := range map[string][]web.Dialect{
		"none":            nil,
		"no Render":       {{Name: "d", Routes: []web.Route{good}}},
		"no Access":       {change(func(r *web.Route) { r.Access = 0 })},
		"unknown Access":  {change(func(r *web.Route) { r.Access = 9 })},
		"no Body":         {change(func(r *web.Route) { r.Body = 0 })},
		"no Handle":       {change(func(r *web.Route) { r.Handle = nil })},
		"unknown method":  {change(func(r *web.Route) { r.Method = "get" })},
		"relative path":   {change(func(r *web.Route) { r.Path = "users" })},
		"same route":      {dialect("a", nil, good), dialect("b", nil, good)},
		"same but a name": {dialect("a", nil, good), change(func(r *web.Route) { r.Path = "/users/:name" })},
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
