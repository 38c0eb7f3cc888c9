package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

// grace is how long a subscription still counts for something past its end.
const grace = 7 * 24 * time.Hour

// Years that a period may lie in.
const (
	firstYear = 1970
	lastYear  = 9999
)

// SetSubscription is a plan with its period, which may be past.
type SetSubscription struct {
	Actor     Actor
	Account   id.Account
	Plan      string
	StartsAt  time.Time
	ExpiresAt time.Time
}

// SetSubscription stores an account's subscription, for an admin. Faults: ValueRefused, Forbidden, AccountUnknown.
func (c *Core) SetSubscription(ctx context.Context, in SetSubscription) (usersapi.Profile, error) {
	plan, err := CheckName("plan", in.Plan)
	if err != nil {
		return usersapi.Profile{}, &fault.Fault{Reason: fault.ValueRefused, Fields: fault.Of(err).Fields}
	}
	s := Subscription{Plan: plan, StartsAt: instant(in.StartsAt), ExpiresAt: instant(in.ExpiresAt)}
	for field, at := range map[string]time.Time{"startsAt": s.StartsAt, "expiresAt": s.ExpiresAt} {
		if at.Year() < firstYear || at.Year() > lastYear {
			return usersapi.Profile{}, fault.Field(fault.ValueRefused, field, fault.FieldFormat)
		}
	}
	if !s.ExpiresAt.After(s.StartsAt) {
		return usersapi.Profile{}, fault.Field(fault.ValueRefused, "expiresAt", fault.FieldFormat)
	}
	return c.changeSubscription(ctx, in.Actor, in.Account, func(Subscription) Subscription { return s })
}

// instant is a time as it is stored.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// RecalculateSubscription makes the status what the stored period says by now, for an admin. Faults: Forbidden,
// AccountUnknown.
func (c *Core) RecalculateSubscription(ctx context.Context, actor Actor, account id.Account) (usersapi.Profile, error) {
	return c.changeSubscription(ctx, actor, account, func(s Subscription) Subscription { return s })
}

// changeSubscription has fn alter the subscription, and computes its status anew.
func (c *Core) changeSubscription(ctx context.Context, actor Actor, account id.Account, fn func(Subscription) Subscription) (usersapi.Profile, error) {
	who, err := c.admin(ctx, actor)
	if err != nil {
		return usersapi.Profile{}, err
	}
	a, err := c.change(ctx, account, nil, func(a *Account) error {
		s := fn(a.Profile.Subscription)
		s.Status = s.status(c.now())
		a.Profile.Subscription = s
		return nil
	})
	if err == nil {
		c.audit(ctx, "subscription is "+a.Profile.Subscription.Status, account, who.ID)
	}
	return profileOf(a, err)
}

// status is what the period says at a time: none before it, and where there is none.
func (s Subscription) status(now time.Time) string {
	switch {
	case s.ExpiresAt.IsZero(), now.Before(s.StartsAt):
		return usersapi.StatusNone
	case now.Before(s.ExpiresAt):
		return usersapi.StatusActive
	case now.Before(s.ExpiresAt.Add(grace)):
		return usersapi.StatusGrace
	}
	return usersapi.StatusExpired
}
