package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fewAccounts is how many the suite has that the one with many is compared to.
const fewAccounts = 1000

// bench is one run.
type bench struct {
	accounts, sessions, rounds int
	stretch                    time.Duration
	binaries                   string // folder
	out                        io.Writer
}

// figures are what was measured on one kind of stores.
type figures struct {
	stores       string
	before       string // load averages
	after        string
	hash, signIn turns
	refresh      trio
	user         trio
	check        trio
	dialects     dialects
	flood        flood
	restart      restart // with the embedded stores
	idle         map[string]int64
	ready        map[string]time.Duration
	seeded       time.Duration
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// runAll measures on both kinds of stores and prints the table.
func (b *bench) runAll(ctx context.Context, only string, write bool) error {
	root, err := b.build(ctx)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.binaries)
	r := report{bench: b, command: "make bench ACCOUNTS=" + fmt.Sprint(b.accounts), began: time.Now()}
	if r.sizes, err = b.sizes(); err != nil {
		return err
	}
	for _, stores := range []string{embedded, debian} {
		if only != "" && only != stores {
			continue
		}
		if _, err := exec.LookPath("redis-server"); stores == debian && err != nil {
			b.say("NOT MEASURED WITH redis-server: it is not on the PATH (Debian: apt-get install redis-server)")
			continue
		}
		f, err := b.run(ctx, stores)
		if err != nil {
			return fmt.Errorf("with %s: %w", stores, err)
		}
		r.figures = append(r.figures, f)
	}
	if write {
		if err := os.WriteFile(filepath.Join(root, "tests", "bench", "README.md"), []byte(r.page()), 0o644); err != nil {
			return err
		}
	}
	_, err = fmt.Print(r.page())
	return err
}

// run measures on one kind of stores.
func (b *bench) run(ctx context.Context, stores string) (f figures, err error) {
	f = figures{stores: stores, before: load()}
	many, err := b.newRig(ctx, stores, b.accounts, b.sessions, nil)
	defer func() { err = errors.Join(err, many.stop()) }()
	if err != nil {
		return f, err
	}
	f.idle, f.ready, f.seeded = many.idle, many.suite.ready, many.seeded
	few, err := b.newRig(ctx, stores, fewAccounts, 2*workers, nil)
	defer func() { err = errors.Join(err, few.stop()) }()
	if err != nil {
		return f, err
	}
	if err := b.measure(ctx, many, few, &f); err != nil {
		return f, err
	}
	f.flood, err = b.flood(ctx, many, f.signIn.sum().rate())
	f.after = load()
	if err == nil && stores == embedded {
		f.restart, err = b.restarts(ctx, many)
	}
	return f, err
}

// build makes the binaries with the flags of `make build`, in a folder of their own, and gives the repository's root.
func (b *bench) build(ctx context.Context) (root string, err error) {
	text, err := exec.CommandContext(ctx, "go", "env", "GOWORK").Output()
	if err != nil {
		return "", err
	}
	root = filepath.Dir(strings.TrimSpace(string(text)))
	if b.binaries, err = os.MkdirTemp("", "watchword-bin-"); err != nil {
		return "", err
	}
	b.say("build")
	for name, folder := range map[string]string{
		"auth": "services/auth/cmd/auth", "users": "services/users/cmd/users", "mailer": "services/mailer/cmd/mailer",
		"local": "deploy/local", "baseline": "tests/bench/baseline",
	} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w",
			"-o", filepath.Join(b.binaries, name), "./"+folder)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return root, errors.Join(fmt.Errorf("build %s: %w\n%s", name, err, text), os.RemoveAll(b.binaries))
		}
	}
	return root, nil
}

// services are those that are shipped.
var services = [...]string{"auth", "users", "mailer"}

// sizes gives the binaries' sizes in bytes.
func (b *bench) sizes() (map[string]int64, error) {
	sizes := map[string]int64{}
	for _, name := range services {
		info, err := os.Stat(filepath.Join(b.binaries, name))
		if err != nil {
			return nil, err
		}
		sizes[name] = info.Size()
	}
	return sizes, nil
}

// load is the machine's load averages.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
