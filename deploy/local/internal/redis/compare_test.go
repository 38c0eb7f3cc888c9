package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
	"pgregory.net/rapid"
)

// TestLikeRedis: each script of the repository gives the same answer and leaves the same keys here as on Redis itself, in
// sequences of the scripts that share keys; and memory equals the file after each.
func TestLikeRedis(t *testing.T) {
	t.Parallel()
	sources := repositoryScripts(t)
	for name := range sources {
		if _, ok := generators[name]; !ok {
			t.Errorf("%s has no generator in generators_test.go", name)
		}
	}
	families := map[string][]string{}
	for name := range generators {
		if _, ok := sources[name]; !ok {
			t.Errorf("%s is gone; its generator is not", name)
			continue
		}
		families[filepath.Dir(name)] = append(families[filepath.Dir(name)], name)
	}
	url := theirRedis(t)
	for family, names := range families {
		slices.Sort(names)
		t.Run(family, func(t *testing.T) {
			t.Parallel()
			theirs := client(t, url)
			s, ours, _ := start(t, filepath.Join(t.TempDir(), "redis.db"))
			p := pair{ours: ours, theirs: theirs, server: s}
			rapid.Check(t, func(rt *rapid.T) { p.round(t, rt, names, sources) })
		})
	}
}

// pair is the two stores that are compared.
type pair struct {
	ours, theirs *goredis.Client
	server       *Server
}

var rounds atomic.Int64

// round runs one sequence under a prefix of its own.
func (p pair) round(t *testing.T, rt *rapid.T, names []string, sources map[string]string) {
	ctx := context.Background()
	prefix := fmt.Sprintf("compared:%d:%d:", os.Getpid(), rounds.Add(1))
	defer func() {
		for _, c := range []*goredis.Client{p.ours, p.theirs} {
			if keys := c.Keys(ctx, prefix+"*").Val(); len(keys) > 0 {
				c.Del(ctx, keys...)
			}
		}
	}()
	for range 1 + evenly(rt, 40) {
		var run func(*goredis.Client) (any, error)
		if rare(rt, 32) {
			args := meddling(rt, prefix)
			rt.Log(args...)
			run = func(c *goredis.Client) (any, error) { return c.Do(ctx, args...).Result() }
		} else {
			name := names[evenly(rt, len(names))]
			keys, args := generators[name](rt)
			for i := range keys {
				keys[i] = prefix + keys[i]
			}
			rt.Log(name, keys, args)
			script := goredis.NewScript(sources[name])
			run = func(c *goredis.Client) (any, error) {
				v, err := script.Run(ctx, c, keys, args...).Result()
				if name == "pkg/session/rotate.lua" || strings.HasSuffix(name, ".go:rotation") {
					v = pairsSorted(v)
				}
				return v, err
			}
		}
		got, err := run(p.ours)
		want, wantErr := run(p.theirs)
		if diff := gocmp.Diff(fmt.Sprintf("%q %s", want, told(wantErr)), fmt.Sprintf("%q %s", got, told(err))); diff != "" {
			rt.Fatalf("Redis (-) %v and this (+) %v: %s", wantErr, err, diff)
		}
		sameAsFile(rt, p.server)
		p.outlast(t, prefix)
	}
	if diff := gocmp.Diff(dumpOf(t, p.theirs, prefix+"*"), dumpOf(t, p.ours, prefix+"*"), withinAMinute); diff != "" {
		rt.Fatal("Redis (-) and this (+) hold:", diff)
	}
}

// withinAMinute takes deadlines for equal that are apart as far as the two stores may run apart. Those that the
// generators draw are an hour or more apart.
var withinAMinute = gocmp.Comparer(func(a, b time.Duration) bool {
	return a == b || a > 0 && b > 0 && (a-b).Abs() < time.Minute
})

// outlast waits for the keys that expire soon, so that both stores have them or neither does.
func (p pair) outlast(t *testing.T, prefix string) {
	ctx := context.Background()
	keys, err := p.theirs.Keys(ctx, prefix+"*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if left := p.theirs.PTTL(ctx, k).Val(); left >= 0 && left < time.Second {
			time.Sleep(left + 3*time.Millisecond)
		}
	}
}

// told is whether there is an error, and which if it is none of Redis's: a command with two faults may name either.
func told(err error) string {
	var refusal goredis.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, goredis.Nil):
		return "nil"
	case errors.As(err, &refusal):
		return "an error"
	default:
		return err.Error()
	}
}

// pairsSorted sorts what follows a script's outcome, if it has one: the fields of a hash, in any order.
func pairsSorted(v any) any {
	items, ok := v.([]any)
	if !ok {
		return v
	}
	head := len(items) % 2
	pairs := slices.Collect(slices.Chunk(items[head:], 2))
	slices.SortFunc(pairs, func(a, b []any) int { return cmp.Compare(fmt.Sprint(a...), fmt.Sprint(b...)) })
	return append(items[:head:head], slices.Concat(pairs...)...)
}

// theirRedis is the address of a Redis that isn't ours; where there is none, the test is skipped.
func theirRedis(t *testing.T) string {
	t.Helper()
	if url := os.Getenv("WATCHWORD_TEST_REDIS_URL"); url != "" {
		return url
	}
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("NOT COMPARED: the repository's scripts were not run on Redis itself. Install redis-server or set WATCHWORD_TEST_REDIS_URL.")
	}
	l := listen(t)
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	cmd := exec.Command(path, "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", t.TempDir(), "--save", "", "--appendonly", "no")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return "redis://" + addr + "/0"
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatal("redis-server ended:", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
