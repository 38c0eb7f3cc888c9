// Command users runs the users service.
package main

import (
	"context"
	"log/slog"
	"net"
	"os"

	"github.com/watchword/watchword/pkg/serve"
	"github.com/watchword/watchword/services/users"
)

func main() {
	os.Exit(serve.Command[users.Config]{
		Name:      "users",
		Version:   users.Version,
		Addresses: func(c users.Config) []string { return []string{c.PublicAddr, c.InternalAddr} },
		Level:     func(c users.Config) string { return c.LogLevel },
		New: func(ctx context.Context, c users.Config, ln []net.Listener, log *slog.Logger) (serve.Runner, error) {
			return users.New(ctx, c, users.Listeners{Public: ln[0], Internal: ln[1]}, log)
		},
	}.Main(os.Args[1:]))
}
