package redis

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2/server"
	goredis "github.com/redis/go-redis/v9"
)

// BenchmarkCommands measures with every write fsynced and 100,000 sessions in place, 32 clients at once.
func BenchmarkCommands(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(Config{Path: filepath.Join(b.TempDir(), "redis.db"), Listener: l})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	c := goredis.NewClient(&goredis.Options{Addr: l.Addr().String(), PoolSize: 32, DisableIdentity: true})
	b.Cleanup(func() {
		_ = c.Close()
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	const sessions = 100_000
	for i := 0; i < sessions; {
		_, err := c.Pipelined(ctx, func(p goredis.Pipeliner) error {
			for range 1000 {
				p.HSet(ctx, "s:"+strconv.Itoa(i), "account", i, "g", 1, "role", "standard")
				p.Expire(ctx, "s:"+strconv.Itoa(i), 2_592_000_000_000_000)
				i++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	turn := goredis.NewScript(`local g = redis.call('HGET', KEYS[1], 'g')
if not g then return -1 end
redis.call('HSET', KEYS[1], 'g', g + 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return g + 1`)
	var n atomic.Int64
	for _, bench := range []struct {
		name string
		run  func(key string) error
	}{
		{"exists", func(key string) error { return c.Exists(ctx, key).Err() }},
		{"hset", func(key string) error { return c.HSet(ctx, key, "g", 1).Err() }},
		{"script", func(key string) error { return turn.Run(ctx, c, []string{key}, 2_592_000_000).Err() }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := bench.run("s:" + strconv.Itoa(int(n.Add(1)%sessions))); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkRotate is the CPU of one refresh, with neither network nor disk: pkg/session/rotate.lua, a session that turns.
func BenchmarkRotate(b *testing.B) {
	source, err := os.ReadFile(filepath.Join(root(b), "pkg/session/rotate.lua"))
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(Config{Path: filepath.Join(b.TempDir(), "redis.db"), Listener: l, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.Run(ended); err != nil {
			b.Error(err)
		}
	})
	var answer bytes.Buffer
	peer := server.NewPeer(bufio.NewWriter(&answer))
	run := func(args ...string) string {
		answer.Reset()
		s.execute(peer, args)
		peer.Flush()
		return answer.String()
	}
	number := func(n int) string { return strconv.Itoa(n) }
	run("HSET", "session", "account", "01J", "dialect", "legion", "epoch", "1", "generation", "1", "refreshed", "0",
		"expires", "9000000000000", "allowance", "0", "role", "standard", "email", "a@example.org", "verified", "1", "amr", "pwd",
		"agent", "Mozilla/5.0", "ip", "192.0.2.1", "created", "0")
	run("PEXPIRE", "session", "2592000000")
	sha := strings.Fields(run("SCRIPT", "LOAD", string(source)))[1]
	n := 0
	for b.Loop() {
		n++
		got := run("EVALSHA", sha, "3", "session", "list", "floor",
			number(1000*n), "sid", number(n), "10000", "1000", "60000", "1", "standard", "a@example.org", "1")
		if !strings.Contains(got, "rotated") {
			b.Fatalf("turn %d: %q", n, got)
		}
	}
}
