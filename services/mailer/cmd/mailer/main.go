// Command mailer runs the mailer service. An operator beside it looks into its queue with "mailer queue [STATE]", and has
// mails that were given up sent again with "mailer requeue ID…".
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/serve"
	"github.com/watchword/watchword/services/mailer"
)

func main() {
	if mailer.Operates(os.Args[1:]) {
		if err := operate(os.Args[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "mailer: %v\n", err)
			os.Exit(1)
		}
		return
	}
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

func operate(args []string) error {
	var cfg mailer.Config
	if err := env.Load(&cfg, os.LookupEnv); err != nil {
		return err
	}
	return mailer.Operate(context.Background(), cfg, os.Stdout, args)
}
