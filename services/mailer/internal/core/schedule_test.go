package core

import (
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	t.Parallel()
	for attempts, want := range map[int]time.Duration{
		0: 30 * time.Second, 1: 30 * time.Second, 2: time.Minute, 3: 2 * time.Minute, 4: 5 * time.Minute, 8: time.Hour, 9: time.Hour, 1 << 40: time.Hour,
	} {
		if got := pause(attempts, 0.5); got != want {
			t.Errorf("after %d tries: %s", attempts, got)
		}
		if least, most := pause(attempts, 0), pause(attempts, 0.999999); least != want*4/5 || most <= want || most > want*6/5 {
			t.Errorf("after %d tries: from %s to %s", attempts, least, most)
		}
	}
}
