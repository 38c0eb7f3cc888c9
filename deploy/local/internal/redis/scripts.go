package redis

import (
	"context"
	"crypto/sha1" // #nosec G505 -- see sha1Hex
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2/server"
	lua "github.com/yuin/gopher-lua"
	luaparse "github.com/yuin/gopher-lua/parse"
)

const (
	maxScripts = 500             // past them all are forgotten; clients send theirs again when EVALSHA answers NOSCRIPT
	scriptTime = 5 * time.Second // how long a script may run
	sourceName = "user_script"   // in the errors of scripts, as in Redis's
)

// scripts keeps the clients' scripts compiled and runs them, one at a time. miniredis does that too, but makes a Lua
// state for each run, which takes several times as long as what our scripts do in it, and stops none: here one ends
// after limit, unless a single call of a library function takes longer.
type scripts struct {
	compiled map[string]*lua.FunctionProto // by SHA-1 in lower-case hex
	sandbox  *sandbox                      // nil: none since a script failed in the last
	limit    time.Duration                 // how long one may run
	lib      *library
}

// newScripts makes one whose scripts call commands by dispatch.
func newScripts(dispatch func(*server.Peer, []string)) *scripts {
	return &scripts{compiled: map[string]*lua.FunctionProto{}, limit: scriptTime, lib: newLibrary(dispatch)}
}

// eval answers EVAL and EVALSHA. What a script did before an error, or before its time was up, stays done.
func (s *scripts) eval(p *server.Peer, name string, args []string) {
	if len(args) < 2 {
		p.WriteError(wrongNumber(name))
		return
	}
	n, err := strconv.Atoi(args[1])
	switch {
	case err != nil:
		p.WriteError("ERR value is not an integer or out of range")
		return
	case n < 0:
		p.WriteError("ERR Number of keys can't be negative")
		return
	case n > len(args)-2:
		p.WriteError("ERR Number of keys can't be greater than number of args")
		return
	}
	sha := strings.ToLower(args[0])
	if name == "EVAL" {
		if sha, err = s.load(args[0]); err != nil {
			p.WriteError(err.Error())
			return
		}
	}
	proto, ok := s.compiled[sha]
	if !ok {
		p.WriteError("NOSCRIPT No matching script. Please use EVAL.")
		return
	}
	answer, err := s.run(proto, args[2:2+n], args[2+n:])
	if err == nil {
		err = s.lib.answer(p, answer)
	}
	if err != nil {
		p.WriteError(complaint(err, sha))
	}
}

// run gives what a script returns. A state in which one failed is not used again.
func (s *scripts) run(proto *lua.FunctionProto, keys, argv []string) (lua.LValue, error) {
	if s.sandbox == nil {
		s.sandbox = newSandbox(s.lib)
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.limit)
	defer cancel()
	answer, err := s.sandbox.run(ctx, proto, keys, argv)
	if err == nil {
		return answer, nil
	}
	s.sandbox.close()
	s.sandbox = nil
	if ctx.Err() != nil {
		return nil, fmt.Errorf("the embedded store stopped the script after %v", s.limit)
	}
	return nil, err
}

// complaint is the error that a client gets: that of a command or of redis.error_reply as it is, any other after ERR.
func complaint(err error, sha string) string {
	var raised *lua.ApiError
	if !errors.As(err, &raised) {
		return "ERR " + err.Error() + " script: " + sha
	}
	if t, ok := raised.Object.(*lua.LTable); ok {
		if text, ok := t.RawGetString("err").(lua.LString); ok {
			return string(text) + " script: " + sha + ", on @" + t.RawGetString("where").String()
		}
	}
	return "ERR " + raised.Object.String() + " script: " + sha
}

// script answers SCRIPT.
func (s *scripts) script(p *server.Peer, args []string) {
	var name string
	if len(args) > 0 {
		name, args = strings.ToUpper(args[0]), args[1:]
	}
	switch {
	case name == "LOAD" && len(args) == 1:
		sha, err := s.load(args[0])
		if err != nil {
			p.WriteError(err.Error())
			return
		}
		p.WriteBulk(sha)
	case name == "EXISTS" && len(args) > 0:
		p.WriteLen(len(args))
		for _, sha := range args {
			known := 0
			if _, ok := s.compiled[strings.ToLower(sha)]; ok {
				known = 1
			}
			p.WriteInt(known)
		}
	case name == "FLUSH" && (len(args) == 0 || len(args) == 1 && (strings.EqualFold(args[0], "SYNC") || strings.EqualFold(args[0], "ASYNC"))):
		clear(s.compiled)
		p.WriteOK()
	case name == "LOAD", name == "EXISTS", name == "FLUSH":
		p.WriteError(wrongNumber("SCRIPT|" + name))
	default:
		p.WriteError(fmt.Sprintf("ERR the embedded store does not keep %.40q", "SCRIPT "+name))
	}
}

// load keeps a script under its SHA-1. The error is what its client is told.
func (s *scripts) load(source string) (sha string, err error) {
	sha = sha1Hex(source)
	if _, ok := s.compiled[sha]; ok {
		return sha, nil
	}
	chunk, err := luaparse.Parse(strings.NewReader(source), sourceName)
	if err != nil {
		return "", fmt.Errorf("ERR Error compiling script (new function): %w", err)
	}
	proto, err := lua.Compile(chunk, sourceName)
	if err != nil {
		return "", fmt.Errorf("ERR Error compiling script (new function): %w", err)
	}
	if len(s.compiled) >= maxScripts {
		clear(s.compiled)
	}
	s.compiled[sha] = proto
	return sha, nil
}

func (s *scripts) close() {
	if s.sandbox != nil {
		s.sandbox.close()
	}
}

// sha1Hex is the name that Redis's protocol gives a script.
func sha1Hex(s string) string {
	sum := sha1.Sum([]byte(s)) // #nosec G401 -- a name, not a proof
	return hex.EncodeToString(sum[:])
}

func wrongNumber(name string) string {
	return "ERR wrong number of arguments for '" + strings.ToLower(name) + "' command"
}
