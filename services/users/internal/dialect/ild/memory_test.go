package ild_test

import (
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// watch samples how much memory was live at the last collection, from now until stop; peak is the most that was seen.
func watch() (peak func() uint64, stop func()) {
	var most atomic.Uint64
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		for tick := time.NewTicker(time.Millisecond); ; {
			metrics.Read(sample)
			most.Store(max(most.Load(), sample[0].Value.Uint64()))
			select {
			case <-tick.C:
			case <-done:
				tick.Stop()
				return
			}
		}
	})
	return most.Load, func() {
		close(done)
		wg.Wait()
	}
}
