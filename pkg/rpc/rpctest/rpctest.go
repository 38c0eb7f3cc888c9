// Package rpctest joins a client and a server of pkg/rpc in a test, over a real connection.
package rpctest

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
)

// Join gives a client of caller's for what routes serves as callee, until the test ends.
func Join(t testing.TB, caller, callee string, routes func(*rpc.Server) http.Handler) *rpc.Client {
	t.Helper()
	tokens := Tokens(t)
	server := httptest.NewServer(routes(
		rpc.NewServer(callee, []string{caller}, tokens, Telemetry(), slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	client, err := rpc.NewClient(rpc.ClientConfig{
		Caller: caller, Callee: callee, BaseURL: server.URL, Tokens: tokens, Telemetry: Telemetry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Tokens signs service tokens with a key of its own.
func Tokens(t testing.TB) *token.ServiceCodec {
	t.Helper()
	key := make([]byte, secret.MinKeyBytes)
	_, _ = rand.Read(key) // never fails
	keys, err := secret.NewKeyring(secret.Key{ID: "test", Bytes: key})
	if err != nil {
		t.Fatal(err)
	}
	return token.NewServiceCodec(keys, time.Now)
}

// Telemetry has a registry of its own and records no spans.
func Telemetry() *telemetry.Telemetry {
	provider := noop.NewTracerProvider()
	return &telemetry.Telemetry{
		Registry:   prometheus.NewRegistry(),
		Tracer:     provider.Tracer("test"),
		Provider:   provider,
		Propagator: propagation.TraceContext{},
	}
}
