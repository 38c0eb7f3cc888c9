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
	SpendBackupCode(ctx context.Context, in usersapi.SpendBackupCode) (usersapi.Done, error)
	Account(ctx context.Context, in usersapi.GetAccount) (usersapi.Account, error)
	FindByEmail(ctx context.Context, in usersapi.FindByEmail) (usersapi.Found, error)
	ConfirmEmail(ctx context.Context, in usersapi.ConfirmEmail) (usersapi.Done, error)
	DisownEmail(ctx context.Context, in usersapi.DisownEmail) (usersapi.Done, error)
	UndoEmailChange(ctx context.Context, in usersapi.UndoEmailChange) (usersapi.Done, error)
	ResetPassword(ctx context.Context, in usersapi.ResetPassword) (usersapi.Done, error)
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
	// Code is what the account's authenticator shows now.
	Code func(t *testing.T, account id.Account) string
	// Advance turns the clock on.
	Advance func(d time.Duration)
}

// Test runs the contract against the subjects that make makes.
func Test(t *testing.T, make func(t *testing.T) Subject) {
	groups := map[string]map[string]func(t *testing.T, s Subject){
		"sign-in":       signIn,
		"code sign-in":  codeSignIn,
		"second factor": secondFactor,
		"accounts":      accounts,
		"mailed tokens": mailedTokens,
	}
	for name, tests := range groups {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, make(t))
				})
			}
		})
	}
}
