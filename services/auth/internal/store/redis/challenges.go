// Package redis keeps auth's own short-lived records: challenges, and registrations that wait for their link. Sessions and
// other mailed tokens are in pkg/session and pkg/code, as users writes them too.
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
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/services/auth/internal/core"
)

// The scripts; each says at its head what it takes and returns.
var (
	//go:embed put.lua
	putSource string
	put       = redis.NewScript(putSource)

	//go:embed try.lua
	trySource string
	try       = redis.NewScript(trySource)
)

// stored is a challenge as Redis holds it.
type stored struct {
	Account id.Account      `json:"account"`
	Epoch   int64           `json:"epoch"`
	Dialect session.Dialect `json:"dialect"`
	Expires int64           `json:"expires"` // ms
}

// Challenges keeps proved first factors under "ww:challenge:{SHA-256 of the token}": a hash of the record and its tries.
type Challenges struct {
	rdb redis.UniversalClient
	now func() time.Time
}

var _ core.Challenges = (*Challenges)(nil)

// NewChallenges works on rdb.
func NewChallenges(rdb redis.UniversalClient, now func() time.Time) *Challenges {
	return &Challenges{rdb: rdb, now: now}
}

// Put keeps c until it expires.
func (s *Challenges) Put(ctx context.Context, token secret.String, c core.Challenge) error {
	record, err := json.Marshal(stored{Account: c.Account, Epoch: c.Epoch, Dialect: c.Dialect, Expires: c.Expires.UnixMilli()})
	if err != nil {
		return fmt.Errorf("encode challenge: %w", err)
	}
	err = put.Run(ctx, s.rdb, []string{challengeKey(token)}, record, c.Expires.Sub(s.now()).Milliseconds()).Err()
	if err != nil {
		return fault.Outage(fmt.Errorf("store challenge: %w", err))
	}
	return nil
}

// Try counts a try and gives the challenge.
func (s *Challenges) Try(ctx context.Context, token secret.String) (core.Challenge, error) {
	record, err := try.Run(ctx, s.rdb, []string{challengeKey(token)}, core.MaxTries).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return core.Challenge{}, fault.New(fault.ChallengeInvalid)
	case err != nil:
		return core.Challenge{}, fault.Outage(fmt.Errorf("try challenge: %w", err))
	}
	var kept stored
	if err := json.Unmarshal([]byte(record), &kept); err != nil {
		return core.Challenge{}, fmt.Errorf("decode challenge: %w", err)
	}
	c := core.Challenge{
		Account: kept.Account,
		Epoch:   kept.Epoch,
		Dialect: kept.Dialect,
		Expires: time.UnixMilli(kept.Expires).UTC(),
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
