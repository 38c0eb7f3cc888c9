package mongo

import (
	"time"

	"github.com/watchword/watchword/services/users/internal/core"
)

// profile is the part of a document that is about the person.
type profile struct {
	FirstName          string        `bson:"firstName,omitempty"`
	LastName           string        `bson:"lastName,omitempty"`
	Bio                string        `bson:"bio,omitempty"`
	Image              string        `bson:"image,omitempty"`
	TutorialFinishedAt *time.Time    `bson:"tutorialFinishedAt,omitempty"`
	Communities        []string      `bson:"communities,omitempty"`
	Categories         []string      `bson:"categories,omitempty"`
	Subscription       *subscription `bson:"subscription,omitempty"`
}

type subscription struct {
	Plan      string     `bson:"plan"`
	Status    string     `bson:"status"`
	StartsAt  *time.Time `bson:"startsAt,omitempty"`
	ExpiresAt *time.Time `bson:"expiresAt,omitempty"`
}

func toProfile(p core.Profile) profile {
	d := profile{
		FirstName:          p.FirstName,
		LastName:           p.LastName,
		Bio:                p.Bio,
		Image:              p.Image,
		TutorialFinishedAt: when(p.TutorialFinishedAt),
		Communities:        p.Communities,
		Categories:         p.Categories,
	}
	if s := p.Subscription; s != (core.Subscription{}) {
		d.Subscription = &subscription{Plan: s.Plan, Status: s.Status, StartsAt: when(s.StartsAt), ExpiresAt: when(s.ExpiresAt)}
	}
	return d
}

func (d profile) profile() core.Profile {
	p := core.Profile{
		FirstName:          d.FirstName,
		LastName:           d.LastName,
		Bio:                d.Bio,
		Image:              d.Image,
		TutorialFinishedAt: at(d.TutorialFinishedAt),
		Communities:        d.Communities,
		Categories:         d.Categories,
	}
	if s := d.Subscription; s != nil {
		p.Subscription = core.Subscription{Plan: s.Plan, Status: s.Status, StartsAt: at(s.StartsAt), ExpiresAt: at(s.ExpiresAt)}
	}
	return p
}
