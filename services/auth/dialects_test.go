package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/storetest"
)

// start runs the service until the test ends, and gives where its public listener is.
func start(t *testing.T, cfg Config) string {
	t.Helper()
	ln := Listeners{Public: listen(t), Internal: listen(t)}
	s, err := New(t.Context(), cfg, ln, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return fmt.Sprint("http://", ln.Public.Addr())
}

// What is served is what the settings choose: no other API's paths, and on a host that is bound, its API's alone.
func TestDialectsThatAreServed(t *testing.T) {
	t.Parallel()
	cfg := config(t, storetest.RedisURL(t))
	cfg.Dialects, cfg.DialectHosts = []string{"legion", "lynx"}, []string{"s.example.com=lynx"}
	url := start(t, cfg)
	const (
		json = "application/json"
		form = "application/x-www-form-urlencoded"
	)
	for name, test := range map[string]struct {
		host, method, path, kind string
		want                     int
	}{
		"one that is on":              {"", "POST", "/auth/login", json, 400},
		"at its other base":           {"", "POST", "/api/auth/login", json, 400},
		"one that is off, there":      {"", "POST", "/auth/login", form, 404},
		"one that is off":             {"", "POST", "/account/register", json, 404},
		"its document":                {"", "GET", "/openapi/wolf.yaml", "", 404},
		"a document of one that's on": {"", "GET", "/openapi/lynx.yaml", "", 200},
		"check of ild, which is off":  {"", "GET", "/sign/check", "", 404},
		"bound":                       {"s.example.com", "POST", "/auth/login", json, 400},
		"another's path where bound":  {"s.example.com", "GET", "/csrf-token", "", 404},
		"where it is not":             {"", "GET", "/csrf-token", "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), test.method, url+test.path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			req.Host = test.host
			req.Header.Set("Content-Type", test.kind)
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if err := res.Body.Close(); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != test.want {
				t.Errorf("status %d, want %d", res.StatusCode, test.want)
			}
		})
	}
}
