package main

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestCPUOfReadsTheLineOfAnyCommand(t *testing.T) {
	t.Parallel()
	line := "4242 (a (b) 1 2 3) S 1 4242 4242 0 -1 4194560 900 0 0 0 250 50 7 8 20 0 9 0 1000 2000 300"
	got, err := cpuOf(line)
	if err != nil || got != 3*time.Second {
		t.Errorf("%v, %v; want 3s", got, err)
	}
	if _, err := cpuOf("4242 (short) S 1"); err == nil {
		t.Error("a line that ends early is read")
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	latencies := []time.Duration{40, 10, 30, 20}
	for q, want := range map[float64]time.Duration{0: 10, 0.5: 30, 0.99: 40, 1: 40} {
		if got := quantile(latencies, q); got != want {
			t.Errorf("quantile %g is %v, want %v", q, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("quantile of nothing is %v", got)
	}
}

func TestClosedAsksOneAtATimeAndWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := closed(t.Context(), 3, time.Second, func(worker int) (int, error) {
			time.Sleep(100 * time.Millisecond)
			if worker == 0 {
				return 0, errors.New("cut off")
			}
			return http.StatusOK, nil
		})
		if diff := cmp.Diff(map[int]int{0: 10, 200: 20}, s.status); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if s.rate() != 20 || len(s.latencies) != 20 || len(s.refused) != 10 || s.err == nil || s.good(true) == nil {
			t.Errorf("%+v", s)
		}
	})
}

func TestPacedKeepsItsRateAndItsBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		var running, most atomic.Int64
		s := paced(ctx, 100, 5, func(int) (int, error) {
			defer running.Add(-1)
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(100 * time.Millisecond)
			return http.StatusServiceUnavailable, nil
		})
		// 5 at a time, each for 100 ms, are half of what is asked for.
		if n := s.status[http.StatusServiceUnavailable]; n < 80 || n > 105 || most.Load() != 5 {
			t.Errorf("%d sent, %d at a time", n, most.Load())
		}
	})
}

func TestTurnsAreComparedRoundByRound(t *testing.T) {
	t.Parallel()
	turn := func(n int) sample { return sample{took: time.Second, status: map[int]int{200: n}} }
	whole, least, greatest := turns{turn(50), turn(80)}.of(turns{turn(100), turn(100)})
	if whole != 0.65 || least != 0.5 || greatest != 0.8 {
		t.Errorf("%g (%g to %g)", whole, least, greatest)
	}
}

func TestACloneHasItsOwnNamesAndAllElse(t *testing.T) {
	t.Parallel()
	pattern := bson.D{{Key: "_id", Value: "x"}, {Key: "password", Value: "hash"}, {Key: "emailKey", Value: "-:x"}}
	got := map[string]any{}
	for _, e := range clone(pattern, 7) {
		if _, twice := got[e.Key]; twice {
			t.Errorf("%s is there twice", e.Key)
		}
		got[e.Key] = e.Value
	}
	if got["_id"] != "01JBENCH000000000000000007" || got["password"] != "hash" || got["emailKey"] != "e:"+username(7)+"@example.com" {
		t.Errorf("%v", got)
	}
}
