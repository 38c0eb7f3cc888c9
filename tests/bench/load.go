package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// request sends one and gives the status that it was answered with.
type request func(worker int) (status int, err error)

// sample is what a stretch of load came to.
type sample struct {
	took      time.Duration
	cpu       usage           // of the processes that worked for it
	latencies []time.Duration // of successes
	refused   []time.Duration // of all else
	status    map[int]int     // answers by status; 0: none came
	err       error           // the first reason why none came
}

func (s *sample) add(o sample) {
	s.took += o.took
	if s.cpu == nil {
		s.cpu = usage{}
	}
	s.cpu.add(o.cpu, 1)
	s.latencies = append(s.latencies, o.latencies...)
	s.refused = append(s.refused, o.refused...)
	if s.status == nil {
		s.status = map[int]int{}
	}
	for code, n := range o.status {
		s.status[code] += n
	}
	if s.err == nil {
		s.err = o.err
	}
}

func (s *sample) note(status int, err error, took time.Duration) {
	if s.status == nil {
		s.status = map[int]int{}
	}
	s.status[status]++
	if status == http.StatusOK {
		s.latencies = append(s.latencies, took)
	} else {
		s.refused = append(s.refused, took)
	}
	if s.err == nil {
		s.err = err
	}
}

// rate is requests that succeeded in a second.
func (s sample) rate() float64 { return float64(s.status[http.StatusOK]) / s.took.Seconds() }

// perRequest is the processor time that one request took.
func (s sample) perRequest() time.Duration {
	if s.status[http.StatusOK] == 0 {
		return 0
	}
	return s.cpu.sum() / time.Duration(s.status[http.StatusOK])
}

// good is an error where anything but a success came back, or a 503 where those may be.
func (s sample) good(mayRefuse bool) error {
	for code, n := range s.status {
		if code != http.StatusOK && !(mayRefuse && code == http.StatusServiceUnavailable) {
			return errors.Join(fmt.Errorf("%d answers have status %d, %d are successes", n, code, s.status[http.StatusOK]), s.err)
		}
	}
	return nil
}

// quantile gives the latency that a part q of the requests did not exceed; 0 where there were none.
func quantile(latencies []time.Duration, q float64) time.Duration {
	if len(latencies) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(latencies))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// closed has workers send requests for as long as d, each the next one as soon as the last one is answered.
func closed(ctx context.Context, workers int, d time.Duration, do request) sample {
	began := time.Now()
	end := began.Add(d)
	parts := make([]sample, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for now := time.Now(); now.Before(end) && ctx.Err() == nil; {
				status, err := do(w)
				after := time.Now()
				parts[w].note(status, err, after.Sub(now))
				now = after
			}
		})
	}
	wg.Wait()
	total := sample{took: time.Since(began)}
	for _, part := range parts {
		total.add(part)
	}
	return total
}

// paced sends rate requests a second until ctx ends, whether or not the earlier ones are answered, but never more than most
// at a time: what would be too many is not sent.
func paced(ctx context.Context, rate float64, most int, do request) sample {
	began := time.Now()
	var mu sync.Mutex
	var total sample
	var wg sync.WaitGroup
	slots := make(chan struct{}, most)
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for sent := 0; ctx.Err() == nil; {
		for ; sent < int(rate*time.Since(began).Seconds()); sent++ {
			select {
			case slots <- struct{}{}:
			default:
				continue
			}
			wg.Go(func() {
				started := time.Now()
				status, err := do(0)
				took := time.Since(started)
				mu.Lock()
				total.note(status, err, took)
				mu.Unlock()
				<-slots
			})
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	wg.Wait()
	total.took = time.Since(began)
	return total
}
