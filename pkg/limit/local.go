package limit

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/watchword/watchword/pkg/fault"
)

// What Local keeps at most: two generations of so many keys in each shard.
const (
	shards       = 16
	keysPerShard = 3_200
)

// Local counts in this process: for reads, where a trip to Redis would cost more than the read.
type Local struct {
	name    string
	pace    pace
	now     func() time.Time
	refused func(rule string)
	seed    maphash.Seed
	shards  [shards]shard
}

// shard holds for each key the time at which all that was taken will be free again, in two generations: what nobody took
// from for a whole window is free by then and may be forgotten. A flood of keys turns them sooner; then some are forgotten
// that were not, and memory stays bounded.
type shard struct {
	mu         sync.Mutex
	turned     time.Time
	young, old map[string]time.Time
}

// NewLocal keeps at most some 100,000 keys.
func NewLocal(rule Rule, scale float64, now func() time.Time, refused func(rule string)) *Local {
	return &Local{name: rule.Name, pace: rule.paced(scale), now: now, refused: refused, seed: maphash.MakeSeed()}
}

// Take counts one for key; fault Throttled past the rule.
func (l *Local) Take(key string) error {
	s := &l.shards[maphash.String(l.seed, key)%shards]
	if wait := s.take(key, l.now(), l.pace); wait > 0 {
		l.refused(l.name)
		return fault.Throttle(wait)
	}
	return nil
}

// take gives how long to wait; 0: it was taken.
func (s *shard) take(key string, now time.Time, p pace) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.turned) >= p.window || len(s.young) >= keysPerShard {
		s.young, s.old, s.turned = map[string]time.Time{}, s.young, now
	}
	taken, ok := s.young[key]
	if !ok {
		taken = s.old[key]
	}
	if taken.Before(now) {
		taken = now
	}
	taken = taken.Add(p.interval)
	if wait := taken.Sub(now) - p.window; wait > 0 {
		return wait
	}
	s.young[key] = taken
	return 0
}
