package redis

import (
	"context"
	"net"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

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
