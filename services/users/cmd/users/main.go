// Command users runs the users service. An operator beside it carries accounts with "users import" and "users export", and
// switches off a second factor that its owner has lost with "users totp-disable".
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/serve"
	"github.com/watchword/watchword/services/users"
)

func main() {
	if users.Operates(os.Args[1:]) {
		if err := operate(os.Args[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "users: %v\n", err)
			os.Exit(1)
		}
		return
	}
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

func operate(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cfg users.OperatorConfig
	if err := env.Load(&cfg, os.LookupEnv); err != nil {
		return err
	}
	return users.Operate(ctx, cfg, users.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, args)
}
