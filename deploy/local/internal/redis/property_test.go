package redis

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// sameAsFile compares memory with file, byte by byte, once all that has changed so far is on disk.
func sameAsFile(t interface {
	Helper()
	Fatal(...any)
}, s *Server,
) {
	t.Helper()
	s.mu.Lock() // first, so that no key expires meanwhile
	defer s.mu.Unlock()
	_ = s.journal.last().wait()
	memory, stored := map[string]string{}, map[string]string{}
	for _, k := range s.memory.mini.Keys() {
		v, _ := take(s.memory.mini, k)
		memory[k] = string(v.encode(k, s.memory.deadlines.of(k)))
	}
	err := s.file.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(keysBucket)).ForEach(func(k, raw []byte) error {
			stored[string(k)] = string(raw)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(memory, stored); diff != "" {
		t.Fatal("memory (-) and file (+) differ:", diff)
	}
	for k := range s.memory.deadlines.byKey {
		if _, ok := memory[k]; !ok {
			t.Fatal("the deadline of a key that is gone is kept")
		}
	}
}

// TestLikePlainMiniredis: whatever the commands, the answers are those of a miniredis whose time is moved by hand, after
// each the file holds what memory does, and a restart changes nothing that a client sees.
func TestLikePlainMiniredis(t *testing.T) {
	t.Parallel()
	ctx, dir, rounds := context.Background(), t.TempDir(), 0
	plain := miniredis.RunT(t)
	model := client(t, "redis://"+plain.Addr())
	rapid.Check(t, func(rt *rapid.T) {
		rounds++
		now := newClock()
		path := filepath.Join(dir, strconv.Itoa(rounds))
		s, c, stop := start(t, path, at(now))
		defer func() { stop() }()
		plain.FlushAll()
		for range rapid.IntRange(1, 40).Draw(rt, "commands") {
			plain.SetTime(now.Now())
			args := command(rt, now)
			got, err := c.Do(ctx, args...).Result() // wrong types are part of it
			if args[0] == "SPOP" {                  // which members is chance
				args = append([]any{"SREM", args[1]}, popped(got)...)
				_ = model.Do(ctx, args...).Err()
			} else if err == nil || !strings.HasPrefix(err.Error(), "ERR the embedded store") {
				want, wantErr := model.Do(ctx, args...).Result()
				if args[0] == "EVAL" && err != nil && wantErr != nil {
					wantErr = err // the text is Redis's: see TestLikeRedis
				}
				if diff := cmp.Diff(fmt.Sprint(want, wantErr), fmt.Sprint(got, err)); diff != "" {
					rt.Fatal(args, diff)
				}
			}
			sameAsFile(rt, s)
			d := time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 60, 2000}).Draw(rt, "ms")) * time.Millisecond
			now.Advance(d)
			plain.FastForward(d)
		}
		before := dump(t, c)
		if diff := cmp.Diff(dump(t, model), before); diff != "" {
			rt.Fatal("plain miniredis (-) and this (+):", diff)
		}
		stop()
		_, c, stop = start(t, path, at(now))
		if diff := cmp.Diff(before, dump(t, c)); diff != "" {
			rt.Fatal("before (-) and after (+) a restart:", diff)
		}
	})
}

// popped are the members that SPOP took.
func popped(answer any) []any {
	switch answer := answer.(type) {
	case nil:
		return nil
	case []any:
		return answer
	default:
		return []any{answer}
	}
}

