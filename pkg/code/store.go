package code

import (
	"context"
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
)

// The scripts; each says at its head what it takes and returns.
var (
	//go:embed put.lua
	putSource string
	put       = redis.NewScript(putSource)

	//go:embed drop.lua
	dropSource string
	drop       = redis.NewScript(dropSource)
)

// stored is a record as Redis holds it; purpose and account are in the key.
type stored struct {
	Hash    string `json:"hash"`
	Address string `json:"address"`
	Epoch   int64  `json:"epoch"`
	Issued  int64  `json:"issued"` // ms
}

// Store keeps records. Its errors are fault.Outage, and those each method names.
type Store struct {
	rdb redis.UniversalClient
	now func() time.Time
}

// NewStore works on rdb.
func NewStore(rdb redis.UniversalClient, now func() time.Time) *Store {
	return &Store{rdb: rdb, now: now}
}

// Put keeps the record until Issued + Lifetime; again with the same token changes nothing. One that has lapsed already is
// not kept, nor one that was issued before the one it would replace.
func (s *Store) Put(ctx context.Context, token secret.String, r Record) error {
	p, ok := parse(token)
	if !ok || p.purpose != r.Purpose || p.account != r.Account {
		return errors.New("code: token and record don't belong together")
	}
	left := r.Expires().Sub(s.now())
	if left < time.Millisecond {
		return nil
	}
	issued := r.Issued.UnixMilli()
	record, err := json.Marshal(stored{Hash: p.hash, Address: r.Address, Epoch: r.Epoch, Issued: issued})
	if err != nil {
		return fmt.Errorf("code: %w", err)
	}
	if err := put.Run(ctx, s.rdb, []string{p.key()}, record, issued, left.Milliseconds()).Err(); err != nil {
		return fault.Outage(err)
	}
	return nil
}

// Find gives the record of a live token; fault LinkInvalid otherwise. It changes nothing.
func (s *Store) Find(ctx context.Context, token secret.String) (Record, error) {
	p, ok := parse(token)
	if !ok {
		return Record{}, fault.New(fault.LinkInvalid)
	}
	raw, err := s.rdb.Get(ctx, p.key()).Bytes()
	if errors.Is(err, redis.Nil) {
		return Record{}, fault.New(fault.LinkInvalid)
	}
	if err != nil {
		return Record{}, fault.Outage(err)
	}
	var kept stored
	if err := json.Unmarshal(raw, &kept); err != nil {
		return Record{}, fmt.Errorf("code: record of account %s: %w", p.account, err)
	}
	r := Record{
		Purpose: p.purpose,
		Account: p.account,
		Address: kept.Address,
		Epoch:   kept.Epoch,
		Issued:  time.UnixMilli(kept.Issued).UTC(),
	}
	if subtle.ConstantTimeCompare([]byte(kept.Hash), []byte(p.hash)) == 0 || !s.now().Before(r.Expires()) {
		return Record{}, fault.New(fault.LinkInvalid)
	}
	return r, nil
}

// Drop forgets a token; one that is gone already is no error.
func (s *Store) Drop(ctx context.Context, token secret.String) error {
	p, ok := parse(token)
	if !ok {
		return nil
	}
	if err := drop.Run(ctx, s.rdb, []string{p.key()}, p.hash).Err(); err != nil {
		return fault.Outage(err)
	}
	return nil
}

// Revoke forgets the account's live token of a purpose that has one at a time.
func (s *Store) Revoke(ctx context.Context, p Purpose, account id.Account) error {
	if p != Verify && p != Reset {
		return fmt.Errorf("code: purpose %q has not one token at a time", p)
	}
	if err := s.rdb.Del(ctx, parsed{purpose: p, account: account}.key()).Err(); err != nil {
		return fault.Outage(err)
	}
	return nil
}
