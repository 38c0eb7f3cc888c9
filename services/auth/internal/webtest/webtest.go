// Package webtest serves dialects as the service does, for their tests.
package webtest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/rpc/rpctest"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// Server answers real requests.
type Server struct{ URL string }

// Serve serves dialects until the test ends.
func Serve(t testing.TB, f *coretest.Fixture, dialects ...web.Dialect) *Server {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	s := &Server{URL: "http://" + ln.Addr().String()}
	app, err := web.New(web.Config{
		Service:       "auth",
		Logger:        slog.New(slog.DiscardHandler),
		Telemetry:     rpctest.Telemetry(),
		Authenticator: session.NewAuthenticator(f.Access, f.Sessions),
		PublicOrigin:  s.URL,
		Now:           time.Now,
	}, dialects...)
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- app.Serve(ln) }()
	t.Cleanup(func() {
		// The test's own context is over by now.
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		must(t, app.Shutdown(ctx))
		must(t, <-ended)
	})
	return s
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends a request; body empty: none; headers are lines of "Name: value".
func (s *Server) Do(t testing.TB, method, path, body string, headers ...string) Answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	must(t, err)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	must(t, err)
	defer func() { must(t, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	return Answer{res.StatusCode, res.Header, string(text)}
}

// Is demands a status and a whole body.
func (a Answer) Is(t testing.TB, status int, body string) {
	t.Helper()
	if diff := cmp.Diff(body, a.Body); a.Status != status || diff != "" {
		t.Fatalf("status %d, want %d; body (-want +got):\n%s", a.Status, status, diff)
	}
}

// Has demands a status, and texts in the body.
func (a Answer) Has(t testing.TB, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d; body %s", a.Status, status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			t.Fatalf("no %q in %s", text, a.Body)
		}
	}
}

// Cookie gives a cookie that was set, whole; "" where it was not.
func (a Answer) Cookie(name string) string {
	for _, line := range a.Header.Values("Set-Cookie") {
		if strings.HasPrefix(line, name+"=") {
			return line
		}
	}
	return ""
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
