package redis

import (
	"bufio"
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"

	luajson "github.com/alicebob/miniredis/v2/gopher-json"
	"github.com/alicebob/miniredis/v2/server"
	lua "github.com/yuin/gopher-lua"
)

// Bounds on what a script returns: a table may hold itself.
const (
	maxDepth  = 100
	maxValues = 1 << 20
)

// library is what scripts find under redis and cjson. It turns their values into commands and answers, and back.
type library struct {
	dispatch func(*server.Peer, []string)
	out      *bytes.Buffer // what peer wrote
	in       *bufio.Reader // reads out
	peer     *server.Peer
}

func newLibrary(dispatch func(*server.Peer, []string)) *library {
	out := &bytes.Buffer{}
	return &library{dispatch: dispatch, out: out, in: bufio.NewReader(out), peer: server.NewPeer(bufio.NewWriter(out))}
}

func (b *library) modules() map[string]map[string]lua.LGFunction {
	return map[string]map[string]lua.LGFunction{
		"redis": {"call": b.call, "pcall": b.pcall, "error_reply": errorReply, "status_reply": statusReply, "sha1hex": hash},
		"cjson": {"decode": decodeJSON, "encode": encodeJSON},
	}
}

// call raises the error of a command.
func (b *library) call(l *lua.LState) int {
	answer, err := b.command(l)
	if err != nil {
		t := single(l, "err", err.Error())
		t.RawSetString("where", lua.LString(strings.TrimSuffix(l.Where(1), ":")+"."))
		l.Error(t, 0)
	}
	l.Push(answer)
	return 1
}

// pcall returns it.
func (b *library) pcall(l *lua.LState) int {
	answer, err := b.command(l)
	if err != nil {
		answer = single(l, "err", err.Error())
	}
	l.Push(answer)
	return 1
}

// command runs the command that a script gives as arguments. The error is the command's own.
func (b *library) command(l *lua.LState) (lua.LValue, error) {
	args := make([]string, l.GetTop())
	if len(args) == 0 {
		return nil, errors.New("ERR Please specify at least one argument for this redis lib call")
	}
	for i := range args {
		switch v := l.Get(i + 1).(type) {
		case lua.LString:
			args[i] = string(v)
		case lua.LNumber:
			args[i] = decimal(float64(v))
		default:
			return nil, errors.New("ERR Lua redis lib command arguments must be strings or integers")
		}
	}
	b.out.Reset()
	b.dispatch(b.peer, args)
	b.peer.Flush()
	b.in.Reset(b.out)
	answer, err := server.ParseReply(b.in)
	if err != nil {
		return nil, err
	}
	return toLua(l, answer), nil
}

// decimal writes a number as Redis gives it to a command: C's %.17g.
func decimal(f float64) string {
	switch {
	case math.IsNaN(f):
		return "-nan"
	case math.IsInf(f, 0):
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', 17, 64), "+"))
	default:
		return strconv.FormatFloat(f, 'g', 17, 64)
	}
}

// toLua converts what server.ParseReply gives. None is false.
func toLua(l *lua.LState, answer any) lua.LValue {
	switch answer := answer.(type) {
	case int:
		return lua.LNumber(answer)
	case string:
		return lua.LString(answer)
	case server.Simple:
		return single(l, "ok", string(answer))
	case []any:
		t := l.CreateTable(len(answer), 0)
		for _, item := range answer {
			t.Append(toLua(l, item))
		}
		return t
	default:
		return lua.LFalse
	}
}

// answer writes what a script returned. The error says why it can't be written; then nothing is.
func (b *library) answer(p *server.Peer, v lua.LValue) error {
	b.out.Reset()
	b.peer.Resp3 = p.Resp3
	left := maxValues
	err := b.write(v, 0, &left)
	b.peer.Resp3 = false
	b.peer.Flush()
	if err != nil {
		return err
	}
	p.WriteRaw(b.out.String())
	return nil
}

// write writes v, which is depth tables deep. left is how many values there may still be.
func (b *library) write(v lua.LValue, depth int, left *int) error {
	if *left--; *left < 0 || depth > maxDepth {
		return errors.New("reached lua stack limit")
	}
	switch v := v.(type) {
	case lua.LBool:
		if v {
			b.peer.WriteInt(1)
		} else {
			b.peer.WriteNull()
		}
	case lua.LNumber:
		b.peer.WriteInt(int(v))
	case lua.LString:
		b.peer.WriteBulk(string(v))
	case *lua.LTable:
		return b.writeTable(v, depth, left)
	default:
		b.peer.WriteNull()
	}
	return nil
}

// writeTable writes an error, a status, or an array, which ends before the first nil.
func (b *library) writeTable(t *lua.LTable, depth int, left *int) error {
	if text, ok := t.RawGetString("err").(lua.LString); ok {
		b.peer.WriteError(string(text))
		return nil
	}
	if text, ok := t.RawGetString("ok").(lua.LString); ok {
		b.peer.WriteInline(string(text))
		return nil
	}
	n := 0
	for t.RawGetInt(n+1) != lua.LNil {
		n++
	}
	b.peer.WriteLen(n)
	for i := range n {
		if err := b.write(t.RawGetInt(i+1), depth+1, left); err != nil {
			return err
		}
	}
	return nil
}

func single(l *lua.LState, name, text string) *lua.LTable {
	t := l.CreateTable(0, 1)
	t.RawSetString(name, lua.LString(text))
	return t
}

// errorReply takes "message", or "-CODE message", or "CODE message"; the code of the first is ERR.
func errorReply(l *lua.LState) int {
	text := strings.TrimPrefix(l.CheckString(1), "-")
	if !strings.Contains(text, " ") {
		text = "ERR " + text
	}
	l.Push(single(l, "err", text))
	return 1
}

func statusReply(l *lua.LState) int {
	l.Push(single(l, "ok", l.CheckString(1)))
	return 1
}

func hash(l *lua.LState) int {
	l.Push(lua.LString(sha1Hex(l.CheckString(1))))
	return 1
}

func decodeJSON(l *lua.LState) int {
	v, err := luajson.Decode(l, []byte(l.CheckString(1)))
	if err != nil {
		l.RaiseError("%v", err)
	}
	l.Push(v)
	return 1
}

func encodeJSON(l *lua.LState) int {
	b, err := luajson.Encode(l.CheckAny(1))
	if err != nil {
		l.RaiseError("%v", err)
	}
	l.Push(lua.LString(b))
	return 1
}
