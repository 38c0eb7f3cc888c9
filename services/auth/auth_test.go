package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/watchword/watchword/pkg/storetest"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// The service serves until it is stopped, and leaves nothing behind. Not parallel: it looks at every goroutine there is.
func TestRun(t *testing.T) {
	url := storetest.RedisURL(t)
	before := goleak.IgnoreCurrent()
	ln := Listeners{Public: listen(t), Internal: listen(t)}
	s, err := New(t.Context(), config(t, url), ln, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()

	client := &http.Client{Transport: &http.Transport{}}
	ask := func(method string, ln net.Listener, path string, want int) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprint("http://", ln.Addr(), path), strings.NewReader("token=x&action=confirm"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != want {
			t.Errorf("%s %s: %d, want %d", method, path, res.StatusCode, want)
		}
	}
	ask(http.MethodGet, ln.Public, "/.well-known/jwks.json", 200)
	ask(http.MethodGet, ln.Public, "/sign/check", 401)
	ask(http.MethodPost, ln.Public, "/verify", 422) // Redis has answered
	ask(http.MethodGet, ln.Public, "/metrics", 404)
	ask(http.MethodGet, ln.Internal, "/.well-known/jwks.json", 200)
	ask(http.MethodGet, ln.Internal, "/readyz", 200)
	ask(http.MethodGet, ln.Internal, "/metrics", 200)

	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	client.CloseIdleConnections()
	goleak.VerifyNone(t, before,
		// fasthttp's own: one for all servers of the process, and one that sees only every ten seconds that it is to end.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

// Nor does a start that fails. Not parallel, as TestRun.
func TestFailedStartLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	cfg := config(t, "redis://127.0.0.1:1")
	cfg.SigningKeysDir = t.TempDir()
	cfg.OTLPEndpoint = "http://127.0.0.1:1"
	if _, err := New(t.Context(), cfg, Listeners{}, slog.New(slog.DiscardHandler)); err == nil {
		t.Fatal("no error")
	}
	goleak.VerifyNone(t, before)
}
