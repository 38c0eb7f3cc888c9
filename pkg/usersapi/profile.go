package usersapi

import (
	"time"

	"github.com/watchword/watchword/pkg/id"
)

// Profile is a live account with what it says of the person. No hash and no secret.
type Profile struct {
	Account

	FirstName        string       `json:"firstName,omitempty"`
	LastName         string       `json:"lastName,omitempty"`
	Bio              string       `json:"bio,omitempty"`
	Image            string       `json:"image,omitempty"` // the key of the picture; empty: none
	TutorialFinished bool         `json:"tutorialFinished"`
	Communities      []string     `json:"communities"` // ids
	Categories       []string     `json:"categories"`
	Subscription     Subscription `json:"subscription"`
	// Authenticator tells whether one is enabled, required or not.
	Authenticator bool      `json:"authenticator"`
	UpdatedAt     time.Time `json:"updatedAt"`
}

// Subscription is what an account pays for.
type Subscription struct {
	Plan      string     `json:"plan,omitempty"`
	Status    string     `json:"status"` // see the Status constants
	StartsAt  *time.Time `json:"startsAt,omitempty"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty"`
}

// States of a subscription: grace is the 7 days past its end.
const (
	StatusNone    = "none"
	StatusActive  = "active"
	StatusGrace   = "grace"
	StatusExpired = "expired"
)

// GetProfile asks for a live account; account_not_found otherwise.
type GetProfile struct {
	ID id.Account `json:"id"`
}
