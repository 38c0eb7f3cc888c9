// Command bench measures the suite: its binaries as separate processes on loopback, against bare programs that do only the
// unavoidable work (baseline), in turns of one run. Figures are ratios where a goal is one, as the machine may be busy.
//
// It tests nothing: a figure that falls short fails no build.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b := &bench{out: os.Stderr}
	flag.IntVar(&b.accounts, "accounts", 100_000, "accounts in the store")
	flag.IntVar(&b.sessions, "sessions", 256, "sessions, a multiple of 32")
	flag.IntVar(&b.rounds, "rounds", 3, "turns that each side of a comparison takes")
	flag.DurationVar(&b.stretch, "stretch", 2500*time.Millisecond, "length of a turn")
	stores := flag.String("stores", "", `"embedded stores" or "redis-server" alone; by default both`)
	write := flag.Bool("write", false, "write the result to tests/bench/README.md too")
	profile := flag.String("profile", "", "instead: profile the services while one of signin, refresh, user, check or flood runs")
	starts := flag.Bool("start", false, "instead: measure only how long the one process takes to be ready with so many accounts")
	flag.Parse()
	run := func() error { return b.runAll(ctx, *stores, *write) }
	if *profile != "" {
		run = func() error { return b.profile(ctx, *profile) }
	}
	if *starts {
		run = func() error { return b.starts(ctx) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
