// Command auth runs the auth service.
package main

import (
	"context"
	"log/slog"
	"net"
	"os"

	"github.com/watchword/watchword/pkg/serve"
	"github.com/watchword/watchword/services/auth"
)

func main() {
	os.Exit(serve.Command[auth.Config]{
		Name:      "auth",
		Version:   auth.Version,
		Addresses: func(c auth.Config) []string { return []string{c.PublicAddr, c.InternalAddr} },
		Level:     func(c auth.Config) string { return c.LogLevel },
		New: func(ctx context.Context, c auth.Config, ln []net.Listener, log *slog.Logger) (serve.Runner, error) {
			return auth.New(ctx, c, auth.Listeners{Public: ln[0], Internal: ln[1]}, log)
		},
	}.Main(os.Args[1:]))
}
