package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/web"
)

const (
	publicOrigin = "https://accounts.example.com"
	host         = "accounts.example.com"
	listed       = "https://app.example.com"
)

// tokens knows one token; "down" meets an outage.
type tokens struct{}

func (tokens) Authenticate(_ context.Context, bearer string) (session.Principal, error) {
	switch bearer {
	case "good":
		return session.Principal{Account: "A", Session: "S"}, nil
	case "down":
		return session.Principal{}, fault.Outage(errors.New("redis: connection refused"))
	}
	return session.Principal{}, fault.New(fault.Unauthenticated)
}

// rendered is how the tests' dialects word a fault.
type rendered struct {
	Dialect string
	Reason  fault.Reason
	Fields  map[string]string `json:",omitempty"`
}

var statuses = map[fault.Reason]int{
	fault.Malformed: 400, fault.RouteUnknown: 404, fault.MethodRefused: 405, fault.MediaUnsupported: 415,
	fault.NotAcceptable: 406, fault.TooLarge: 413, fault.Misdirected: 421, fault.Unauthenticated: 401,
	fault.OriginRefused: 403, fault.Throttled: 429, fault.Unavailable: 503, fault.Overloaded: 503, fault.Internal: 500,
}

func dialect(name string, prefixes []string, routes ...web.Route) web.Dialect {
	return web.Dialect{
		Name:     name,
		Prefixes: prefixes,
		Routes:   routes,
		Render: func(c *fiber.Ctx, f *fault.Fault) error {
			return c.Status(statuses[f.Reason]).JSON(rendered{name, f.Reason, f.Fields})
		},
	}
}

func ok(c *fiber.Ctx) error { return c.JSON(fiber.Map{"ok": true}) }

func route(method, path string, handle fiber.Handler) web.Route {
	return web.Route{Method: method, Path: path, Access: web.Open, Body: web.NoBody, Handle: handle}
}

// lines is a log that many may write to.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

type server struct {
	app  *web.App
	addr string
	log  *lines
	tel  *telemetry.Telemetry
}

// build makes an app and what it tells.
func build(t *testing.T, change func(*web.Config), dialects ...web.Dialect) (server, error) {
	t.Helper()
	tel, err := telemetry.New(t.Context(), telemetry.Config{Service: "test"})
	if err != nil {
		t.Fatal(err)
	}
	log := &lines{}
	cfg := web.Config{
		Service:       "test",
		Logger:        slog.New(slog.NewJSONHandler(log, nil)),
		Telemetry:     tel,
		Authenticator: tokens{},
		Origins:       []string{listed},
		PublicOrigin:  publicOrigin,
		Secure:        true,
	}
	if change != nil {
		change(&cfg)
	}
	app, err := web.New(cfg, dialects...)
	return server{app: app, log: log, tel: tel}, err
}

// start serves dialects on loopback until the test ends.
func start(t *testing.T, change func(*web.Config), dialects ...web.Dialect) server {
	t.Helper()
	s, err := build(t, change, dialects...)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.app.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.app.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	s.addr = ln.Addr().String()
	return s
}

type answer struct {
	status int
	header http.Header
	body   string
	last   bool // the answer says that the connection closes
}

func (a answer) fault(t *testing.T) rendered {
	t.Helper()
	var f rendered
	if err := json.Unmarshal([]byte(a.body), &f); err != nil {
		t.Fatalf("%d %q: %v", a.status, a.body, err)
	}
	return f
}

// send makes one request on a connection of its own. The headers are "Name: value".
func (s server) send(t *testing.T, method, target, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.addr+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	req.Close = true
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, res)
}

func read(t *testing.T, res *http.Response) answer {
	t.Helper()
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text), res.Close}
}

// raw writes bytes as they are and reads every answer until the server closes. An answer that leaves the connection open
// is the last one if a second of silence follows.
func (s server) raw(t *testing.T, request string) (answers []answer, closed bool) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for {
		patience := 20 * time.Second
		if n := len(answers); n > 0 && !answers[n-1].last {
			patience = time.Second
		}
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(r, nil)
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			return answers, false
		case err != nil:
			return answers, true
		}
		answers = append(answers, read(t, res))
	}
}

// pipeline writes n requests at once and reads as many answers.
func (s server) pipeline(t *testing.T, requests string, n int) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(conn, requests)
		written <- err
	}()
	r := bufio.NewReader(conn)
	for range n {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		read(t, res)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}
