package session

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
)

// longest is how long a session may live at most, and so how long an account's list and floor are kept.
const longest = 31 * 24 * time.Hour

// The scripts; each says at its head what it takes and returns.
var (
	//go:embed create.lua
	createSource string
	create       = redis.NewScript(createSource)

	//go:embed rotate.lua
	rotateSource string
	rotate       = redis.NewScript(rotateSource)

	//go:embed end.lua
	endSource string
	end       = redis.NewScript(endSource)

	//go:embed raise.lua
	raiseSource string
	raise       = redis.NewScript(raiseSource)

	//go:embed update.lua
	updateSource string
	update       = redis.NewScript(updateSource)
)

func sessionKey(account id.Account, sid id.Session) string {
	return "ww:{" + string(account) + "}:session:" + string(sid)
}
func listKey(account id.Account) string  { return "ww:{" + string(account) + "}:sessions" }
func floorKey(account id.Account) string { return "ww:{" + string(account) + "}:epoch" }

// Store keeps sessions. Its errors are fault.Outage for Redis itself, and those each method names.
type Store struct {
	rdb      redis.UniversalClient
	now      func() time.Time
	interval int64 // ms between two refreshes of a session on average
	window   int64 // ms that may be used up at once
}

// NewStore works on rdb; scale multiplies the refreshes allowed in a minute (60).
func NewStore(rdb redis.UniversalClient, now func() time.Time, scale float64) *Store {
	perMinute := max(1, int64(60*scale))
	interval := max(1, time.Minute.Milliseconds()/perMinute)
	return &Store{rdb: rdb, now: now, interval: interval, window: interval * perMinute}
}

// Create keeps a new session, evicting the oldest past MaxPerAccount. fault CredentialsWrong where the account's
// sessions of that epoch have been ended meanwhile.
func (s *Store) Create(ctx context.Context, x Session) error {
	now := s.now()
	if !x.Expires.After(now) || x.Expires.Sub(now) > longest {
		return fmt.Errorf("session %s: expires %v, out of range", x.ID, x.Expires)
	}
	var oldest []id.Session
	for range 5 {
		keys := []string{sessionKey(x.Account, x.ID), listKey(x.Account), floorKey(x.Account)}
		args := []any{now.UnixMilli(), x.Expires.UnixMilli(), longest.Milliseconds(), MaxPerAccount, string(x.ID), x.Epoch}
		for _, sid := range oldest {
			keys = append(keys, sessionKey(x.Account, sid))
			args = append(args, string(sid))
		}
		outcome, err := create.Run(ctx, s.rdb, keys, append(args, fields(x)...)...).Text()
		if err != nil {
			return fault.Outage(err)
		}
		switch outcome {
		case "created":
			return nil
		case "behind":
			return fault.New(fault.CredentialsWrong)
		}
		if oldest, err = s.oldest(ctx, x.Account); err != nil {
			return err
		}
	}
	return fault.Outage(errors.New("sessions of the account change too fast"))
}

// oldest gives some sessions that may be evicted. More than one, as others may be signing in at this moment.
func (s *Store) oldest(ctx context.Context, account id.Account) ([]id.Session, error) {
	sids, err := s.ids(ctx, account)
	if err != nil {
		return nil, err
	}
	slices.Sort(sids) // ULIDs: by time of creation
	return sids[:min(10, len(sids))], nil
}

// ids gives the sessions on the account's list.
func (s *Store) ids(ctx context.Context, account id.Account) ([]id.Session, error) {
	after := "(" + strconv.FormatInt(s.now().UnixMilli(), 10)
	members, err := s.rdb.ZRangeByScore(ctx, listKey(account), &redis.ZRangeBy{Min: after, Max: "+inf"}).Result()
	if err != nil {
		return nil, fault.Outage(err)
	}
	sids := make([]id.Session, len(members))
	for i, m := range members {
		sids[i] = id.Session(m)
	}
	return sids, nil
}

// Find gives a live session; fault Unauthenticated where there is none.
func (s *Store) Find(ctx context.Context, account id.Account, sid id.Session) (Session, error) {
	hash, err := s.rdb.HGetAll(ctx, sessionKey(account, sid)).Result()
	if err != nil {
		return Session{}, fault.Outage(err)
	}
	if len(hash) == 0 {
		return Session{}, fault.New(fault.Unauthenticated)
	}
	x, err := read(account, sid, hash)
	if err != nil {
		return Session{}, err
	}
	if !x.Expires.After(s.now()) {
		return Session{}, fault.New(fault.Unauthenticated)
	}
	return x, nil
}

// List gives the account's live sessions, newest first.
func (s *Store) List(ctx context.Context, account id.Account) ([]Session, error) {
	sids, err := s.ids(ctx, account)
	if err != nil {
		return nil, err
	}
	hashes := make([]*redis.MapStringStringCmd, len(sids))
	_, err = s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, sid := range sids {
			hashes[i] = p.HGetAll(ctx, sessionKey(account, sid))
		}
		return nil
	})
	if err != nil {
		return nil, fault.Outage(err)
	}
	list := make([]Session, 0, len(sids))
	for i, sid := range sids {
		if len(hashes[i].Val()) == 0 { // ended since
			continue
		}
		x, err := read(account, sid, hashes[i].Val())
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b Session) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
	})
	return list, nil
}
