package redis

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
)

func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"))
	c.HSet(ctx, "hash", "f", "v")
	c.RPush(ctx, "list", "2", "1")
	for _, line := range []string{
		"MULTI", "EXEC", "DISCARD", "WATCH hash", "UNWATCH", "XADD s * f v", "SORT list", "SORT list STORE other", "SELECT 1",
		"SWAPDB 0 1", "MOVE hash 1", "COPY hash other", "RENAME hash other", "FLUSHALL", "FLUSHDB", "RESTORE k 0 x",
		"HEXPIRE hash 10 FIELDS 1 f", "HSETEX hash EX 10 FIELDS 1 f v", "HGETDEL hash FIELDS 1 f", "PFADD k x",
		"GEOADD k 1 1 x", "SETBIT k 1 1", "MSET a 1 b 2", "SUNIONSTORE k hash", "BLPOP list 0", "RPOPLPUSH list other",
		"LMOVE list other LEFT LEFT", "SMOVE a b c", "SUBSCRIBE ch", "PUBLISH ch x", "EVAL_RO x 0", "EVALSHA_RO x 0",
		"CONFIG GET x", "FUNCTION LIST", "DELEX hash", "NOSUCHCOMMAND", "GET " + strings.Repeat("k", 32769), "DEL hash " + strings.Repeat("k", 32769),
	} {
		var args []any
		for _, a := range strings.Fields(line) {
			args = append(args, a)
		}
		err := c.Do(ctx, args...).Err()
		var refusal goredis.Error
		if !errors.As(err, &refusal) || !strings.HasPrefix(err.Error(), "ERR the embedded store ") {
			t.Errorf("%.40s: %v", line, err)
		}
	}
	if _, err := c.TxPipelined(ctx, func(p goredis.Pipeliner) error { return p.Set(ctx, "tx", "1", 0).Err() }); err == nil {
		t.Error("a transaction is taken")
	}
	for _, args := range [][]any{{"SELECT", "0"}, {"PING"}, {"HELLO", "3"}, {"CLIENT", "SETNAME", "me"}} {
		if err := c.Do(ctx, args...).Err(); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	for _, args := range [][]any{{"SET"}, {"DEL"}, {"EVAL"}, {"EVAL", "return 1", "2", "k"}, {"EVAL", "return 1", "-1"}, {"GET"}, {"HSET", "hash"}, {"", "x"}} {
		if err := c.Do(ctx, args...).Err(); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
	for _, args := range [][]any{
		{"EXPIRE", "hash", "+3"},
		{"PEXPIRE", "hash", "010"},
		{"SET", "new", "v", "PX", "+3"},
		{"SET", "new", "v", "NX", "ex", "010"},
		{"SETEX", "new", "+3", "v"},
		{"GETEX", "new", "EX", "010"},
		{"INCRBY", "new", "-0"},
		{"HINCRBY", "hash", "n", "007"},
	} {
		if err := c.Do(ctx, args...).Err(); err == nil || err.Error() != "ERR value is not an integer or out of range" {
			t.Errorf("%v: %v", args, err)
		}
	}
	keys := c.Keys(ctx, "*").Val()
	if diff := cmp.Diff([]string{"hash", "list"}, keys); diff != "" {
		t.Error(diff)
	}
	sameAsFile(t, s)
}

// TestScripts: scripts in the manner of a session's rotation; memory and file agree after each.
func TestScripts(t *testing.T) {
	t.Parallel()
	ctx, path, now := t.Context(), filepath.Join(t.TempDir(), "redis.db"), newClock()
	s, c, stop := start(t, path, at(now))
	turn := goredis.NewScript(`
local g = redis.call('HGET', KEYS[1], 'g')
if not g then return -1 end
if tonumber(g) ~= tonumber(ARGV[1]) then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], KEYS[1])
  return -2
end
redis.call('HSET', KEYS[1], 'g', g + 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[2], KEYS[1])
redis.call('PERSIST', KEYS[3])
return g + 1`)
	keys := []string{"{a}:session", "{a}:sessions", "{a}:other"}
	c.HSet(ctx, keys[0], "g", 1)
	c.Set(ctx, keys[2], "x", time.Minute)
	for i, want := range []int{2, 3, -2, -1} {
		g := i + 1
		if want == -2 {
			g = 1
		}
		if got, err := turn.Run(ctx, c, keys, g, 60_000).Int(); err != nil || got != want {
			t.Fatalf("turn %d: %d %v, want %d", i, got, err, want)
		}
		if want > 0 && c.PTTL(ctx, keys[0]).Val() != time.Minute {
			t.Errorf("turn %d: PTTL %v", i, c.PTTL(ctx, keys[0]).Val())
		}
		sameAsFile(t, s)
	}
	if got := c.PTTL(ctx, keys[2]).Val(); got != -1 {
		t.Errorf("the script's PERSIST is lost: %v", got)
	}
	before := dump(t, c)
	stop()
	s, c, _ = start(t, path, at(now))
	if diff := cmp.Diff(before, dump(t, c)); diff != "" {
		t.Error(diff)
	}
	if err := turn.EvalSha(ctx, c, keys, 1, 1).Err(); err == nil || !strings.HasPrefix(err.Error(), "NOSCRIPT") {
		t.Errorf("an unknown script: %v", err)
	}
	if got, err := turn.Run(ctx, c, keys, 1, 1).Int(); err != nil || got != -1 {
		t.Errorf("after NOSCRIPT: %d %v", got, err)
	}

	for script, want := range map[string]string{
		`redis.call('SET', KEYS[1], 'kept') redis.call('SET', 'unnamed', 1)`: `the script touches "unnamed", which is not among its KEYS`,
		`return redis.call('GET', 'unnamed')`:                                `the script touches "unnamed", which is not among its KEYS`,
		`return redis.call('FLUSHALL')`:                                      `the embedded store does not keep "FLUSHALL"`,
		`return redis.call('SELECT', 1)`:                                     `the embedded store does not keep "SELECT 1"`,
		`return redis.call('KEYS', '*')`:                                     `the embedded store does not run KEYS in a script`,
		`return redis.call('XADD', KEYS[1], '*', 'f', 'v')`:                  `the embedded store does not keep "XADD`,
	} {
		if err := c.Eval(ctx, script, []string{"script"}).Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", script, err)
		}
		sameAsFile(t, s)
	}
	if got := c.Get(ctx, "script").Val(); got != "kept" {
		t.Errorf("what a script did before its error: %q", got)
	}
	swallowed := `local e = redis.pcall('SET', 'unnamed', 1) redis.call('SET', KEYS[1], 'on') return e.err`
	if _, err := c.Eval(ctx, swallowed, []string{"script"}).Result(); err != nil {
		t.Error(err)
	}
	if n := c.Exists(ctx, "unnamed").Val(); n != 0 {
		t.Error("an unnamed key was written")
	}
	sameAsFile(t, s)
}

