package limit

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
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

func TestLocalForgetsWhatIsFreeAgain(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := NewLocal(Rule{"x", 1, time.Minute}, 1, func() time.Time { return now }, func(string) {})
	for range 50 {
		for n := range 16 {
			_ = l.Take(strconv.Itoa(n))
		}
		for n := range 16 {
			if l.Take(strconv.Itoa(n)) == nil {
				t.Fatal("forgotten too early")
			}
		}
		now = now.Add(time.Minute - 1)
		if l.Take("0") == nil {
			t.Fatal("free too early")
		}
		now = now.Add(1)
	}
	for i := range l.shards {
		if len(l.shards[i].young)+len(l.shards[i].old) > 32 {
			t.Error("keeps what is free again")
		}
	}
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
