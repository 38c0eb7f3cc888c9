package limit

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestLocalStaysBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := NewLocal(Reads(), 1, func() time.Time { return now }, func(string) {})
	for n := range 300_000 {
		if err := l.Take(strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
	}
	held := 0
	for i := range l.shards {
		held += len(l.shards[i].young) + len(l.shards[i].old)
	}
	if most := 2 * shards * keysPerShard; held > most || held < most/4 {
		t.Errorf("%d keys are held, at most %d should be", held, most)
	}
}

// TestLocalForgetsOnlyWhatIsFreeAgain compares it with counters that forget nothing.
func TestLocalForgetsOnlyWhatIsFreeAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Now()
		rule := Rule{"x", rapid.IntRange(1, 3).Draw(rt, "count"), time.Minute}
		pace := rule.paced(1)
		l := NewLocal(rule, 1, func() time.Time { return now }, func(string) {})
		taken := map[string]time.Time{}
		for range 100 {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "seconds")) * time.Second)
			key := strconv.Itoa(rapid.IntRange(0, 30).Draw(rt, "key"))
			next := taken[key]
			if next.Before(now) {
				next = now
			}
			next = next.Add(pace.interval)
			want := next.Sub(now) <= pace.window
			if want {
				taken[key] = next
			}
			if got := l.Take(key) == nil; got != want {
				rt.Fatalf("%s passes: %v, want %v", key, got, want)
			}
		}
	})
}

func TestLocalCountsParallelTakesOnce(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var refused, passed atomic.Int64
	l := NewLocal(Reads(), 1, func() time.Time { return now }, func(string) { refused.Add(1) })
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 50 {
				if l.Take("a") == nil {
					passed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if passed.Load() != 600 || refused.Load() != 1900 {
		t.Errorf("%d passed, %d were refused", passed.Load(), refused.Load())
	}
}
