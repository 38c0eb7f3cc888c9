package redis

import (
	"testing"

	"pgregory.net/rapid"
)

// TestDeadlines compares with a plain map.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d, model := newDeadlines(), map[string]int64{}
		key, when := rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 1, 2, -1), rapid.Int64Range(1, 20)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			k, at := key.Draw(rt, "key"), when.Draw(rt, "at")
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0, 1:
				d.set(k, at)
				model[k] = at
			case 2:
				d.remove(k)
				delete(model, k)
			default:
				for got, ok := d.due(at); ok; got, ok = d.due(at) {
					if model[got] == 0 || model[got] > at {
						rt.Fatalf("%q is due at %d, its deadline is %d", got, at, model[got])
					}
					d.remove(got)
					delete(model, got)
				}
				for k, deadline := range model {
					if deadline <= at {
						rt.Fatalf("%q is not due at %d, its deadline is %d", k, at, deadline)
					}
				}
			}
			if len(d.queue) != len(model) || d.of(k) != model[k] {
				rt.Fatalf("%d deadlines of %d; %q has %d, not %d", len(d.queue), len(model), k, d.of(k), model[k])
			}
		}
	})
}
