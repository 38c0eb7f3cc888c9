package session

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
)

// Rotate decides on a refresh token of generation, in one script: see Outcome. It takes over standing where the session
// goes on; where it has ended, the session as it was comes back, as far as it is known. fault Throttled past 60 refreshes
// a minute.
func (s *Store) Rotate(ctx context.Context, account id.Account, sid id.Session, generation int64, standing Standing) (Session, Outcome, error) {
	keys := []string{sessionKey(account, sid), listKey(account), floorKey(account)}
	args := []any{s.now().UnixMilli(), string(sid), generation, Grace.Milliseconds(), s.interval, s.window}
	reply, err := rotate.Run(ctx, s.rdb, keys, append(args, standingArgs(standing)...)...).StringSlice()
	if err != nil {
		return Session{}, "", fault.Outage(err)
	}
	if len(reply)%2 == 0 {
		if len(reply) == 2 && reply[0] == "throttled" {
			return Session{}, "", throttled(reply[1])
		}
		return Session{}, "", fmt.Errorf("session %s: script answered %d values", sid, len(reply))
	}
	outcome := Outcome(reply[0])
	if len(reply) == 1 {
		return Session{ID: sid, Account: account}, outcome, nil
	}
	hash := make(map[string]string, len(reply)/2)
	for i := 1; i < len(reply); i += 2 {
		hash[reply[i]] = reply[i+1]
	}
	x, err := read(account, sid, hash)
	return x, outcome, err
}

func throttled(wait string) error {
	ms, err := strconv.ParseInt(wait, 10, 64)
	if err != nil {
		return fmt.Errorf("rotate: wait of %q", wait)
	}
	return fault.Throttle(time.Duration(ms) * time.Millisecond)
}
