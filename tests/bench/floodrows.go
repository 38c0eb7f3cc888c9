package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// queueDeadline is how long users lets a hash wait.
	queueDeadline = 500 * time.Millisecond
	checkGoal     = 100 * time.Millisecond
	refreshGoal   = 5 // times the p99 without a flood
)

// floodRows are the table's lines on the flood.
func floodRows() []row {
	return []row{
		{"flood, its answers", "no crash, the rest 503", "", func(f figures) (string, bool) {
			text, ok := outcomes(f.flood.signIns)
			if err := f.flood.servicesDied; err != nil {
				return err.Error(), false
			}
			return fmt.Sprintf("%s at %.0f a second", text, floodTimes*f.flood.capacity), ok
		}},
		{"flood, 503 within", "≤ 500 ms", "", func(f figures) (string, bool) {
			worst := quantile(f.flood.signIns.refused, 1)
			return fmt.Sprintf("p99 %s, all %s", millis(quantile(f.flood.signIns.refused, 0.99)), millis(worst)), worst <= queueDeadline
		}},
		{"flood, memory over idle", "≤ 2 × workers × 19 MiB + 100 MiB", "", func(f figures) (string, bool) {
			g := f.flood.growth
			text := fmt.Sprintf("%s of %s (auth %s, users %s)", mebibytes(g.together), mebibytes(f.flood.bound),
				mebibytes(g.each["auth"]), mebibytes(g.each["users"]))
			return text, g.together <= f.flood.bound
		}},
		{"flood, refresh p99 over that without", "≤ 5 times", "", func(f figures) (string, bool) {
			calm, flooded := quantile(f.flood.refresh.calm.latencies, 0.99), quantile(f.flood.refresh.flooded.latencies, 0.99)
			times := float64(flooded) / float64(max(1, calm))
			answered, _ := outcomes(f.flood.refresh.flooded)
			ok := f.flood.refresh.flooded.good(false) == nil && times <= refreshGoal
			return fmt.Sprintf("%.1f times (%s, %s; %s)", times, millis(calm), millis(flooded), answered), ok
		}},
		{"flood, session check p99", "≤ 100 ms", "2.4 to 14 s", checked(func(f figures) sample { return f.flood.check.flooded })},
		{
			"200 sign-ins at a time, without a pause: session check p99", "≤ 100 ms", "2.4 to 14 s",
			checked(func(f figures) sample { return f.flood.hammered }),
		},
		{"their answers", "the rest 503", "", func(f figures) (string, bool) {
			return outcomes(f.flood.hammering)
		}},
	}
}

func checked(of func(figures) sample) func(figures) (string, bool) {
	return func(f figures) (string, bool) {
		s := of(f)
		p99 := quantile(s.latencies, 0.99)
		answered, _ := outcomes(s)
		calm := f.flood.check.calm
		return fmt.Sprintf("%s (%s a second; without %s, %s a second; %s)", millis(p99), perSecond(s.rate()),
			millis(quantile(calm.latencies, 0.99)), perSecond(calm.rate()), answered), s.good(false) == nil && p99 <= checkGoal
	}
}

// outcomes counts answers by status; not ok where there are others than 200 and 503.
func outcomes(s sample) (text string, ok bool) {
	ok = true
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(s.status)) {
		name := fmt.Sprint(code)
		if code == 0 {
			name = "unanswered"
		}
		ok = ok && (code == 200 || code == 503)
		parts = append(parts, fmt.Sprintf("%d × %s", s.status[code], name))
	}
	return strings.Join(parts, ", "), ok
}
