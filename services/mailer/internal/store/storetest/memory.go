package storetest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

// Memory is a store in memory, for tests of what uses one. It passes the suite itself.
type Memory struct {
	mu        sync.Mutex
	mails     map[string]core.Mail
	discarded int
	failing   error
}

// NewMemory makes an empty one.
func NewMemory() *Memory { return &Memory{mails: map[string]core.Mail{}} }

// Fail makes every method answer err, until it is given nil.
func (s *Memory) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

// Discarded is how many mails were accepted for show.
func (s *Memory) Discarded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.discarded
}

// Insert is core.Queue's.
func (s *Memory) Insert(_ context.Context, m core.Mail) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return "", s.failing
	}
	for _, other := range s.mails {
		if other.Key == m.Key {
			return other.ID, nil
		}
	}
	s.mails[m.ID] = m
	return m.ID, nil
}

// Discard is core.Queue's.
func (s *Memory) Discard(context.Context, string, time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing == nil {
		s.discarded++
	}
	return s.failing
}

// List is core.Queue's.
func (s *Memory) List(_ context.Context, state mailapi.State, after string, limit int) ([]core.Mail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return nil, s.failing
	}
	var found []core.Mail
	for _, m := range s.sorted(func(a, b core.Mail) int { return cmp.Compare(b.ID, a.ID) }) {
		if len(found) < limit && (state == "" || m.State == state) && (after == "" || m.ID < after) {
			m.Sealed = nil
			found = append(found, m)
		}
	}
	return found, nil
}

// Requeue is core.Queue's.
func (s *Memory) Requeue(_ context.Context, id string, now, giveUpAt time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.mails[id]
	switch {
	case s.failing != nil:
		return s.failing
	case !ok || m.State != mailapi.Dead:
		return fault.New(fault.MessageUnknown)
	}
	m.State, m.Attempts, m.NextAt, m.GiveUpAt = mailapi.Waiting, 0, now, giveUpAt
	s.mails[id] = m
	return nil
}

// Lease is core.Leases'.
func (s *Memory) Lease(_ context.Context, now, until time.Time) (core.Mail, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return core.Mail{}, false, s.failing
	}
	for _, m := range s.sorted(func(a, b core.Mail) int { return a.NextAt.Compare(b.NextAt) }) {
		if !m.NextAt.IsZero() && !m.NextAt.After(now) {
			m.State, m.NextAt = mailapi.Sending, until
			m.Attempts++
			s.mails[m.ID] = m
			return m, true, nil
		}
	}
	return core.Mail{}, false, nil
}

// Settle is core.Leases'.
func (s *Memory) Settle(_ context.Context, m core.Mail, to core.Settlement) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return false, s.failing
	}
	held, ok := s.mails[m.ID]
	if !ok || held.State != mailapi.Sending || !held.NextAt.Equal(m.NextAt) {
		return false, nil
	}
	held.State, held.NextAt, held.LastError = to.State, to.NextAt, to.LastError
	if to.State == mailapi.Sent {
		held.Sealed = nil
	}
	s.mails[m.ID] = held
	return true, nil
}

// Backlog is core.Leases'.
func (s *Memory) Backlog(context.Context) (core.Backlog, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b core.Backlog
	for _, m := range s.mails {
		switch m.State {
		case mailapi.Waiting:
			b.Waiting++
		case mailapi.Sending:
			b.Sending++
		case mailapi.Dead:
			b.Dead++
			continue
		default:
			continue
		}
		if b.Oldest.IsZero() || m.CreatedAt.Before(b.Oldest) {
			b.Oldest = m.CreatedAt
		}
	}
	return b, s.failing
}

func (s *Memory) sorted(order func(a, b core.Mail) int) []core.Mail {
	return slices.SortedFunc(maps.Values(s.mails), order)
}