// command draws a command, more often than not on a key that exists.
func command(rt *rapid.T, now *clock) []any {
	key := rapid.SampledFrom([]string{"a", "b", "c", "\x00\xff"})
	word := rapid.SampledFrom([]string{"", "x", "y", "\r\n\x00", "7", "1.5"})
	number := rapid.IntRange(-3, 5)
	ms := rapid.SampledFrom([]int{-1, 0, 1, 50, 1500, 100_000})
	k, v, w, n := key.Draw(rt, "key"), word.Draw(rt, "word"), word.Draw(rt, "other"), number.Draw(rt, "n")
	px := ms.Draw(rt, "ms")
	commands := [][]any{
		{"SET", k, v},
		{"SET", k, v, "PX", px},
		{"SET", k, v, "KEEPTTL"},
		{"SET", k, v, "NX"},
		{"SETNX", k, v},
		{"SETEX", k, n, v},
		{"PSETEX", k, px, v},
		{"GETSET", k, v},
		{"GETDEL", k},
		{"GETEX", k, "PX", px},
		{"GETEX", k, "PERSIST"},
		{"APPEND", k, v},
		{"SETRANGE", k, max(n, 0), v},
		{"INCR", k},
		{"INCRBY", k, n},
		{"DECR", k},
		{"INCRBYFLOAT", k, "0.5"},
		{"DEL", k},
		{"DEL", k, key.Draw(rt, "key2")},
		{"UNLINK", k},
		{"EXPIRE", k, n},
		{"PEXPIRE", k, px},
		{"PEXPIRE", k, px, "GT"},
		{"EXPIREAT", k, now.Now().Unix() + int64(n)},
		{"PEXPIREAT", k, now.Now().UnixMilli() + int64(px)},
		{"PERSIST", k},
		{"HSET", k, v, w},
		{"HSET", k, "x", v, "y", w},
		{"HMSET", k, v, w},
		{"HSETNX", k, v, w},
		{"HDEL", k, v, w},
		{"HDEL", k, "x", "y", "", "7"},
		{"HINCRBY", k, v, n},
		{"HINCRBYFLOAT", k, v, "0.5"},
		{"SADD", k, v, w},
		{"SREM", k, v, w},
		{"SPOP", k},
		{"SPOP", k, 2},
		{"LPUSH", k, v, w},
		{"LPUSHX", k, v},
		{"RPUSH", k, v, w},
		{"RPUSHX", k, v},
		{"LPOP", k},
		{"RPOP", k},
		{"LPOP", k, 2},
		{"LTRIM", k, n, 1},
		{"LREM", k, n, v},
		{"LSET", k, n, v},
		{"LINSERT", k, "BEFORE", v, w},
		{"ZADD", k, n, v, "0.25", w},
		{"ZADD", k, "GT", "CH", n, v},
		{"ZADD", k, "-inf", v},
		{"ZREM", k, v, w},
		{"ZINCRBY", k, n, v},
		{"ZPOPMIN", k},
		{"ZPOPMAX", k, 2},
		{"ZREMRANGEBYSCORE", k, "-inf", n},
		{"ZREMRANGEBYRANK", k, 0, n},
		{"ZREMRANGEBYLEX", k, "-", "[x"},
		{"EXISTS", k},
		{"PTTL", k},
		{"TYPE", k},
		{"GET", k},
		{"HGETALL", k},
		{"DBSIZE"},
		{"SORT", k},
		{"RENAME", k, "a"},
		{"EVAL", `redis.call('DEL', KEYS[1]) redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) redis.call('PEXPIRE', KEYS[2], ARGV[3])`, 2, k, key.Draw(rt, "key2"), v, w, px},
		{"EVAL", `redis.pcall('SET', KEYS[1], ARGV[1], 'KEEPTTL') return redis.pcall('SADD', KEYS[2], ARGV[2])`, 2, k, key.Draw(rt, "key2"), v, w},
		{"EVAL", `redis.call('SET', KEYS[1], ARGV[1]) error('stop')`, 1, k, v},
		{"EVAL", `return redis.call('PTTL', KEYS[1])`, 1, k},
	}
	return rapid.SampledFrom(commands).Draw(rt, "command")
}

// TestConcurrentWriters: every acknowledged increment counts, in memory and after a restart.
func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "redis.db")
	_, c, stop := start(t, path)
	const writers, each = 16, 50
	script := goredis.NewScript(`return redis.call('INCR', KEYS[1]) + redis.call('INCR', KEYS[2])`)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range each {
				if err := c.Incr(ctx, "shared").Err(); err != nil {
					t.Error(err)
				}
				if err := script.Run(ctx, c, []string{fmt.Sprint("own:", w), "scripts"}).Err(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	stop()
	s, c, _ := start(t, path)
	for key, want := range map[string]int{"shared": writers * each, "scripts": writers * each, "own:3": each} {
		if got, err := c.Get(ctx, key).Int(); err != nil || got != want {
			t.Errorf("%s: %d %v, want %d", key, got, err, want)
		}
	}
	sameAsFile(t, s)
}

// TestRenew: throwing away what miniredis remembers of keys that are gone changes nothing.
func TestRenew(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), newClock()
	s, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"), at(now))
	c.HSet(ctx, "hash", "f", "v")
	c.ZAdd(ctx, "zset", goredis.Z{Score: 1, Member: "m"})
	c.Set(ctx, "left", "x", time.Minute)
	before := dump(t, c)
	s.mu.Lock()
	old := s.memory.mini
	s.memory.gone = renewAfter
	if err := s.memory.renew(); err != nil {
		t.Error(err)
	}
	if s.memory.mini == old || s.memory.gone != 0 {
		t.Error("the memory is still the old one")
	}
	s.mu.Unlock()
	if diff := cmp.Diff(before, dump(t, c)); diff != "" {
		t.Error(diff)
	}
	sameAsFile(t, s)
}
