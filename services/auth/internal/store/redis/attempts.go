package redis

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/auth/internal/core"
)

// glance is how many of a name's attempts are looked at for the newest that waits.
const glance = 32

// attempt is a registration as Redis holds it.
type attempt struct {
	Registration string `json:"registration"`
	Username     string `json:"username"`
	Email        string `json:"email"`
	EmailKey     string `json:"emailKey"`
	Issued       int64  `json:"issued"`  // ms
	Expires      int64  `json:"expires"` // ms
}

// Attempts keeps registrations under "ww:pending:{SHA-256 of the token}", and sorted sets of those hashes: by when they lapse
// under "ww:pending:email:{…}", by when they were made under "ww:pending:name:{…}", names and addresses as an HMAC. No
// command touches two keys. One that is lost makes confirming ask for the password, or an attempt lapse early; nothing more.
type Attempts struct {
	rdb redis.UniversalClient
	now func() time.Time
	key []byte
}

var _ core.Attempts = (*Attempts)(nil)

// NewAttempts works on rdb; names are hashed under key.
func NewAttempts(rdb redis.UniversalClient, now func() time.Time, key []byte) *Attempts {
	return &Attempts{rdb: rdb, now: now, key: key}
}

// Put keeps a; its sets first, so that none waits uncounted.
func (s *Attempts) Put(ctx context.Context, token secret.String, a core.Attempt) error {
	left := a.Expires.Sub(s.now())
	if left < time.Millisecond || left > core.MaxAttemptLifetime {
		return fmt.Errorf("a registration can't wait for %v", left)
	}
	record, err := json.Marshal(attempt{
		Registration: a.Registration, Username: a.Username, Email: a.Email, EmailKey: a.EmailKey,
		Issued: a.Issued.UnixMilli(), Expires: a.Expires.UnixMilli(),
	})
	if err != nil {
		return fmt.Errorf("encode registration: %w", err)
	}
	hash := code.Hash(token)
	if err := s.add(ctx, s.emailSet(a.EmailKey), a.Expires, hash); err != nil {
		return err
	}
	for _, set := range s.nameSets(a) {
		if err := s.add(ctx, set, a.Issued, dated(hash, a)); err != nil {
			return err
		}
	}
	return outage(s.rdb.Set(ctx, attemptKey(hash), record, left).Err())
}

// add puts a member into a set, and takes out of it what is too old to wait.
func (s *Attempts) add(ctx context.Context, set string, at time.Time, member string) error {
	dead := strconv.FormatInt(s.now().Add(-core.MaxAttemptLifetime).UnixMilli(), 10)
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.ZRemRangeByScore(ctx, set, "-inf", "("+dead)
		p.ZAdd(ctx, set, redis.Z{Score: float64(at.UnixMilli()), Member: member})
		p.PExpire(ctx, set, core.MaxAttemptLifetime)
		return nil
	})
	return outage(err)
}

// Find gives one that has not lapsed.
func (s *Attempts) Find(ctx context.Context, token secret.String) (core.Attempt, error) {
	a, err := s.get(ctx, code.Hash(token))
	if err == nil && a == (core.Attempt{}) {
		err = fault.New(fault.LinkInvalid)
	}
	return a, err
}

// get gives what is kept under a hash, if it has not lapsed; else zero.
func (s *Attempts) get(ctx context.Context, hash string) (core.Attempt, error) {
	record, err := s.rdb.Get(ctx, attemptKey(hash)).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return core.Attempt{}, nil
	case err != nil:
		return core.Attempt{}, outage(err)
	}
	var kept attempt
	if err := json.Unmarshal(record, &kept); err != nil {
		return core.Attempt{}, fmt.Errorf("decode registration: %w", err)
	}
	if kept.Expires <= s.now().UnixMilli() {
		return core.Attempt{}, nil
	}
	return core.Attempt{
		Registration: kept.Registration, Username: kept.Username, Email: kept.Email, EmailKey: kept.EmailKey,
		Issued: time.UnixMilli(kept.Issued).UTC(), Expires: time.UnixMilli(kept.Expires).UTC(),
	}, nil
}

// Newest gives the one made last, of those that wait, under a name. Where there is none it looks under a hash of nothing.
func (s *Attempts) Newest(ctx context.Context, login usersapi.Login) (core.Attempt, error) {
	members, err := s.rdb.ZRevRange(ctx, s.nameSet(login), 0, glance-1).Result()
	if err != nil {
		return core.Attempt{}, outage(err)
	}
	newest := code.Hash(secret.String{})
	for _, member := range members {
		hash, expires, _ := strings.Cut(member, " ")
		if ms, err := strconv.ParseInt(expires, 10, 64); err == nil && ms > s.now().UnixMilli() {
			newest = hash
			break
		}
	}
	return s.get(ctx, newest)
}

// Alone tells whether a is the only one that waits for its address.
func (s *Attempts) Alone(ctx context.Context, token secret.String, a core.Attempt) (bool, error) {
	waiting, err := s.rdb.ZRangeByScore(ctx, s.emailSet(a.EmailKey), &redis.ZRangeBy{
		Min: "(" + strconv.FormatInt(s.now().UnixMilli(), 10), Max: "+inf", Count: 2,
	}).Result()
	return len(waiting) == 1 && waiting[0] == code.Hash(token), outage(err)
}

// Drop forgets one.
func (s *Attempts) Drop(ctx context.Context, token secret.String, a core.Attempt) error {
	hash := code.Hash(token)
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, attemptKey(hash))
		p.ZRem(ctx, s.emailSet(a.EmailKey), hash)
		for _, set := range s.nameSets(a) {
			p.ZRem(ctx, set, dated(hash, a))
		}
		return nil
	})
	return outage(err)
}

// dated is a name's member: a hash, and when that attempt lapses.
func dated(hash string, a core.Attempt) string {
	return hash + " " + strconv.FormatInt(a.Expires.UnixMilli(), 10)
}

func attemptKey(hash string) string { return "ww:pending:{" + hash + "}" }

func (s *Attempts) emailSet(key string) string { return "ww:pending:email:{" + s.mac(key) + "}" }

// nameSets are those of what may be typed to sign in.
func (s *Attempts) nameSets(a core.Attempt) []string {
	return []string{s.nameSet(usersapi.Login{Username: a.Username}), s.nameSet(usersapi.Login{Email: a.Email})}
}

func (s *Attempts) nameSet(login usersapi.Login) string {
	name := "u:" + login.Username
	if login.Username == "" {
		name = "e:" + login.Email
	}
	return "ww:pending:name:{" + s.mac(strings.ToLower(name)) + "}"
}

func (s *Attempts) mac(name string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("pending registration\x00" + name))
	return hex.EncodeToString(mac.Sum(nil))
}

func outage(err error) error {
	if err != nil {
		return fault.Outage(err)
	}
	return nil
}
