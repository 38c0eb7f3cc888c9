package redis

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestScriptAnswers: Lua's values as Redis answers them.
func TestScriptAnswers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"))
	c.HSet(ctx, "hash", "f", "v")
	for _, test := range []struct {
		script string
		want   any // a string that starts with "error: " is one
	}{
		{`return`, "error: redis: nil"},
		{`return nil`, "error: redis: nil"},
		{`return false`, "error: redis: nil"},
		{`return true`, int64(1)},
		{`return 3.99, 4`, int64(3)},
		{`return -3.99`, int64(-3)},
		{`return 'a\0\r\n'`, "a\x00\r\n"},
		{`return {1, {false, {}}, 'x', nil, 5}`, []any{int64(1), []any{nil, []any{}}, "x"}},
		{`return {ok = 'a\r\nb'}`, "a  b"},
		{`return {err = 'MINE a\r\nb'}`, "error: MINE a  b"},
		{`return print`, "error: ERR user_script:1: Script attempted to access nonexistent global variable 'print' script: "},
		{`return redis.call`, "error: redis: nil"},
		{`local t = {} t[1] = t return t`, "error: ERR reached lua stack limit"},
		{`local t = {} for i = 1, 50 do t = {t, t} end return t`, "error: ERR reached lua stack limit"},
		{`return redis.error_reply('boo')`, "error: ERR boo"},
		{`return redis.error_reply('-BOO hoo')`, "error: BOO hoo"},
		{`return redis.error_reply('BOO hoo')`, "error: BOO hoo"},
		{`return redis.status_reply('fine')`, "fine"},
		{`return redis.sha1hex('')`, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{`return cjson.encode({1, 2, {a = 'b'}})`, `[1,2,{"a":"b"}]`},
		{`return cjson.decode('{"a":[1,"x"]}').a`, []any{int64(1), "x"}},
		{`return cjson.decode('nonsense')`, "error: ERR user_script:1: "},
		{`return redis.call('GET', KEYS[2])`, "error: redis: nil"},
		{`return redis.call('GET', KEYS[2]) == false and #KEYS`, int64(2)},
		{`return redis.call('TYPE', KEYS[1]).ok`, "hash"},
		{`return redis.call('HGETALL', KEYS[1])`, []any{"f", "v"}},
		{`return {redis.call('HMGET', KEYS[1], 'f', 'none')[2], 7}`, []any{nil, int64(7)}},
		{"\nreturn redis.call('GET', KEYS[1])", "error: WRONGTYPE Operation against a key holding the wrong kind of value script: 45159a1a50338b7a9aa2439b225d939b95606dbd, on @user_script:2."},
		{`return redis.pcall('GET', KEYS[1])`, "error: WRONGTYPE Operation against a key holding the wrong kind of value"},
		{`return redis.pcall('GET', KEYS[1]).err`, "WRONGTYPE Operation against a key holding the wrong kind of value"},
		{`local ok, e = pcall(redis.call, 'GET', KEYS[1]) return {tostring(ok), e}`, []any{"false", "WRONGTYPE Operation against a key holding the wrong kind of value"}},
		{`return {pcall(function(a) return a, 2 end, 1)}`, []any{int64(1), int64(1), int64(2)}},
		{`error({err = 'MINE x'})`, "error: MINE x script: "},
		{`error('x')`, "error: ERR user_script:1: x"},
		{`error({})`, "error: ERR table: "},
		{`error()`, "error: ERR "},
		{`return redis.call()`, "error: ERR Please specify at least one argument"},
		{`return redis.call('SET', KEYS[2], {})`, "error: ERR Lua redis lib command arguments must be strings or integers"},
		{`return redis.call('EVAL', 'return 1', 0)`, "error: ERR the embedded store does not run EVAL in a script"},
		{`return redis.call('SCRIPT', 'FLUSH')`, "error: ERR the embedded store does not run SCRIPT in a script"},
		{`x x`, "error: ERR Error compiling script (new function): user_script line:1"},
		{`local function f() return 1 + f() end return f()`, "error: ERR user_script:1: stack overflow"},
		{`return string.rep('x', -1) .. ('ab'):upper()`, "AB"},
		{
			`return {tonumber('1e3'), tonumber(' 0x10 '), tonumber('ff', 16), tonumber(5), tonumber('1_0') == nil, tonumber('') == nil, tonumber({}) == nil, tonumber('1e999') == math.huge}`,
			[]any{int64(1000), int64(16), int64(255), int64(5), int64(1), int64(1), int64(1), int64(1)},
		},
	} {
		got, err := c.Eval(ctx, test.script, []string{"hash", "none"}).Result()
		want, isError := strings.CutPrefix(fmt.Sprint(test.want), "error: ")
		switch {
		case isError && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("%s: %q %v, want the error %s", test.script, got, err, want)
		case !isError && (err != nil || !cmp.Equal(got, test.want)):
			t.Errorf("%s: %q %v, want %q", test.script, got, err, test.want)
		}
	}
	for number, want := range map[string]string{
		"0.1": "0.10000000000000001", "1e20": "1e+20", "1e16": "10000000000000000", "100000": "100000", "-5": "-5", "1800000000000001": "1800000000000001",
		"1/0": "inf", "-1/0": "-inf",
	} {
		script := `redis.call('SET', KEYS[1], ` + number + `) return redis.call('GET', KEYS[1])`
		if got, err := c.Eval(ctx, script, []string{"number"}).Result(); err != nil || got != want {
			t.Errorf("%s as an argument: %q %v, want %q", number, got, err, want)
		}
	}
}

