package core

import "time"

// pauses are those after the first, second, … failed try; the last holds for all after it.
var pauses = [...]time.Duration{
	30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour,
}

// pause is how long to wait after so many failed tries (from 1): a fifth more or less than the table says, by jitter in
// [0, 1), so that mails which failed together do not come back together.
func pause(attempts int, jitter float64) time.Duration {
	p := pauses[min(max(attempts, 1), len(pauses))-1]
	return p - p/5 + time.Duration(jitter*float64(p)*2/5)
}
