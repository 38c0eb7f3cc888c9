package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Profile is what an account says of the person, and what it belongs to. None of it is a credential.
type Profile struct {
	FirstName, LastName string // empty: none
	Bio                 string
	// Image is the key of the picture; empty: none.
	Image              string
	TutorialFinishedAt time.Time
	Communities        []string // ids, in the order of joining
	Categories         []string // those of the communities as last indexed, sorted
	Subscription       Subscription
}

// Subscription is a plan with its period. Status is as it was computed last (usersapi's Status constants; empty: none).
type Subscription struct {
	Plan      string
	Status    string
	StartsAt  time.Time
	ExpiresAt time.Time
}

// Profile gives a live account with what it says of the person. Fault: AccountUnknown.
func (c *Core) Profile(ctx context.Context, in usersapi.GetProfile) (usersapi.Profile, error) {
	return profileOf(c.Find(ctx, in.ID, false))
}

// ProfileForAdmin is Profile, for an admin. Faults: Forbidden, AccountUnknown.
func (c *Core) ProfileForAdmin(ctx context.Context, actor Actor, account id.Account) (usersapi.Profile, error) {
	if _, err := c.admin(ctx, actor); err != nil {
		return usersapi.Profile{}, err
	}
	return c.Profile(ctx, usersapi.GetProfile{ID: account})
}

// FinishTutorial notes that the actor has finished the tutorial; the first time is kept. Fault: Unauthenticated.
func (c *Core) FinishTutorial(ctx context.Context, actor Actor) error {
	who, err := c.self(ctx, actor)
	if err != nil || !who.Profile.TutorialFinishedAt.IsZero() {
		return err
	}
	_, err = c.change(ctx, who.ID, nil, func(a *Account) error {
		a.Profile.TutorialFinishedAt = c.now()
		return nil
	})
	return err
}

// self gives the account that asks for something about itself.
func (c *Core) self(ctx context.Context, actor Actor) (Account, error) {
	return c.authorize(ctx, actor, actor.Account)
}

// profileOf words what a use case made of an account.
func profileOf(a Account, err error) (usersapi.Profile, error) {
	if err != nil {
		return usersapi.Profile{}, err
	}
	return a.profile(), nil
}

// profile is the account as the services that serve it may know it.
func (a *Account) profile() usersapi.Profile {
	p := usersapi.Profile{
		Account:          a.told(),
		FirstName:        a.Profile.FirstName,
		LastName:         a.Profile.LastName,
		Bio:              a.Profile.Bio,
		Image:            a.Profile.Image,
		TutorialFinished: !a.Profile.TutorialFinishedAt.IsZero(),
		Communities:      listed(a.Profile.Communities),
		Categories:       listed(a.Profile.Categories),
		Subscription: usersapi.Subscription{
			Plan:      a.Profile.Subscription.Plan,
			Status:    a.Profile.Subscription.Status,
			StartsAt:  given(a.Profile.Subscription.StartsAt),
			ExpiresAt: given(a.Profile.Subscription.ExpiresAt),
		},
		Authenticator: a.TOTP.Enabled,
		UpdatedAt:     a.UpdatedAt,
	}
	if p.Subscription.Status == "" {
		p.Subscription.Status = usersapi.StatusNone
	}
	return p
}

// listed is never nil, so that it is a list on the wire too.
func listed(s []string) []string { return append([]string{}, s...) }

// given is nil for a zero time.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