// TestScriptsLeaveNothing: whatever a script changes in its Lua, the next finds as if it had not run.
func TestScriptsLeaveNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"))
	const probe = `
local out = {#KEYS, #ARGV}
for _, library in ipairs({string, table, math, redis, cjson}) do
  for k, v in pairs(library) do out[#out + 1] = k end
  out[#out + 1] = tostring(library.left)
  out[#out + 1] = tostring(#library)
end
out[#out + 1] = ('x'):upper() .. string.upper('y') .. type(redis.call) .. tostring(('x').left) .. tostring(getmetatable(''))
return out`
	run := func(script string) string {
		v, err := c.Eval(ctx, script, []string{"k"}, "a").Result()
		return fmt.Sprintf("%q %v", v, err)
	}
	want := run(probe)
	if !strings.Contains(want, `"XYfunctionnilfalse"`) {
		t.Fatal(want)
	}
	for _, script := range []string{
		`left = 1`, `function left() end`, `KEYS = {1, 2}`, `KEYS[2] = 'x' ARGV.left = 1`, `redis = nil`, `string = {left = 1}`,
		`string.upper = nil string.left = 1`, `rawset(string, 'left', 1)`, `table.insert(string, 1)`, `redis.call = 1 redis.left = 2`,
		`string.__index.left = 1`, `('').__index.left = 1`, `getmetatable('').__index.left = 1`, `getmetatable('').left = 1`,
		`setmetatable('', {})`, `setmetatable(string, {})`, `getmetatable(string).__index.left = 1`, `setmetatable(redis, nil)`,
		`_G.left = 1`, `getfenv().left = 1`, `setfenv(1, {})`, `debug.setmetatable('', {})`, `package.loaded.left = 1`, `require('os')`,
		`loadstring('left = 1')()`, `load(function() return nil end)`, `dofile('/etc/passwd')`, `coroutine.create(print)`, `newproxy(true)`,
		`module('left')`, `math.randomseed(1)`, `io.open('x')`, `os.exit()`, `getmetatable(redis.call).left = 1`, `setmetatable(redis.call, {})`,
		`for k, v in pairs(string) do string[k] = nil end string.left = 1`, `KEYS[1] = KEYS error(KEYS)`,
		`local t = setmetatable({}, {__index = function(t, k) error('x') end}) return t.x`,
	} {
		first := run(script)
		if got := run(probe); got != want {
			t.Errorf("%s (%s) leaves something: %s, want %s", script, first, got, want)
		}
	}
	for _, script := range []string{`left = 1`, `function left() end`} {
		if got := run(script); !strings.Contains(got, "Script attempted to create global variable 'left'") {
			t.Errorf("%s: %s", script, got)
		}
	}
	if got := run(probe); got != want {
		t.Error(got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scripts.sandbox.state.GetTop() != 0 {
		t.Error("values stay on the stack")
	}
}

// TestEndlessScript: a script that doesn't end is stopped; what it wrote stays, and the store goes on.
func TestEndlessScript(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"))
	s.mu.Lock()
	s.scripts.limit = 20 * time.Millisecond
	s.mu.Unlock()
	for _, loop := range []string{
		`while true do end`,
		`while true do pcall(function() while true do end end) end`,
		`local function f() return f() end f()`,
		`repeat redis.pcall('INCR', KEYS[1]) until false`,
	} {
		err := c.Eval(ctx, `redis.call('SET', KEYS[1], 1) `+loop, []string{"k"}).Err()
		if err == nil || !strings.HasPrefix(err.Error(), "ERR the embedded store stopped the script after 20ms") {
			t.Errorf("%s: %v", loop, err)
		}
		if n, err := c.Get(ctx, "k").Int(); err != nil || n < 1 {
			t.Errorf("%s: what it wrote: %d %v", loop, n, err)
		}
		sameAsFile(t, s)
	}
}

// TestScriptCache: what is kept by SHA, and how it is forgotten.
func TestScriptCache(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"))
	sha, err := c.ScriptLoad(ctx, `return 1`).Result()
	if err != nil || sha != "e0e1f9fabfc9d4800c877a703b823ac0578ff8db" {
		t.Fatal(sha, err)
	}
	check := func(want bool) {
		t.Helper()
		if got := c.ScriptExists(ctx, strings.ToUpper(sha), "none").Val(); len(got) != 2 || got[0] != want || got[1] {
			t.Errorf("exists: %v, want %v", got, want)
		}
		if err := c.EvalSha(ctx, strings.ToUpper(sha), nil).Err(); (err == nil) != want {
			t.Errorf("run: %v, want %v", err, want)
		}
	}
	check(true)
	s.mu.Lock()
	s.memory.gone = renewAfter
	if err := s.memory.renew(); err != nil {
		t.Error(err)
	}
	s.mu.Unlock()
	check(true)
	for _, args := range [][]any{{"SCRIPT", "FLUSH", "SYNC"}, {"SCRIPT", "FLUSH"}} {
		if err := c.Do(ctx, args...).Err(); err != nil {
			t.Error(err)
		}
		check(false)
	}
	if _, err := c.ScriptLoad(ctx, `x x`).Result(); err == nil {
		t.Error("nonsense is kept")
	}
	for _, args := range [][]any{{"SCRIPT"}, {"SCRIPT", "KILL"}, {"SCRIPT", "LOAD"}, {"SCRIPT", "EXISTS"}, {"SCRIPT", "FLUSH", "x"}, {"EVALSHA", sha}, {"EVALSHA", sha, "x"}} {
		if err := c.Do(ctx, args...).Err(); err == nil || !strings.HasPrefix(err.Error(), "ERR ") {
			t.Errorf("%v: %v", args, err)
		}
	}
	if err := c.Eval(context.Background(), `error('x')`, nil).Err(); err == nil {
		t.Error("an error is lost")
	}
	for i := range maxScripts + 1 {
		if err := c.Eval(ctx, fmt.Sprint("return ", i), nil).Err(); err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.scripts.compiled); n == 0 || n > maxScripts {
		t.Errorf("%d scripts are kept", n)
	}
}
