package ild

import (
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

// User is the user object. What an account has not is null; its lists are never null.
type User struct {
	ID               id.Account   `json:"id"`
	Email            *string      `json:"email"`
	FirstName        *string      `json:"firstName"`
	LastName         *string      `json:"lastName"`
	Name             string       `json:"name"`
	Username         string       `json:"username"`
	Role             string       `json:"role"`
	ProfileImage     *string      `json:"profileImage"` // the path of the stream
	EmailVerified    bool         `json:"emailVerified"`
	TutorialFinished bool         `json:"tutorialFinished"`
	Communities      []string     `json:"communities"`
	Categories       []string     `json:"categories"`
	Subscription     Subscription `json:"subscription"`
	CreatedAt        string       `json:"createdAt"`
	UpdatedAt        string       `json:"updatedAt"`
}

// Subscription is a user's.
type Subscription struct {
	Plan      *string `json:"plan"`
	Status    string  `json:"status"`
	ExpiresAt *string `json:"expiresAt"`
}

// NewUser words an account as the user object.
func NewUser(p usersapi.Profile) User {
	u := User{
		ID:               p.ID,
		Email:            Optional(p.Email),
		FirstName:        Optional(p.FirstName),
		LastName:         Optional(p.LastName),
		Name:             p.Name,
		Username:         p.Username,
		Role:             p.Role,
		ProfileImage:     ImagePath(p.Image),
		EmailVerified:    p.EmailVerified,
		TutorialFinished: p.TutorialFinished,
		Communities:      p.Communities,
		Categories:       p.Categories,
		Subscription:     Subscription{Plan: Optional(p.Subscription.Plan), Status: p.Subscription.Status},
		CreatedAt:        Time(p.CreatedAt),
		UpdatedAt:        Time(p.UpdatedAt),
	}
	if at := p.Subscription.ExpiresAt; at != nil {
		text := Time(*at)
		u.Subscription.ExpiresAt = &text
	}
	return u
}

// ImagePath is where the picture of a key is streamed from; nil where the key is empty.
func ImagePath(key string) *string {
	if key == "" {
		return nil
	}
	return Optional("/user/profile/stream/" + key)
}

// Optional is nil for an empty text.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Time writes t as the dialect does: ISO 8601 in UTC with milliseconds.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