// TestScriptSeesTime: a script reads what is left of its keys as of now, and never an expired one.
func TestScriptSeesTime(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), newClock()
	s, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"), at(now))
	c.Set(ctx, "a", "x", time.Second)
	c.Set(ctx, "b", "x", time.Minute)
	now.Advance(time.Second)
	got, err := c.Eval(ctx, `return {redis.call('EXISTS', KEYS[1]), redis.call('PTTL', KEYS[2]), redis.call('TIME')[1]}`, []string{"a", "b"}).Slice()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{int64(0), int64(59_000), "1800000001"}, got); diff != "" {
		t.Error(diff)
	}
	sameAsFile(t, s)
}

func TestPipelineSharesCommits(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Open(Config{Path: filepath.Join(t.TempDir(), "redis.db"), Listener: listen(t), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	commit, commits := s.journal.commit, 0
	s.journal.commit = func(changes map[string][]byte) error {
		commits++
		return commit(changes)
	}
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx) }()
	c := client(t, s.URL())
	const writes = 500
	cmds, err := c.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for range writes {
			p.Incr(ctx, "n")
			p.Get(ctx, "n")
			p.Get(ctx, "other")
		}
		return nil
	})
	if err != nil && !errors.Is(err, goredis.Nil) {
		t.Fatal(err)
	}
	if got := cmds[len(cmds)-3].(*goredis.IntCmd).Val(); got != writes {
		t.Errorf("counted to %d", got)
	}
	sameAsFile(t, s)
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	if commits >= writes {
		t.Errorf("%d commits", commits)
	}
}

