package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
)

// MaxKats bounds an account's kats, so that every client can hold them in a JSON number.
const MaxKats = 1<<53 - 1

// Standing is a change of an account's place in the community.
type Standing struct {
	Actor     Actor
	Account   id.Account
	Kats      int64  // added
	SetRank   bool   // Rank replaces the rank
	Rank      *int64 // nil: unranked
	IfVersion *int64
}

// SetStanding adds to an account's kats and sets its rank, for an admin. The kats never fall below 0: fault Malformed,
// and nothing changes. Faults besides: Forbidden, AccountUnknown, VersionConflict.
func (c *Core) SetStanding(ctx context.Context, in Standing) (Account, error) {
	if in.Kats > MaxKats || in.Kats < -MaxKats {
		return Account{}, fault.Field(fault.Malformed, "kats", fault.FieldFormat)
	}
	if in.Rank != nil && (*in.Rank < 0 || *in.Rank > MaxKats) {
		return Account{}, fault.Field(fault.Malformed, "rank", fault.FieldFormat)
	}
	if _, err := c.admin(ctx, in.Actor); err != nil {
		return Account{}, err
	}
	change := KatsChange{Delta: in.Kats, Max: MaxKats, SetRank: in.SetRank, Rank: in.Rank}
	a, ok, err := c.Store.AddKats(ctx, in.Account, change, in.IfVersion, c.now())
	if err == nil && !ok {
		err = fault.Field(fault.ValueRefused, "kats", "out_of_bounds")
	}
	if err == nil {
		c.audit(ctx, "standing changed", in.Account, in.Actor.Account)
	}
	return a, err
}
