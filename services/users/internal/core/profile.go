package core

import "time"

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
