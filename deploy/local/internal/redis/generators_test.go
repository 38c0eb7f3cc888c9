package redis

import (
	"encoding/json"
	"strconv"
	"time"

	"pgregory.net/rapid"
)

// generators draw KEYS and ARGV of each script of the repository: few keys, so that one run meets what another left;
// times, epochs and generations that are right, stale, repeated or at an edge; now and then what no service sends.
var generators = map[string]func(*rapid.T) (keys []string, args []any){
	"pkg/code/drop.lua":                          drawCodeDrop,
	"pkg/code/put.lua":                           drawCodePut,
	"pkg/limit/attempt.lua":                      drawAttempt,
	"pkg/limit/gcra.lua":                         drawGCRA,
	"pkg/session/create.lua":                     drawCreate,
	"pkg/session/end.lua":                        drawEnd,
	"pkg/session/raise.lua":                      drawRaise,
	"pkg/session/rotate.lua":                     drawRotate,
	"pkg/session/update.lua":                     drawUpdate,
	"services/auth/internal/store/redis/put.lua": drawChallengePut,
	"services/auth/internal/store/redis/try.lua": drawChallengeTry,
	"tests/bench/baseline/handlers.go:rotation":  drawBaseline,
}

const day = int64(24 * time.Hour / time.Millisecond)

// What the generators draw from. Lifetimes are far apart, or over at once.
var (
	drawNow  = oneOf(1_800_000_000_000, 1_800_000_000_000, 1_800_000_000_001, 1_800_000_000_999, 1_800_000_060_000, 1_800_003_600_000, 1_799_999_999_999)
	drawLife = rapid.Custom(func(rt *rapid.T) any {
		if rare(rt, 64) { // integers to Go, not to Redis
			return rapid.SampledFrom([]string{"+3", "010", "-0"}).Draw(rt, "lax")
		}
		if rare(rt, 4) {
			return oneOf(time.Hour.Milliseconds(), 1, 0, -1).Draw(rt, "short")
		}
		return oneOf(day, 31*day, 31*day).Draw(rt, "long")
	})
	drawEpoch    = oneOf(1, 1, 1, 1, 2, 2, 3, 0)
	drawTurn     = oneOf(1, 1, 1, 1, 2, 2, 3, 0)
	drawSmall    = oneOf(0, 1, 1, 2, 2, 3, 4)
	drawWord     = rapid.SampledFrom([]string{"standard", "admin", "", "a@example.org", "ü\x00\r\n", "1", "0"})
	drawOdd      = rapid.SampledFrom([]string{"", "x", "1e3", "1.5", ".5", "5.", "9007199254740993", "-1e15", "1 2", "0x", "0b1", "0o7"})
	drawSessions = rapid.Custom(func(rt *rapid.T) []string {
		sids := make([]string, evenly(rt, 4))
		for i := range sids {
			sids[i] = drawSession.Draw(rt, "sid")
		}
		return sids
	})
	drawCounter = rapid.SampledFrom([]string{"counter", "counter", "other"})
	drawSession = rapid.Custom(func(rt *rapid.T) string { return "s" + strconv.Itoa(evenly(rt, 5)/4) }) // mostly s0
)

// oneOf draws one of numbers, or now and then what a caller with a defect might send. Numbers that only one of C and Go reads,
// as hexadecimal scores, are not among it.
func oneOf(numbers ...int64) *rapid.Generator[any] {
	return rapid.Custom(func(rt *rapid.T) any {
		if rare(rt, 128) {
			return drawOdd.Draw(rt, "string")
		}
		return numbers[evenly(rt, len(numbers))]
	})
}

// evenly draws a number below n, at most 1024, each as likely as the others; rapid's own are mostly small.
func evenly(rt *rapid.T, n int) int {
	i := 0
	for range 10 {
		i *= 2
		if rapid.Bool().Draw(rt, "bit") {
			i++
		}
	}
	return i % n
}

// rare is true once in n draws.
func rare(rt *rapid.T, n int) bool { return evenly(rt, n) == n-1 }

// meddling is what another may do to the keys.
func meddling(rt *rapid.T, prefix string) []any {
	key := prefix + rapid.SampledFrom([]string{"session:s0", "sessions", "epoch", "record", "rule:counter", "failures:counter", "challenge"}).Draw(rt, "key")
	commands := [][]any{
		{"DEL", key},
		{"SET", key, drawOdd.Draw(rt, "value")},
		{"SET", key, 2},
		{"HSET", key, "epoch", drawOdd.Draw(rt, "value")},
		{"HDEL", key, "expires", "failures", "tries", "generation"},
		{"LPUSH", key, "x"},
		{"PERSIST", key},
	}
	return rapid.SampledFrom(commands).Draw(rt, "command")
}

func drawCreate(rt *rapid.T) ([]string, []any) {
	sid, now, epoch := drawSession.Draw(rt, "sid"), drawNow.Draw(rt, "now"), oneOf(2, 2, 2, 3, 3, 3, 4, 1).Draw(rt, "epoch")
	keys := []string{"session:" + sid, "sessions", "epoch"}
	expires := now
	if ms, ok := now.(int64); ok {
		if life, ok := drawLife.Draw(rt, "life").(int64); ok {
			expires = ms + life
		}
	}
	args := []any{now, expires, drawLife.Draw(rt, "keep"), oneOf(10, 10, 10, 3, 2, 1, 0).Draw(rt, "most"), sid, epoch}
	for _, old := range drawSessions.Draw(rt, "evictable") {
		keys, args = append(keys, "session:"+old), append(args, old)
	}
	if rare(rt, 32) {
		return keys, args
	}
	return keys, append(args, "dialect", "legion", "epoch", epoch, "generation", drawTurn.Draw(rt, "generation"), "refreshed", now,
		"expires", expires, "allowance", now, "role", drawWord.Draw(rt, "role"), "email", drawWord.Draw(rt, "email"), "verified", "1")
}

