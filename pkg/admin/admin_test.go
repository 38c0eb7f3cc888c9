package admin_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/watchword/watchword/pkg/admin"
	"github.com/watchword/watchword/pkg/telemetry"
)

type server struct {
	*admin.Server
	url string
}

// start serves on loopback until the test ends.
func start(t *testing.T, log io.Writer, ready func() error) server {
	t.Helper()
	tel, err := telemetry.New(t.Context(), telemetry.Config{Service: "test", Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	s := admin.New(tel, telemetry.NewLogger(log, "test", "1.2.3", "info"), ready)
	s.Handle("POST /internal/echo", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	s.Handle("POST /internal/panic", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("at the disco") }))
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return server{s, "http://" + ln.Addr().String()}
}

func (s server) send(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestOperations(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := start(t, &log, nil)
	for _, tc := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/healthz", 200, `{"status":"ok"}`},
		{"GET", "/readyz", 200, `{"status":"ready"}`},
		{"POST", "/internal/echo", 200, "hello"},
		{"GET", "/internal/echo", 404, `{"error":"not_found"}`},
		{"GET", "/nowhere", 404, `{"error":"not_found"}`},
		{"POST", "/metrics", 404, `{"error":"not_found"}`},
		{"POST", "/internal/panic", 500, `{"error":"internal"}`},
	} {
		res, body := s.send(t, tc.method, tc.path, "hello")
		if res.StatusCode != tc.status || body != tc.body {
			t.Errorf("%s %s: %d %s", tc.method, tc.path, res.StatusCode, body)
		}
	}
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "at the disco") {
		t.Error(log.String())
	}
}

func TestMetricsSpeakOpenMetrics(t *testing.T) {
	t.Parallel()
	s := start(t, io.Discard, nil)
	res, body := s.send(t, "GET", "/metrics", "", "Accept: application/openmetrics-text; version=1.0.0")
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/openmetrics-text") ||
		!strings.Contains(body, `watchword_build_info{version="1.2.3"} 1`) || !strings.HasSuffix(body, "# EOF\n") {
		t.Errorf("%v %s", res.Header, body)
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	var log strings.Builder
	s := start(t, &log, func() error {
		if down.Load() {
			return errors.New("no primary at 10.0.0.7")
		}
		return nil
	})
	ready := func(want int) {
		t.Helper()
		res, body := s.send(t, "GET", "/readyz", "")
		if res.StatusCode != want || strings.Contains(body, "10.0.0.7") {
			t.Errorf("%d %s, want %d", res.StatusCode, body, want)
		}
	}
	ready(200)
	down.Store(true)
	ready(503)
	ready(503)
	down.Store(false)
	ready(200)
	if got := strings.Count(log.String(), "readiness changed"); got != 2 {
		t.Errorf("%d changes told: %s", got, log.String())
	}
	res, _ := s.send(t, "GET", "/healthz", "")
	if res.Close {
		t.Error("it closes connections before the drain")
	}
	s.Drain()
	ready(503)
	res, _ = s.send(t, "GET", "/healthz", "")
	if res.StatusCode != http.StatusOK || !res.Close {
		t.Errorf("draining: %d, closes %t", res.StatusCode, res.Close)
	}
}
