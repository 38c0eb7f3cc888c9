// Package userscontract is what usersapi promises, as tests: the fake, the client over it, and the users service pass the
// same ones.
package userscontract

import (
	"context"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Users is the whole internal API, as a caller has it.
type Users interface {
	SignIn(ctx context.Context, in usersapi.SignIn) (usersapi.SignedIn, error)
	CodeSignIn(ctx context.Context, in usersapi.CodeSignIn) (usersapi.SignedIn, error)
	SecondFactor(ctx context.Context, in usersapi.SecondFactor) (usersapi.SignedIn, error)
	Account(ctx context.Context, in usersapi.GetAccount) (usersapi.Account, error)
	FindByEmail(ctx context.Context, in usersapi.FindByEmail) (usersapi.Found, error)
	ConfirmEmail(ctx context.Context, in usersapi.ConfirmEmail) (usersapi.Done, error)
	DisownEmail(ctx context.Context, in usersapi.DisownEmail) (usersapi.Done, error)
	UndoEmailChange(ctx context.Context, in usersapi.UndoEmailChange) (usersapi.Done, error)
	ResetPassword(ctx context.Context, in usersapi.ResetPassword) (usersapi.Done, error)
	Create(ctx context.Context, in usersapi.Create) (usersapi.Profile, error)
	Prepare(ctx context.Context, in usersapi.Prepare) (usersapi.Prepared, error)
	Commit(ctx context.Context, in usersapi.Commit) (usersapi.Done, error)
	Delete(ctx context.Context, in usersapi.Delete) (usersapi.Done, error)
	Change(ctx context.Context, in usersapi.Change) (usersapi.Done, error)
	ReplaceAPIKey(ctx context.Context, in usersapi.ReplaceAPIKey) (usersapi.APIKey, error)
	Enrol(ctx context.Context, in usersapi.Enrol) (usersapi.Enrolled, error)
	ConfirmFactor(ctx context.Context, in usersapi.ConfirmFactor) (usersapi.BackupCodes, error)
	RemoveFactor(ctx context.Context, in usersapi.RemoveFactor) (usersapi.Done, error)
	Recover(ctx context.Context, in usersapi.Recover) (usersapi.SignedIn, error)
	Profile(ctx context.Context, in usersapi.GetProfile) (usersapi.Profile, error)
	FindByAPIKey(ctx context.Context, in usersapi.FindByAPIKey) (usersapi.Found, error)
	ShowAPIKey(ctx context.Context, in usersapi.ShowAPIKey) (usersapi.APIKey, error)
}

// Factor is what an account's authenticator is good for.
type Factor int

// The factors: Optional is enabled and a way in by itself, Required a second factor.
const (
	None Factor = iota
	Optional
	Required
)

// Person is an account that a test wants there. Password, Email and BackupCodes may be empty.
type Person struct {
	Username, Email, Password string
	Verified                  bool // the email
	Factor                    Factor
	BackupCodes               []string
	Admin                     bool
}

// Settings are users' own that the API shows.
type Settings struct {
	Conceal bool // nobody is told that an email has an account
	Demo    bool // credentials can't be changed
	Closed  bool // no registration
}

// Subject is an implementation and the strings it hangs on. Each test has its own, without accounts.
type Subject struct {
	Users Users
	// Add makes a live account.
	Add func(t *testing.T, p Person) usersapi.Account
	// SetEmail changes an account's email as its owner would: unverified from then on.
	SetEmail func(t *testing.T, account id.Account, email string)
	// Delete deletes an account softly.
	Delete func(t *testing.T, account id.Account)
	// Code is what the account's authenticator shows now, enabled or waiting.
	Code func(t *testing.T, account id.Account) string
	// Advance turns the clock on.
	Advance func(d time.Duration)
}

// Test runs the contract against the subjects that make makes.
func Test(t *testing.T, make func(t *testing.T, with Settings) Subject) {
	groups := []struct {
		name  string
		with  Settings
		tests map[string]func(t *testing.T, s Subject)
	}{
		{"sign-in", Settings{}, signIn},
		{"code sign-in", Settings{}, codeSignIn},
		{"second factor", Settings{}, secondFactor},
		{"accounts", Settings{}, accounts},
		{"mailed tokens", Settings{}, mailedTokens},
		{"registration", Settings{}, registration},
		{"closed registration", Settings{Closed: true}, closedRegistration},
		{"concealed accounts", Settings{Conceal: true}, concealed},
		{"changes", Settings{}, changes},
		{"enrolment", Settings{}, enrolment},
		{"demonstration", Settings{Demo: true}, demonstration},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for name, test := range g.tests {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, make(t, g.with))
				})
			}
		})
	}
}
