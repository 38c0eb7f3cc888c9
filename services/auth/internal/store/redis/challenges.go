// Package redis keeps auth's own short-lived records: challenges. Sessions and mailed tokens are in pkg/session and
// pkg/code, as users writes them too.
package redis

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/auth/internal/core"
)

//go:embed try.lua
var tryScript string

// Challenges keeps proved first factors under "ww:challenge:{SHA-256 of the token}": a hash of the record and its tries.
type Challenges struct {
	rdb redis.UniversalClient
	try *redis.Script
	now func() time.Time
}

var _ core.Challenges = (*Challenges)(nil)

// NewChallenges works on rdb.
func NewChallenges(rdb redis.UniversalClient, now func() time.Time) *Challenges {
	return &Challenges{rdb: rdb, try: redis.NewScript(tryScript), now: now}
}

// Put keeps c until it expires.
func (s *Challenges) Put(ctx context.Context, token secret.String, c core.Challenge) error {
	record, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode challenge: %w", err)
	}
	key := challengeKey(token)
	// The expiry is set first, on a field that only counts: a record without one can't be left behind.
	pipe := s.rdb.Pipeline()
	pipe.HSet(ctx, key, "tries", 0)
	pipe.PExpireAt(ctx, key, c.Expires)
	pipe.HSet(ctx, key, "record", record)
	if _, err := pipe.Exec(ctx); err != nil {
		return fault.Outage(fmt.Errorf("store challenge: %w", err))
	}
	return nil
}

// Try counts a try and gives the challenge.
func (s *Challenges) Try(ctx context.Context, token secret.String) (core.Challenge, error) {
	record, err := s.try.Run(ctx, s.rdb, []string{challengeKey(token)}, core.MaxTries).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return core.Challenge{}, fault.New(fault.ChallengeInvalid)
	case err != nil:
		return core.Challenge{}, fault.Outage(fmt.Errorf("try challenge: %w", err))
	}
	var c core.Challenge
	if err := json.Unmarshal([]byte(record), &c); err != nil {
		return core.Challenge{}, fmt.Errorf("decode challenge: %w", err)
	}
	if !s.now().Before(c.Expires) {
		return core.Challenge{}, fault.New(fault.ChallengeInvalid)
	}
	return c, nil
}

// Spend removes the challenge.
func (s *Challenges) Spend(ctx context.Context, token secret.String) (bool, error) {
	n, err := s.rdb.Del(ctx, challengeKey(token)).Result()
	if err != nil {
		return false, fault.Outage(fmt.Errorf("spend challenge: %w", err))
	}
	return n == 1, nil
}

func challengeKey(token secret.String) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return "ww:challenge:{" + hex.EncodeToString(sum[:]) + "}"
}
