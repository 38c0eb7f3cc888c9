// Package limit counts what may be asked for in a window of time: in Redis, so that every replica counts together (GCRA in
// one script), or in the process, for reads. It also counts failures in a row for names that no account has.
//
// Keys: "ww:limit:{HMAC}:RULE" (the HMAC of what is counted for) and "ww:limit:{HMAC}:failures".
package limit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/fault"
)

// The scripts; each says at its head what it takes and returns.
var (
	//go:embed gcra.lua
	gcraSource string
	gcra       = redis.NewScript(gcraSource)

	//go:embed attempt.lua
	attemptSource string
	attempt       = redis.NewScript(attemptSource)
)

// Config: Key is WATCHWORD_LIMIT_KEY's first; Scale is WATCHWORD_LIMIT_SCALE; Refused is told of every refusal (a metric).
type Config struct {
	Redis   redis.UniversalClient
	Key     []byte
	Scale   float64
	Now     func() time.Time
	Refused func(rule string)
}

// Limiter counts in Redis under an HMAC of each key, so that Redis holds no address and no name.
type Limiter struct{ cfg Config }

// New makes a limiter.
func New(cfg Config) *Limiter { return &Limiter{cfg: cfg} }

// Take counts one for key under rule; fault Throttled with the time to wait, or an outage: it never allows what it can't
// decide.
func (l *Limiter) Take(ctx context.Context, rule Rule, key string) error {
	p := rule.paced(l.cfg.Scale)
	args := []any{l.cfg.Now().UnixMicro(), p.interval.Microseconds(), p.window.Microseconds()}
	wait, err := gcra.Run(ctx, l.cfg.Redis, []string{l.key(key, rule.Name)}, args...).Int64()
	if err != nil {
		return fault.Outage(err)
	}
	return l.outcome(rule.Name, time.Duration(wait)*time.Microsecond)
}

// Attempt counts one failure in a row for key before the check, as an account would (Backoff); fault Throttled while it
// has to wait. The counter lapses after a day without attempts.
func (l *Limiter) Attempt(ctx context.Context, key string) error {
	args := []any{l.cfg.Now().UnixMilli(), (24 * time.Hour).Milliseconds(), free}
	for n := range int64(steps + 1) {
		args = append(args, Backoff(free+n).Milliseconds())
	}
	wait, err := attempt.Run(ctx, l.cfg.Redis, []string{l.key(key, inARow)}, args...).Int64()
	if err != nil {
		return fault.Outage(err)
	}
	return l.outcome(inARow, time.Duration(wait)*time.Millisecond)
}

// Succeeded clears key's failures.
func (l *Limiter) Succeeded(ctx context.Context, key string) error {
	if err := l.cfg.Redis.Del(ctx, l.key(key, inARow)).Err(); err != nil {
		return fault.Outage(err)
	}
	return nil
}

func (l *Limiter) outcome(rule string, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	l.cfg.Refused(rule)
	return fault.Throttle(wait)
}

// key is where rule counts for what: 128 bits of an HMAC.
func (l *Limiter) key(what, rule string) string {
	mac := hmac.New(sha256.New, l.cfg.Key)
	mac.Write([]byte(what))
	return "ww:limit:{" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16]) + "}:" + rule
}

// AddressKey is what an address counts under: itself for IPv4, its /64 for IPv6.
func AddressKey(a netip.Addr) string {
	a = a.Unmap()
	if a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a.WithZone(""), 64).Masked().String()
}
