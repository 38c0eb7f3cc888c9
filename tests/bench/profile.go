package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// profileFor is how long processor time is watched.
const profileFor = 10 * time.Second

// profile loads a suite by one phase, takes each service's processor and allocation profiles meanwhile into .cache/profile,
// and prints where most of it went.
func (b *bench) profile(ctx context.Context, phase string) (err error) {
	root, err := b.build(ctx)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.binaries)
	r, err := b.newRig(ctx, embedded, fewAccounts, 2*workers, map[string]string{"WATCHWORD_PROFILES": "true"})
	defer func() { err = errors.Join(err, r.stop()) }()
	if err != nil {
		return err
	}
	loaded, stop := context.WithCancel(ctx)
	defer stop()
	do, err := r.phase(loaded, phase)
	if err != nil {
		return err
	}
	dir := filepath.Join(root, ".cache", "profile")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	b.say("profile %s", phase)
	done := make(chan sample)
	go func() { done <- closed(loaded, workers, time.Hour, do) }()
	files, err := r.profiles(ctx, dir, phase)
	stop()
	s := <-done
	text, _ := outcomes(s)
	b.say("%s, %s a second", text, perSecond(s.rate()))
	if err != nil {
		return err
	}
	return tops(ctx, files)
}

// phase is the load of that name.
func (r *rig) phase(ctx context.Context, name string) (request, error) {
	var next atomic.Int64
	mine := shared(r.suite.sessions)
	phases := map[string]request{
		"signin":  func(int) (int, error) { return patiently(ctx, r.nextAccount(&next), r.client.signIn) },
		"flood":   func(int) (int, error) { return r.client.signIn(r.nextAccount(&next), nil) },
		"refresh": func(w int) (int, error) { return r.client.rotate(mine(w)) },
		"user": func(int) (int, error) {
			return r.client.user(r.client.users, rand.IntN(r.suite.accounts), nil)
		},
		"check": func(w int) (int, error) { return r.client.check(mine(w)) },
	}
	do, ok := phases[name]
	if !ok {
		return nil, fmt.Errorf("there is no phase %q; there are signin, flood, refresh, user and check", name)
	}
	return do, nil
}

// profiles fetches both profiles of all services, and gives the files' names.
func (r *rig) profiles(ctx context.Context, dir, phase string) ([]string, error) {
	queries := [...]struct{ kind, query string }{
		{"cpu", fmt.Sprintf("profile?seconds=%.0f", profileFor.Seconds())},
		{"allocs", "allocs"}, // since the start, so after the load
	}
	var files []string
	for _, q := range queries {
		var wg sync.WaitGroup
		errs := make([]error, len(services))
		for i, name := range services {
			file := filepath.Join(dir, strings.Join([]string{phase, name, q.kind, "pprof"}, "."))
			files = append(files, file)
			wg.Go(func() { errs[i] = fetch(ctx, r.suite.internal[name]+"/debug/pprof/"+q.query, file) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func fetch(ctx context.Context, url, file string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, res.Status)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}

// tops prints what stands at the head of each profile.
func tops(ctx context.Context, files []string) error {
	for _, file := range files {
		fmt.Printf("\n== %s\n", file)
		cmd := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-cum", "-nodecount=40", file)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return err
		}
	}
	return nil
}
