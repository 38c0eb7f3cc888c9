package redis

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	bolt "go.etcd.io/bbolt"

	"github.com/watchword/watchword/deploy/local/internal/datafile"
	"go.uber.org/goleak"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.UnixMilli(1_800_000_000_123)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// start runs a store on path until stop or the end of the test.
func start(t *testing.T, path string, change ...func(*Config)) (s *Server, c *goredis.Client, stop func()) {
	t.Helper()
	cfg := Config{Path: path, Listener: listen(t), NoSync: true, OnFatal: func(err error) { t.Error(err) }}
	for _, f := range change {
		f(&cfg)
	}
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	c = client(t, s.URL())
	stop = sync.OnceFunc(func() {
		_ = c.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return s, c, stop
}

func client(t *testing.T, url string) *goredis.Client {
	t.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries, o.DisableIdentity, o.DialerRetries = -1, true, 1
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	c := goredis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func at(c *clock) func(*Config) { return func(cfg *Config) { cfg.Now = c.Now } }

func TestRestartKeepsValuesAndDeadlines(t *testing.T) {
	t.Parallel()
	ctx, path, now := t.Context(), filepath.Join(t.TempDir(), "redis.db"), newClock()
	binary := "\x00\xff\r\n$-1\r\n\"ü"
	_, c, stop := start(t, path, at(now))
	for _, cmd := range [][]any{
		{"SET", "string", binary},
		{"SET", "empty", ""},
		{"SET", binary, "under a binary key"},
		{"HSET", "hash", "field", "1", binary, binary, "", ""},
		{"SADD", "set", "b", "a", binary, ""},
		{"RPUSH", "list", "b", "a", binary, "b", ""},
		{"ZADD", "zset", "1.5", "a", "-inf", binary, "1e300", "c", "0.1", ""},
		{"SET", "soon", "x", "PX", 1234},
		{"EXPIRE", "hash", 2_592_000},
		{"PEXPIREAT", "set", now.Now().UnixMilli() + 77_777},
	} {
		if err := c.Do(ctx, cmd...).Err(); err != nil {
			t.Fatalf("%q: %v", cmd, err)
		}
	}
	now.Advance(1000 * time.Millisecond)
	before := dump(t, c)
	stop()
	now.Advance(234 * time.Millisecond)

	s, c, stop := start(t, path, at(now))
	after := dump(t, c)
	delete(before, "soon") // its deadline came while nobody ran
	for k, v := range before {
		if v.Left > 0 {
			v.Left -= 234 * time.Millisecond
			before[k] = v
		}
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	if got := c.PTTL(ctx, "set").Val(); got != 76_543*time.Millisecond {
		t.Errorf("PTTL %v", got)
	}
	sameAsFile(t, s) // the expired key is gone from there too
	stop()
}

// entry is what a client sees of a key.
type entry struct {
	Value any
	Left  time.Duration // negative: no deadline
}

func dump(t *testing.T, c *goredis.Client) map[string]entry {
	t.Helper()
	return dumpOf(t, c, "*")
}

// dumpOf dumps the keys that match a pattern.
func dumpOf(t *testing.T, c *goredis.Client, pattern string) map[string]entry {
	t.Helper()
	ctx, out := context.Background(), map[string]entry{}
	keys, err := c.Keys(ctx, pattern).Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		var e entry
		switch kind := c.Type(ctx, k).Val(); kind {
		case "string":
			e.Value = c.Get(ctx, k).Val()
		case "hash":
			e.Value = c.HGetAll(ctx, k).Val()
		case "set":
			e.Value = c.SMembersMap(ctx, k).Val()
		case "list":
			e.Value = c.LRange(ctx, k, 0, -1).Val()
		case "zset":
			e.Value = c.ZRangeWithScores(ctx, k, 0, -1).Val()
		default:
			t.Fatalf("%q is a %s", k, kind)
		}
		e.Left = c.PTTL(ctx, k).Val()
		out[k] = e
	}
	return out
}

func TestKeysExpireToTheMillisecond(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), newClock()
	s, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"), at(now))
	for _, k := range []string{"a", "b", "c"} {
		c.Set(ctx, k, "x", 1000*time.Millisecond)
	}
	now.Advance(999 * time.Millisecond)
	if n := c.Exists(ctx, "a", "b").Val(); n != 2 {
		t.Errorf("%d keys a millisecond before the deadline", n)
	}
	if got := c.PTTL(ctx, "a").Val(); got != time.Millisecond {
		t.Errorf("PTTL %v", got)
	}
	c.Persist(ctx, "c")
	c.PExpire(ctx, "b", 5*time.Millisecond)
	now.Advance(time.Millisecond)
	if keys := c.Keys(ctx, "*").Val(); len(keys) != 2 {
		t.Errorf("at the deadline: %q", keys)
	}
	if set := c.SetNX(ctx, "a", "new", 0).Val(); !set {
		t.Error("an expired key is in the way")
	}
	now.Advance(4 * time.Millisecond)
	if v, err := c.HSet(ctx, "b", "field", "x").Result(); err != nil || v != 1 {
		t.Errorf("an expired string is in the way of a hash: %v %v", v, err)
	}
	now.Advance(time.Hour)
	if diff := cmp.Diff([]string{"a", "b", "c"}, c.Keys(ctx, "*").Val()); diff != "" {
		t.Error(diff)
	}
	sameAsFile(t, s)
}

// TestNobodyAsks: keys expire from memory and file without a command that touches them.
func TestNobodyAsks(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), newClock()
	s, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"), at(now))
	for i := range 20 {
		c.Set(ctx, string(rune('a'+i)), "x", time.Second)
	}
	now.Advance(time.Second)
	for inFile(t, s) > 0 || len(s.memoryKeys()) > 0 {
		if ctx.Err() != nil {
			t.Fatal("the keys are still there")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *Server) memoryKeys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memory.mini.Keys()
}

func inFile(t *testing.T, s *Server) (n int) {
	t.Helper()
	err := s.file.db.View(func(tx *bolt.Tx) error {
		n = tx.Bucket([]byte(keysBucket)).Stats().KeyN
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	bucket := func(path, name, key, value string) {
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte(name))
			if err != nil {
				return err
			}
			return b.Put([]byte(key), []byte(value))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	filled := func(path string) {
		_, c, stop := start(t, path)
		for i := range 2000 {
			c.Set(t.Context(), string(rune('a'+i)), make([]byte, 500), 0)
		}
		stop()
	}
	for name, test := range map[string]struct {
		make func(path string)
		want string
	}{
		"another program's bbolt file": {
			func(path string) { bucket(path, "accounts", "k", "v") },
			" is not a file of this store, or of another version of it",
		},
		"a later format": {
			func(path string) {
				filled(path)
				bucket(path, datafile.MetaBucket, datafile.FormatKey, "redis 2")
			},
			" is not a file of this store, or of another version of it",
		},
		"no bbolt file": {
			func(path string) { writeFile(t, path, make([]byte, 1<<16)) },
			" is damaged or not a file of this store; restore it from a backup: invalid database",
		},
		"a value that changed": {
			func(path string) {
				filled(path)
				bucket(path, keysBucket, "a", "nonsense")
			},
			" is damaged or not a file of this store; restore it from a backup: a value is damaged",
		},
		"a file cut short": {
			func(path string) {
				filled(path)
				if err := os.Truncate(path, 40<<10); err != nil {
					t.Fatal(err)
				}
			},
			" is damaged or not a file of this store; restore it from a backup: the file is cut short",
		},
		"in use": {
			func(path string) { start(t, path) },
			" is in use by another process",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "redis.db")
			test.make(path)
			l := listen(t)
			defer l.Close()
			_, err := Open(Config{Path: path, Listener: l})
			if err == nil || err.Error() != "embedded redis: "+path+test.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestOpenSurvivesAnyDamage overwrites parts of a good file: the process lives, and either says so or has lost nothing.
func TestOpenSurvivesAnyDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "redis.db")
	s, c, stop := start(t, path)
	for i := range 500 {
		c.Set(t.Context(), string(rune('a'+i)), make([]byte, 300), 0)
	}
	var used int64
	if err := s.file.db.View(func(tx *bolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	stop()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	good = good[:used] // bbolt reserves more
	refused := 0
	for page := 2; page*4096 < len(good); page++ {
		for _, part := range [][2]int{{0, 16}, {16, 64}, {24, 27}, {1000, 1100}} { // a header, elements, the number of a page below, content
			bad := bytes.Clone(good)
			for i := part[0]; i < part[1]; i++ {
				bad[page*4096+i] = 0xa5
			}
			switch keys, err := open(t, bad); {
			case err != nil:
				refused++
			case keys != 500: // else the damage is in a page that was free
				t.Errorf("page %d, damaged at %d: %d keys of 500, and no error", page, part[0], keys)
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
}

// open opens a copy of a file, counts its keys, and closes it again.
func open(t *testing.T, content []byte) (keys int, err error) {
	t.Helper()
	path, l := filepath.Join(t.TempDir(), "redis.db"), listen(t)
	defer l.Close()
	writeFile(t, path, content)
	s, err := Open(Config{Path: path, Listener: l, NoSync: true})
	if err != nil {
		return 0, err
	}
	keys = len(s.memoryKeys())
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Run(ended); err != nil {
		t.Error(err)
	}
	return keys, nil
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenWantsLoopback(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	path := filepath.Join(t.TempDir(), "redis.db")
	if _, err := Open(Config{Path: path, Listener: l}); err == nil {
		t.Error("a listener open to the network is taken")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a file was made: %v", err)
	}
}

func TestFileIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "redis.db")
	s, _, _ := start(t, path)
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, copied} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != fs.FileMode(0o600) {
			t.Errorf("%s: %v", p, info.Mode())
		}
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), t.TempDir()
	path, copied := filepath.Join(dir, "redis.db"), filepath.Join(dir, "copy.db")
	s, c, _ := start(t, path)
	c.Set(ctx, "k", "before", 0)
	for range 2 { // the second replaces the first
		if err := s.Backup(ctx, copied); err != nil {
			t.Fatal(err)
		}
	}
	c.Set(ctx, "k", "after", 0)
	if err := s.Backup(ctx, path); err == nil {
		t.Error("a backup may replace the file itself")
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Backup(ended, filepath.Join(dir, "late.db")); err == nil {
		t.Error("a backup goes on after its context")
	}
	_, restored, _ := start(t, copied)
	if got := restored.Get(ctx, "k").Val(); got != "before" {
		t.Errorf("the copy holds %q", got)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 {
		t.Errorf("left behind: %v", files)
	}
}

func TestStopLeavesNothingBehind(t *testing.T) {
	// Not parallel: it counts goroutines.
	before := goleak.IgnoreCurrent()
	_, c, stop := start(t, filepath.Join(t.TempDir(), "redis.db"), func(cfg *Config) { cfg.Logger = slog.New(slog.DiscardHandler) })
	for range 20 {
		c.Incr(t.Context(), "n")
	}
	idle, err := net.Dial("tcp", c.Options().Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	stop()
	goleak.VerifyNone(t, before)
}
