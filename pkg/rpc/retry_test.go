package rpc

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
)

var errRefused = errors.New("connection refused")

// wire is the way to the callee, in place of a network.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

func answering(status int, body string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// silent never answers.
func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func newTestClient(t *testing.T, w wire) *Client {
	t.Helper()
	key := make([]byte, secret.MinKeyBytes)
	_, _ = rand.Read(key) // never fails
	keys, err := secret.NewKeyring(secret.Key{ID: "test", Bytes: key})
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClient(ClientConfig{
		Caller: "auth", Callee: "users", BaseURL: "http://users:9090", Tokens: token.NewServiceCodec(keys, time.Now),
		Telemetry: &telemetry.Telemetry{
			Registry: prometheus.NewRegistry(), Tracer: noop.NewTracerProvider().Tracer(""), Propagator: propagation.TraceContext{},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.http.Transport = w
	return c
}

func TestCallIsRepeatedUntilAnAnswerComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := newTestClient(t, func(*http.Request) (*http.Response, error) {
			if tries++; tries < 4 {
				return nil, errRefused
			}
			return answering(http.StatusOK, `{"name":"ada"}`)
		})
		var out struct{ Name string }
		if err := c.Call(t.Context(), "/p", true, struct{}{}, &out); err != nil || out.Name != "ada" {
			t.Errorf("%q, %v", out.Name, err)
		}
		if tries != 4 {
			t.Errorf("%d tries", tries)
		}
	})
}

func TestCallIsMadeOnceWhereItMayNotBeRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := newTestClient(t, func(*http.Request) (*http.Response, error) { tries++; return nil, errRefused })
		err := c.Call(t.Context(), "/p", false, struct{}{}, nil)
		if !fault.Has(err, fault.Unavailable) || !errors.Is(err, errRefused) || tries != 1 {
			t.Errorf("%v after %d tries", err, tries)
		}
	})
}

func TestFaultIsAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := newTestClient(t, func(*http.Request) (*http.Response, error) {
			tries++
			return answering(http.StatusServiceUnavailable, `{"fault":{"reason":"unavailable","retryAfterMs":1500}}`)
		})
		for range 10 {
			err := c.Call(t.Context(), "/p", true, struct{}{}, nil)
			if !fault.Has(err, fault.Unavailable) || fault.Of(err).RetryAfter != 1500*time.Millisecond {
				t.Fatalf("%+v", err)
			}
		}
		if tries != 10 {
			t.Errorf("10 calls made %d tries: a fault was taken for silence", tries)
		}
	})
}

func TestRepeatingEndsWithTheCallersDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, func(*http.Request) (*http.Response, error) { return nil, errRefused })
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		err := c.Call(ctx, "/p", true, struct{}{}, nil)
		if !fault.Has(err, fault.Unavailable) {
			t.Errorf("%v", err)
		}
		if ctx.Err() != nil {
			t.Error("nothing of the deadline is left to answer in")
		}
	})
}

func TestTryIsShorterThanTheCallersDeadline(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ deadline, want time.Duration }{
		"no deadline": {0, 2 * time.Second},
		"a far one":   {time.Minute, 2 * time.Second},
		"a near one":  {time.Second, 900 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				if tt.deadline > 0 {
					ctx, cancel = context.WithTimeout(t.Context(), tt.deadline)
				}
				defer cancel()
				started := time.Now()
				err := newTestClient(t, silent).Call(ctx, "/p", false, struct{}{}, nil)
				if !fault.Has(err, fault.Unavailable) {
					t.Errorf("%v", err)
				}
				if took := time.Since(started); took != tt.want {
					t.Errorf("it took %v, want %v", took, tt.want)
				}
			})
		})
	}
}

func TestBreakerOpensAndCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries, up := 0, false
		c := newTestClient(t, func(*http.Request) (*http.Response, error) {
			if tries++; up {
				return answering(http.StatusOK, `{}`)
			}
			return nil, errRefused
		})
		call := func() error { return c.Call(t.Context(), "/p", false, struct{}{}, nil) }
		for range 8 {
			if err := call(); !fault.Has(err, fault.Unavailable) {
				t.Fatalf("%v", err)
			}
		}
		if tries != 5 {
			t.Errorf("%d tries before it opened", tries)
		}
		time.Sleep(2*time.Second + time.Millisecond)
		if _, _ = call(), call(); tries != 6 {
			t.Errorf("%d tries went through while it was half open, want one", tries-5)
		}
		up = true
		time.Sleep(2*time.Second + time.Millisecond)
		for range 3 {
			if err := call(); err != nil {
				t.Errorf("users is back and the call fails: %v", err)
			}
		}
	})
}

func TestBreakerIgnoresWhatCallersGaveUp(t *testing.T) {
	t.Parallel()
	for name, giveUp := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Millisecond, cancel)
			return ctx, cancel
		},
		"too short": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 10*time.Millisecond)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c := newTestClient(t, func(r *http.Request) (*http.Response, error) { tries++; return silent(r) })
				for range 10 {
					ctx, cancel := giveUp(t.Context())
					if err := c.Call(ctx, "/p", false, struct{}{}, nil); !fault.Has(err, fault.Unavailable) {
						t.Errorf("%v", err)
					}
					cancel()
				}
				if tries != 10 {
					t.Errorf("%d of 10 calls were tried", tries)
				}
			})
		})
	}
}

func TestServiceTokenIsKeptForHalfItsLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bearers := map[string]bool{}
		c := newTestClient(t, func(r *http.Request) (*http.Response, error) {
			bearers[r.Header.Get("Authorization")] = true
			return answering(http.StatusOK, `{}`)
		})
		call := func(want int) {
			t.Helper()
			if err := c.Call(t.Context(), "/p", false, struct{}{}, nil); err != nil {
				t.Fatal(err)
			}
			if len(bearers) != want {
				t.Errorf("%d tokens, want %d", len(bearers), want)
			}
		}
		call(1)
		time.Sleep(29 * time.Second)
		call(1)
		time.Sleep(2 * time.Second)
		call(2)
	})
}

func TestWhatIsNoAnswerOfOursIsAnOutage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   fault.Reason
	}{
		"a proxy's page":             {http.StatusBadGateway, "<html>bad gateway</html>", fault.Unavailable},
		"an unknown path":            {http.StatusNotFound, "404 page not found", fault.Unavailable},
		"JSON of another kind":       {http.StatusConflict, `{"error":"no"}`, fault.Unavailable},
		"a redirect":                 {http.StatusFound, "", fault.Unavailable},
		"success of another kind":    {http.StatusOK, `[]`, fault.Unavailable},
		"success cut off":            {http.StatusOK, `{"name":"a`, fault.Unavailable},
		"too much":                   {http.StatusOK, `{"name":"` + strings.Repeat("a", 1<<20) + `"}`, fault.Unavailable},
		"a service token refused":    {http.StatusUnauthorized, `{"fault":{"reason":"unauthenticated"}}`, fault.Unavailable},
		"a reason of another time":   {http.StatusUnprocessableEntity, `{"fault":{"reason":"moon_phase"}}`, fault.Internal},
		"a failure there":            {http.StatusInternalServerError, `{"fault":{"reason":"internal"}}`, fault.Internal},
		"a refusal, for comparison":  {http.StatusUnprocessableEntity, `{"fault":{"reason":"code_wrong"}}`, fault.CodeWrong},
		"a session that is refused":  {http.StatusUnprocessableEntity, `{"fault":{"reason":"unauthenticated"}}`, fault.Unauthenticated},
		"an outage that a hop heard": {http.StatusServiceUnavailable, `{"fault":{"reason":"unavailable"}}`, fault.Unavailable},
	} {
		c := newTestClient(t, func(*http.Request) (*http.Response, error) { return answering(tt.status, tt.body) })
		var out struct{ Name string }
		err := c.Call(t.Context(), "/p", false, struct{}{}, &out)
		if !fault.Has(err, tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}
