package redis

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// sandbox is a Lua state in which nothing of a script is left for the next: each has tables of its own for its globals
// and the libraries, which find the functions behind metatables that no script reaches. It has no file, process, clock
// or chance, nor what would lead out: _G, getfenv and setfenv, load, require, coroutine, debug.
type sandbox struct {
	state   *lua.LState
	globals map[string]lua.LValue // what scripts may use; a table stands for the metatable of theirs
	guard   *lua.LTable           // the metatable of the scripts' globals
}

// basics are the functions of Lua's base library that scripts may use as they are.
var basics = [...]string{
	"assert", "error", "ipairs", "next", "pairs", "rawequal", "rawget", "rawset", "select", "tostring", "type", "unpack",
	"xpcall",
}

func newSandbox(lib *library) *sandbox {
	l := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: 1 << 14, RegistryMaxSize: 1 << 17})
	for name, open := range map[string]lua.LGFunction{
		lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable, lua.StringLibName: lua.OpenString, lua.MathLibName: lua.OpenMath,
	} {
		l.Push(l.NewFunction(open))
		l.Push(lua.LString(name))
		l.Call(1, 0)
	}
	s := &sandbox{state: l, globals: map[string]lua.LValue{}, guard: l.NewTable()}
	for _, name := range basics {
		s.globals[name] = l.GetGlobal(name)
	}
	s.globals["getmetatable"] = l.NewFunction(getMetatable)
	s.globals["setmetatable"] = l.NewFunction(setMetatable)
	s.globals["pcall"] = l.NewFunction(pcall)
	s.globals["tonumber"] = l.NewClosure(toNumber, l.GetGlobal("tonumber"))
	l.SetField(l.GetGlobal(lua.MathLibName), "huge", lua.LNumber(math.Inf(1))) // gopher-lua's is finite
	for _, name := range [...]string{lua.TabLibName, lua.StringLibName, lua.MathLibName} {
		funcs := l.NewTable()
		l.GetGlobal(name).(*lua.LTable).ForEach(func(name, v lua.LValue) {
			if n := name.String(); v.Type() != lua.LTTable && n != "random" && n != "randomseed" {
				funcs.RawSet(name, v)
			}
		})
		s.globals[name] = shield(l, funcs)
	}
	l.SetMetatable(lua.LString(""), s.globals[lua.StringLibName])
	for name, funcs := range lib.modules() {
		s.globals[name] = shield(l, l.SetFuncs(l.NewTable(), funcs))
	}
	l.SetFuncs(s.guard, map[string]lua.LGFunction{"__index": s.global, "__newindex": refuseGlobal})
	return s
}

// run gives the first value that a script returns, nil where it returns none. Its error is an *lua.ApiError.
func (s *sandbox) run(ctx context.Context, proto *lua.FunctionProto, keys, argv []string) (lua.LValue, error) {
	globals := s.state.NewTable()
	globals.RawSetString("KEYS", list(keys))
	globals.RawSetString("ARGV", list(argv))
	globals.Metatable = s.guard
	script := s.state.NewFunctionFromProto(proto)
	script.Env = globals
	s.state.SetContext(ctx)
	s.state.Push(script)
	if err := s.state.PCall(0, 1, nil); err != nil {
		return nil, err
	}
	answer := s.state.Get(-1)
	s.state.SetTop(0)
	return answer, nil
}

func (s *sandbox) close() { s.state.Close() }

// global gives a script what it asks for by a name that its globals don't have yet.
func (s *sandbox) global(l *lua.LState) int {
	globals, name := l.CheckTable(1), l.CheckString(2)
	v, ok := s.globals[name]
	if !ok {
		l.RaiseError("Script attempted to access nonexistent global variable '%s'", name)
	}
	if meta, ok := v.(*lua.LTable); ok {
		library := l.NewTable()
		library.Metatable = meta
		v = library
	}
	globals.RawSetString(name, v)
	l.Push(v)
	return 1
}

func refuseGlobal(l *lua.LState) int {
	l.RaiseError("Script attempted to create global variable '%s'", l.CheckString(2))
	return 0
}

// shield makes the metatable of a table that finds funcs.
func shield(l *lua.LState, funcs *lua.LTable) *lua.LTable {
	meta := l.NewTable()
	meta.RawSetString("__index", funcs)
	meta.RawSetString("__metatable", lua.LFalse)
	return meta
}

func list(items []string) *lua.LTable {
	out := &lua.LTable{Metatable: lua.LNil}
	for i, item := range items {
		out.RawSetInt(i+1, lua.LString(item))
	}
	return out
}

// getMetatable and setMetatable are Lua's, which gopher-lua's are not: one gives away what __metatable hides, the other
// changes what all strings share.
func getMetatable(l *lua.LState) int {
	v := l.CheckAny(1)
	meta := l.GetMetatable(v)
	if hidden := l.GetMetaField(v, "__metatable"); hidden != lua.LNil {
		meta = hidden
	}
	l.Push(meta)
	return 1
}

func setMetatable(l *lua.LState) int {
	t := l.CheckTable(1)
	l.CheckTypes(2, lua.LTNil, lua.LTTable)
	if l.GetMetaField(t, "__metatable") != lua.LNil {
		l.RaiseError("cannot change a protected metatable")
	}
	t.Metatable = l.Get(2)
	l.Push(t)
	return 1
}

// toNumber is Lua's: of a string in base 10, gopher-lua's knows neither 1e3 nor what C's strtod takes besides. Its own, for
// the other bases, is the upvalue.
func toNumber(l *lua.LState) int {
	s, ok := l.CheckAny(1).(lua.LString)
	if !ok || l.OptInt(2, 10) != 10 {
		top := l.GetTop()
		l.Insert(l.Get(lua.UpvalueIndex(1)), 1)
		l.Call(top, 1)
		return 1
	}
	l.Push(lua.LNil)
	if n, ok := parseNumber(string(s)); ok {
		l.Push(lua.LNumber(n))
	}
	return 1
}

func parseNumber(s string) (n float64, ok bool) {
	s = strings.ToLower(strings.Trim(s, " \t\n\v\f\r"))
	if strings.Contains(s, "_") {
		return 0, false
	}
	if strings.HasPrefix(strings.TrimLeft(s, "+-"), "0x") && !strings.Contains(s, "p") {
		s += "p0"
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil || errors.Is(err, strconv.ErrRange) // out of range: infinite, or zero
}

// pcall is Lua's, but gives the text of a command's error, as Redis does.
func pcall(l *lua.LState) int {
	l.CheckAny(1)
	err := l.PCall(l.GetTop()-1, lua.MultRet, nil)
	if err == nil {
		l.Insert(lua.LTrue, 1)
		return l.GetTop()
	}
	object := lua.LValue(lua.LString(err.Error()))
	if raised := new(lua.ApiError); errors.As(err, &raised) {
		object = raised.Object
	}
	if t, ok := object.(*lua.LTable); ok {
		if text, ok := t.RawGetString("err").(lua.LString); ok {
			object = text
		}
	}
	l.Push(lua.LFalse)
	l.Push(object)
	return 2
}
