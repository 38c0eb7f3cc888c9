package session

import (
	"context"
	"slices"
	"strconv"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
)

// everyEpoch makes end.lua end sessions of all epochs.
const everyEpoch = ""

// End ends one session; false where it was not alive.
func (s *Store) End(ctx context.Context, account id.Account, sid id.Session) (bool, error) {
	n, err := s.end(ctx, account, everyEpoch, []id.Session{sid})
	return n == 1, err
}

// EndOthers ends all sessions of the account whose epoch is below standing's, but for spare (empty: none), which takes
// standing over. No session of an earlier epoch can be made afterwards. It may be repeated, and answers how many ended.
func (s *Store) EndOthers(ctx context.Context, account id.Account, standing Standing, spare id.Session) (int, error) {
	// First the floor: whatever is made from here on is of this epoch, whatever was made before is on the list.
	keys := []string{floorKey(account)}
	if spare != "" {
		keys = append(keys, sessionKey(account, spare))
	}
	args := append([]any{longest.Milliseconds()}, standingArgs(standing)...)
	floor, err := raise.Run(ctx, s.rdb, keys, args...).Int64()
	if err != nil {
		return 0, fault.Outage(err)
	}
	sids, err := s.ids(ctx, account)
	if err != nil {
		return 0, err
	}
	return s.end(ctx, account, strconv.FormatInt(floor, 10), sids)
}

// EndAllBut ends all live sessions but keep, whatever their epoch (a person's "sign out everywhere else").
func (s *Store) EndAllBut(ctx context.Context, account id.Account, keep id.Session) (int, error) {
	sids, err := s.ids(ctx, account)
	if err != nil {
		return 0, err
	}
	return s.end(ctx, account, everyEpoch, slices.DeleteFunc(sids, func(sid id.Session) bool { return sid == keep }))
}

// end ends those of sids whose epoch is below a number, or everyEpoch.
func (s *Store) end(ctx context.Context, account id.Account, below string, sids []id.Session) (int, error) {
	if len(sids) == 0 {
		return 0, nil
	}
	keys := []string{listKey(account)}
	args := []any{s.now().UnixMilli(), below}
	for _, sid := range sids {
		keys = append(keys, sessionKey(account, sid))
		args = append(args, string(sid))
	}
	n, err := end.Run(ctx, s.rdb, keys, args...).Int()
	if err != nil {
		return 0, fault.Outage(err)
	}
	return n, nil
}

// Update tells all live sessions of the account its standing; their epoch stays, and one whose epoch is later than
// standing's stays as it is. It may be repeated.
func (s *Store) Update(ctx context.Context, account id.Account, standing Standing) error {
	sids, err := s.ids(ctx, account)
	if err != nil || len(sids) == 0 {
		return err
	}
	keys := make([]string, len(sids))
	for i, sid := range sids {
		keys[i] = sessionKey(account, sid)
	}
	if err := update.Run(ctx, s.rdb, keys, standingArgs(standing)...).Err(); err != nil {
		return fault.Outage(err)
	}
	return nil
}
