// Command mailer runs the mailer service.
package main

import (
	"context"
	"log/slog"
	"net"
	"os"

	"github.com/watchword/watchword/pkg/serve"
	"github.com/watchword/watchword/services/mailer"
)

func main() {
	os.Exit(serve.Command[mailer.Config]{
		Name:      "mailer",
		Version:   mailer.Version,
		Addresses: func(c mailer.Config) []string { return []string{c.InternalAddr} },
		Level:     func(c mailer.Config) string { return c.LogLevel },
		New: func(ctx context.Context, c mailer.Config, ln []net.Listener, log *slog.Logger) (serve.Runner, error) {
			return mailer.New(ctx, c, mailer.Listeners{Internal: ln[0]}, log)
		},
	}.Main(os.Args[1:]))
}
