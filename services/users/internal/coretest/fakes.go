package coretest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/password"
)

var (
	_ core.Sessions = (*Sessions)(nil)
	_ core.Codes    = (*Codes)(nil)
	_ core.Limits   = (*Limits)(nil)
	_ core.Observer = (*Events)(nil)
)

// Clock stands still until it is turned on.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at the beginning of a time step.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)} }

// Now tells the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance turns it on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Told is one call of Sessions.
type Told struct {
	Account  id.Account
	Ended    bool // EndOthers; else Update
	Standing session.Standing
	Spare    id.Session
}

// Sessions remembers what it was told.
type Sessions struct {
	mu   sync.Mutex
	told []Told
	fail error
	// Before, where set, runs ahead of each call.
	Before func()
}

// Fail makes every call an outage until it is given nil.
func (s *Sessions) Fail(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = cause
}

// EndOthers implements core.Sessions.
func (s *Sessions) EndOthers(_ context.Context, account id.Account, standing session.Standing, spare id.Session) (int, error) {
	return 0, s.hear(Told{Account: account, Ended: true, Standing: standing, Spare: spare})
}

// Update implements core.Sessions.
func (s *Sessions) Update(_ context.Context, account id.Account, standing session.Standing) error {
	return s.hear(Told{Account: account, Standing: standing})
}

func (s *Sessions) hear(told Told) error {
	if s.Before != nil {
		s.Before()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return fault.Outage(s.fail)
	}
	s.told = append(s.told, told)
	return nil
}

// Told gives the calls so far, and forgets them.
func (s *Sessions) Told() []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.told
	s.told = nil
	return told
}

// Codes keeps records by their tokens.
type Codes struct {
	mu      sync.Mutex
	records map[string]code.Record
	fail    error
}

// Fail makes Put an outage until it is given nil.
func (c *Codes) Fail(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = cause
}

// Put implements core.Codes.
func (c *Codes) Put(_ context.Context, token secret.String, r code.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		return fault.Outage(c.fail)
	}
	if c.records == nil {
		c.records = map[string]code.Record{}
	}
	c.records[token.Reveal()] = r
	return nil
}

// Find gives the record of a token.
func (c *Codes) Find(token string) (code.Record, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.records[token]
	return r, ok
}

// Limits counts failures in a row as limit.Limiter does; Take refuses the rules in Refused and remembers the others.
type Limits struct {
	clock *Clock

	mu       sync.Mutex
	failures map[string]core.Failures
	taken    []string
	refused  []string
}

// Refuse has Take refuse a rule from now on.
func (l *Limits) Refuse(rule limit.Rule) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = append(l.refused, rule.Name)
}

// Taken gives what was taken so far as "rule key".
func (l *Limits) Taken() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.taken)
}

// Take implements core.Limits.
func (l *Limits) Take(_ context.Context, rule limit.Rule, key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Contains(l.refused, rule.Name) {
		return fault.Throttle(time.Minute)
	}
	l.taken = append(l.taken, rule.Name+" "+key)
	return nil
}

// Attempt implements core.Limits.
func (l *Limits) Attempt(_ context.Context, key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.failures[key]
	if wait := f.At.Add(limit.Backoff(f.Count)).Sub(l.clock.Now()); f.Count > 0 && wait > 0 {
		return fault.Throttle(wait)
	}
	if l.failures == nil {
		l.failures = map[string]core.Failures{}
	}
	l.failures[key] = core.Failures{Count: f.Count + 1, At: l.clock.Now()}
	return nil
}

// Succeeded implements core.Limits.
func (l *Limits) Succeeded(_ context.Context, key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.failures, key)
	return nil
}

// Events remembers what core told its observer.
type Events struct {
	mu   sync.Mutex
	seen []string
}

// SecondFactor implements core.Observer.
func (e *Events) SecondFactor(event string) { e.add("second_factor " + event) }

// Throttled implements core.Observer.
func (e *Events) Throttled(rule string) { e.add("throttled " + rule) }

// HashUpgraded implements core.Observer.
func (e *Events) HashUpgraded(from string) { e.add("hash_upgraded " + from) }

func (e *Events) add(event string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, event)
}

// Seen gives the events so far.
func (e *Events) Seen() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.seen)
}

type unheard struct{}

func (unheard) HashStarted(password.Lane, time.Duration) {}
func (unheard) HashDone(password.Lane)                   {}
func (unheard) HashRejected(password.Lane, string)       {}
