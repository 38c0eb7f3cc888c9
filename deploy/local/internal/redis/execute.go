package redis

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alicebob/miniredis/v2/server"
)

// script is a script while it runs.
type script struct {
	keys    []string            // the keys it named
	written map[string]struct{} // those that its commands may have changed
}

// execute runs one command and writes the answer to p. The answer may leave when the batch is on disk; nil: at once.
func (s *Server) execute(p *server.Peer, args []string) *batch {
	c, err := parse(args)
	if err != nil {
		p.WriteError("ERR " + err.Error())
		if strings.EqualFold(args[0], "MULTI") {
			p.Close() // what the client has sent behind it would run one by one
		}
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.memory.mini.SetTime(now)
	switch c.kind {
	case read:
		s.expire(s.memory.prepare(c.keys, now))
		s.dispatch(p, args)
		return s.journal.holding(c.keys)
	case write:
		s.expire(s.memory.prepare(c.keys, now))
		s.dispatch(p, args)
		return s.journal.add(s.memory.record(c.keys, now))
	case scripting:
		s.scripts.script(p, args[1:])
		return nil
	case evaluation:
		s.expire(s.memory.prepare(c.keys, now))
		s.running = &script{keys: c.keys, written: map[string]struct{}{}}
		s.scripts.eval(p, c.name, args[1:])
		written := slices.Collect(maps.Keys(s.running.written))
		s.running = nil
		return later(s.journal.holding(c.keys), s.journal.add(s.memory.record(written, now)))
	case keyspace:
		s.expire(s.memory.expireDue(now, 0))
		s.dispatch(p, args)
		return s.journal.last()
	default:
		s.dispatch(p, args)
		return nil
	}
}

// expire takes expired keys from the file too. There is no hurry: a key past its deadline is never loaded.
func (s *Server) expire(gone map[string][]byte) { s.journal.add(gone) }

// fromScript runs a command that the running script calls. What a script may not do is answered with an error; what it
// did before stays done, as in Redis.
func (s *Server) fromScript(p *server.Peer, args []string) {
	c, err := parse(args)
	if err != nil {
		p.WriteError("ERR " + err.Error())
		return
	}
	if c.kind != plain && c.kind != read && c.kind != write {
		p.WriteError("ERR the embedded store does not run " + c.name + " in a script")
		return
	}
	for _, k := range c.keys {
		if !slices.Contains(s.running.keys, k) {
			p.WriteError(fmt.Sprintf("ERR the script touches %.200q, which is not among its KEYS", k))
			return
		}
	}
	if c.kind == write {
		for _, k := range c.keys {
			s.running.written[k] = struct{}{}
		}
	}
	s.dispatch(p, args)
}
