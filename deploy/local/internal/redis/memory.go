package redis

import (
	"time"

	"github.com/alicebob/miniredis/v2"
)

// renewAfter is how many keys may have gone before what miniredis remembers of them, some 100 bytes each, is thrown away.
const renewAfter = 500_000

// memory holds the values in miniredis and the deadlines beside it. miniredis counts a time to live down only when it
// is told to, for all keys at once; here it is told the time that is left of a key just before a command touches it.
type memory struct {
	mini      *miniredis.Miniredis
	deadlines deadlines
	gone      int // keys that went since miniredis was new
}

func newMemory() (*memory, error) {
	mini, err := newMini()
	if err != nil {
		return nil, err
	}
	return &memory{mini: mini, deadlines: newDeadlines()}, nil
}

// newMini starts a miniredis that has no listener: its commands come by Dispatch only.
func newMini() (*miniredis.Miniredis, error) {
	mini := miniredis.NewMiniRedis()
	c, err := mini.Dial()
	if err != nil {
		return nil, err
	}
	return mini, c.Close()
}

func (m *memory) close() { m.mini.Close() }

// restore puts a value that was loaded under key; at is its deadline, 0: none.
func (m *memory) restore(key string, v value, at int64) error {
	if at != 0 {
		m.deadlines.set(key, at)
	}
	return v.put(m.mini, key)
}

// prepare makes miniredis see keys as they are now. The answer is the keys among them that have expired.
func (m *memory) prepare(keys []string, now time.Time) map[string][]byte {
	var gone map[string][]byte
	for _, k := range keys {
		at := m.deadlines.of(k)
		switch left := at - now.UnixMilli(); {
		case at == 0:
		case left > 0:
			m.mini.SetTTL(k, time.Duration(left)*time.Millisecond)
		default:
			if gone == nil {
				gone = map[string][]byte{}
			}
			m.drop(k)
			gone[k] = nil
		}
	}
	return gone
}

// expireDue drops at most limit keys, 0: all, whose deadline has come, and says which.
func (m *memory) expireDue(now time.Time, limit int) map[string][]byte {
	gone := map[string][]byte{}
	for limit == 0 || len(gone) < limit {
		k, ok := m.deadlines.due(now.UnixMilli())
		if !ok {
			break
		}
		m.drop(k)
		gone[k] = nil
	}
	return gone
}

func (m *memory) drop(key string) {
	m.mini.Del(key)
	m.deadlines.remove(key)
	m.gone++
}

// record takes the values and deadlines of keys as a command left them, encoded for the file.
func (m *memory) record(keys []string, now time.Time) map[string][]byte {
	changes := make(map[string][]byte, len(keys))
	for _, k := range keys {
		v, ok := take(m.mini, k)
		if !ok {
			m.deadlines.remove(k)
			m.gone++
			changes[k] = nil
			continue
		}
		var at int64
		if left := m.mini.TTL(k); left > 0 {
			at = now.Add(left).UnixMilli()
			m.deadlines.set(k, at)
		} else {
			m.deadlines.remove(k)
		}
		changes[k] = v.encode(k, at)
	}
	return changes
}

// renew moves the values to a new miniredis when more keys have gone than stayed: the old one keeps a version number
// of every key it ever held. Nothing else runs meanwhile, which takes about a second for 100,000 sessions.
func (m *memory) renew() error {
	if m.gone < renewAfter {
		return nil
	}
	keys := m.mini.Keys()
	if m.gone < len(keys) {
		return nil
	}
	fresh, err := newMini()
	if err != nil {
		return err
	}
	for _, k := range keys {
		v, _ := take(m.mini, k)
		if err := v.put(fresh, k); err != nil {
			return err
		}
	}
	m.mini.Close()
	m.mini, m.gone = fresh, 0
	return nil
}
