package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/telemetry"
)

// Runner serves until its context ends.
type Runner interface {
	Run(ctx context.Context) error
}

// Command is a service's command line: no argument runs it, "healthcheck" asks a running one whether it is ready, and
// "version" tells its version.
type Command[C any] struct {
	Name, Version string
	// Addresses are those of the listeners to bind, the internal one last.
	Addresses func(cfg C) []string
	Level     func(cfg C) string
	New       func(ctx context.Context, cfg C, listeners []net.Listener, log *slog.Logger) (Runner, error)
}

// Main runs the command and gives the process's exit code.
func (c Command[C]) Main(args []string) int {
	if len(args) > 0 && args[0] == "version" {
		fmt.Println(c.Version)
		return 0
	}
	var cfg C
	if err := env.Load(&cfg, os.LookupEnv); err != nil {
		return c.fail(err)
	}
	switch {
	case len(args) == 0:
		return c.fail(c.run(cfg))
	case args[0] == "healthcheck":
		return c.fail(c.healthcheck(cfg))
	}
	return c.fail(fmt.Errorf("unknown command %q; known are healthcheck and version", args[0]))
}

func (c Command[C]) fail(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", c.Name, err)
	return 1
}

func (c Command[C]) run(cfg C) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := telemetry.NewLogger(os.Stdout, c.Name, c.Version, c.Level(cfg))
	log.Info("starting", "config", env.Redacted(cfg))
	var listeners []net.Listener
	for _, addr := range c.Addresses(cfg) {
		ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		listeners = append(listeners, ln)
	}
	s, err := c.New(ctx, cfg, listeners, log)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// healthcheck asks the internal listener of this machine; for images that have no other program.
func (c Command[C]) healthcheck(cfg C) error {
	addrs := c.Addresses(cfg)
	_, port, err := net.SplitHostPort(addrs[len(addrs)-1])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", port)+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: status %d", res.StatusCode)
	}
	return nil
}
