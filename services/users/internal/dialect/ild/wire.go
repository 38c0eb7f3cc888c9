package ild

import (
	"time"

	ild "github.com/watchword/watchword/pkg/dialect/ild"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
)

type passwordBody struct {
	CurrentPassword secret.String `json:"currentPassword" required:"true"`
	NewPassword     secret.String `json:"newPassword" required:"true"`
	Code            string        `json:"code"`
}

type communityBody struct {
	Name       string   `json:"name" required:"true"`
	Categories []string `json:"categories"`
}

type subscriptionBody struct {
	Plan      string    `json:"plan" required:"true"`
	StartsAt  time.Time `json:"startsAt" required:"true"`
	ExpiresAt time.Time `json:"expiresAt" required:"true"`
}

// profileData is the user object with what only its owner reads.
type profileData struct {
	ild.User

	Bio *string `json:"bio"`
}

func profile(p usersapi.Profile) profileData { return profileData{ild.NewUser(p), ild.Optional(p.Bio)} }

// publicData is what anybody may know of a user.
type publicData struct {
	ID           id.Account `json:"id"`
	Username     string     `json:"username"`
	FirstName    *string    `json:"firstName"`
	LastName     *string    `json:"lastName"`
	ProfileImage *string    `json:"profileImage"`
	Communities  []string   `json:"communities"`
	CreatedAt    string     `json:"createdAt"`
}

func public(p usersapi.Profile) publicData {
	return publicData{
		ID:           p.ID,
		Username:     p.Username,
		FirstName:    ild.Optional(p.FirstName),
		LastName:     ild.Optional(p.LastName),
		ProfileImage: ild.ImagePath(p.Image),
		Communities:  p.Communities,
		CreatedAt:    ild.Time(p.CreatedAt),
	}
}

type communityData struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Categories []string `json:"categories"`
}

func community(c core.Community) communityData {
	return communityData{ID: c.ID, Name: c.Name, Categories: append([]string{}, c.Categories...)}
}