// TestCommitFailure: a client whose write may be lost gets no answer, nor does anybody after it.
func TestCommitFailure(t *testing.T) {
	t.Parallel()
	fatal := make(chan error, 2)
	s, err := Open(Config{Path: filepath.Join(t.TempDir(), "redis.db"), Listener: listen(t), NoSync: true, OnFatal: func(err error) { fatal <- err }})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk full")
	kept := s.journal.commit
	s.journal.commit = func(changes map[string][]byte) error {
		if _, ok := changes["bad"]; ok {
			return broken
		}
		return kept(changes)
	}
	ran := make(chan error, 1)
	go func() { ran <- s.Run(context.Background()) }()
	c := client(t, s.URL())
	if err := c.Set(t.Context(), "good", "x", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Set(t.Context(), "bad", "x", 0).Err(); err == nil {
		t.Error("a write that failed was acknowledged")
	}
	if err := <-fatal; !errors.Is(err, broken) {
		t.Errorf("OnFatal got %v", err)
	}
	if err := <-ran; !errors.Is(err, broken) {
		t.Errorf("Run ended with %v", err)
	}
	if err := c.Get(t.Context(), "good").Err(); err == nil {
		t.Error("a store that failed still answers")
	}
	if len(fatal) > 0 {
		t.Error("OnFatal was called twice")
	}
}

// TestReadsWait: what a read shows is on disk before the answer leaves.
func TestReadsWait(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := Open(Config{Path: filepath.Join(t.TempDir(), "redis.db"), Listener: listen(t), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	commit, entered, release := s.journal.commit, make(chan struct{}), make(chan struct{})
	s.journal.commit = func(changes map[string][]byte) error {
		entered <- struct{}{}
		<-release
		return commit(changes)
	}
	runCtx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- s.Run(runCtx) }()
	c := client(t, s.URL())

	wrote := make(chan error, 1)
	go func() { wrote <- c.Set(ctx, "k", "v", 0).Err() }()
	<-entered
	reads := []func() (any, error){
		func() (any, error) { return c.Get(ctx, "k").Result() },
		func() (any, error) { return c.MGet(ctx, "other", "k").Result() },
		func() (any, error) { return c.DBSize(ctx).Result() },
		func() (any, error) { return c.Eval(ctx, `return redis.call('GET', KEYS[1])`, []string{"k"}).Result() },
	}
	answers := make(chan error, len(reads))
	for _, read := range reads {
		go func() {
			_, err := read()
			answers <- err
		}()
	}
	if err := c.Get(ctx, "other").Err(); !errors.Is(err, goredis.Nil) {
		t.Errorf("a read of another key: %v", err)
	}
	select {
	case <-answers:
		t.Error("shown before it was on disk")
	case <-wrote:
		t.Error("acknowledged before it was on disk")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	for range reads {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	_ = c.Close()
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

// TestPipelineWaitsForItsLastWrite: a read of a key that an earlier commit holds doesn't let the write before it go.
func TestPipelineWaitsForItsLastWrite(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := Open(Config{Path: filepath.Join(t.TempDir(), "redis.db"), Listener: listen(t), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	commit, entered, release := s.journal.commit, make(chan struct{}), make(chan struct{})
	s.journal.commit = func(changes map[string][]byte) error {
		entered <- struct{}{}
		<-release
		return commit(changes)
	}
	runCtx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- s.Run(runCtx) }()
	c := client(t, s.URL())

	wrote, piped := make(chan error, 1), make(chan error, 1)
	go func() { wrote <- c.Set(ctx, "k", "v", 0).Err() }()
	<-entered
	go func() {
		_, err := c.Pipelined(ctx, func(p goredis.Pipeliner) error {
			p.Set(ctx, "other", "v", 0)
			p.Get(ctx, "k")
			return nil
		})
		piped <- err
	}()
	for !slices.Contains(s.memoryKeys(), "other") {
		time.Sleep(time.Millisecond)
	}
	release <- struct{}{}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	<-entered
	select {
	case <-piped:
		t.Error("acknowledged before it was on disk")
	case <-time.After(20 * time.Millisecond):
	}
	release <- struct{}{}
	if err := <-piped; err != nil {
		t.Error(err)
	}
	_ = c.Close()
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}