func drawRotate(rt *rapid.T) ([]string, []any) {
	sid := drawSession.Draw(rt, "sid")
	return []string{"session:" + sid, "sessions", "epoch"}, append([]any{
		drawNow.Draw(rt, "now"), sid, drawTurn.Draw(rt, "presented"), oneOf(10_000, 10_000, 0, 1).Draw(rt, "grace"),
		oneOf(1000, 1000, 0, 60_000).Draw(rt, "interval"), oneOf(60_000, 60_000, 60_000, 3000, 0).Draw(rt, "window"),
	}, standing(rt)...)
}

func drawEnd(rt *rapid.T) ([]string, []any) {
	keys, args := []string{"sessions"}, []any{drawNow.Draw(rt, "now"), ""}
	if rapid.Bool().Draw(rt, "some") {
		args[1] = drawSmall.Draw(rt, "below")
	}
	for _, sid := range drawSessions.Draw(rt, "sids") {
		keys, args = append(keys, "session:"+sid), append(args, sid)
	}
	return keys, args
}

func drawRaise(rt *rapid.T) ([]string, []any) {
	keys := []string{"epoch"}
	if rapid.Bool().Draw(rt, "spare") {
		keys = append(keys, "session:"+drawSession.Draw(rt, "sid"))
	}
	return keys, append([]any{drawLife.Draw(rt, "life")}, standing(rt)...)
}

func drawUpdate(rt *rapid.T) ([]string, []any) {
	var keys []string
	for _, sid := range drawSessions.Draw(rt, "sids") {
		keys = append(keys, "session:"+sid)
	}
	return keys, standing(rt)
}

// standing is an account's: epoch, role, email, verified.
func standing(rt *rapid.T) []any {
	return []any{drawEpoch.Draw(rt, "epoch"), drawWord.Draw(rt, "role"), drawWord.Draw(rt, "email"), drawWord.Draw(rt, "verified")}
}

func drawCodePut(rt *rapid.T) ([]string, []any) {
	issued := drawNow.Draw(rt, "issued")
	record, err := json.Marshal(map[string]any{
		"hash": drawWord.Draw(rt, "hash"), "address": drawWord.Draw(rt, "address"), "epoch": drawSmall.Draw(rt, "epoch"), "issued": issued,
	})
	if err != nil {
		rt.Fatal(err)
	}
	text := string(record)
	if rare(rt, 16) {
		text = rapid.SampledFrom([]string{
			"", "x", "null", "[]", "{}", "[1]", "5", `"s"`, `{"hash":null,"issued":null}`, `{"issued":"5"}`, `{"hash":5,"issued":1e300}`,
			`{"hash":"1","issued":-1}x`, `{"hash":{"a":[]},"issued":1.8e12}`, `{"hash":"\u00fc\u0000\r\n","issued":1}`,
		}).Draw(rt, "record")
	}
	return []string{"record"}, []any{text, issued, drawLife.Draw(rt, "life")}
}

func drawCodeDrop(rt *rapid.T) ([]string, []any) {
	return []string{"record"}, []any{drawWord.Draw(rt, "hash")}
}

func drawGCRA(rt *rapid.T) ([]string, []any) {
	hour := time.Hour.Microseconds()
	now := oneOf(1_800_000_000_000_000, 1_800_000_000_000_001, 1_800_000_000_000_000+hour, 1_800_000_000_000_000+24*hour, 1_799_999_999_999_999)
	return []string{"rule:" + drawCounter.Draw(rt, "counter")}, []any{
		now.Draw(rt, "now"), oneOf(hour, hour, hour/3, 1, 999, 1001, 0).Draw(rt, "interval"), oneOf(3*hour, 3*hour, hour, 0, 1, 2000).Draw(rt, "window"),
	}
}

func drawAttempt(rt *rapid.T) ([]string, []any) {
	args := []any{drawNow.Draw(rt, "now"), drawLife.Draw(rt, "life"), oneOf(0, 1, 2, 5).Draw(rt, "free")}
	for i := range rapid.IntRange(0, 3).Draw(rt, "steps") {
		args = append(args, oneOf(0, 1, 1000, int64(60_000*(i+1))).Draw(rt, "wait"))
	}
	return []string{"failures:" + drawCounter.Draw(rt, "counter")}, args
}

func drawChallengePut(rt *rapid.T) ([]string, []any) {
	return []string{"challenge"}, []any{drawWord.Draw(rt, "record"), drawLife.Draw(rt, "life")}
}

func drawChallengeTry(rt *rapid.T) ([]string, []any) {
	return []string{"challenge"}, []any{drawSmall.Draw(rt, "most")}
}

func drawBaseline(rt *rapid.T) ([]string, []any) {
	var fields []any
	for i := range rapid.IntRange(0, 3).Draw(rt, "fields") {
		fields = append(fields, "field"+strconv.Itoa(i), drawWord.Draw(rt, "value"))
	}
	if rapid.Bool().Draw(rt, "generation") {
		fields = append(fields, "generation", drawSmall.Draw(rt, "generation"))
	}
	return []string{"session:s0"}, fields
}
