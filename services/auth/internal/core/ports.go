package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Factors asks users whether what somebody sent proves who they are. See usersapi for the faults.
type Factors interface {
	SignIn(ctx context.Context, in usersapi.SignIn) (usersapi.SignedIn, error)
	CodeSignIn(ctx context.Context, in usersapi.CodeSignIn) (usersapi.SignedIn, error)
	SecondFactor(ctx context.Context, in usersapi.SecondFactor) (usersapi.SignedIn, error)
}

// Directory looks accounts up in users.
type Directory interface {
	Account(ctx context.Context, in usersapi.GetAccount) (usersapi.Account, error)
	FindByEmail(ctx context.Context, in usersapi.FindByEmail) (usersapi.Found, error)
}

// Credentials changes accounts in users on the strength of a mailed token; each change is conditional on the account's
// state, so that a token works once.
type Credentials interface {
	ConfirmEmail(ctx context.Context, in usersapi.ConfirmEmail) (usersapi.Done, error)
	DisownEmail(ctx context.Context, in usersapi.DisownEmail) (usersapi.Done, error)
	UndoEmailChange(ctx context.Context, in usersapi.UndoEmailChange) (usersapi.Done, error)
	ResetPassword(ctx context.Context, in usersapi.ResetPassword) (usersapi.Done, error)
}

// Registrations makes accounts in users: at once, or in two steps with a mailed link between them.
type Registrations interface {
	Create(ctx context.Context, in usersapi.Create) (usersapi.Profile, error)
	Prepare(ctx context.Context, in usersapi.Prepare) (usersapi.Prepared, error)
	Commit(ctx context.Context, in usersapi.Commit) (usersapi.Done, error)
}

// Accounts is what the owner of an account may ask of users. See usersapi for the faults.
type Accounts interface {
	Profile(ctx context.Context, in usersapi.GetProfile) (usersapi.Profile, error)
	FindByAPIKey(ctx context.Context, in usersapi.FindByAPIKey) (usersapi.Found, error)
	Delete(ctx context.Context, in usersapi.Delete) (usersapi.Done, error)
	Change(ctx context.Context, in usersapi.Change) (usersapi.Done, error)
	ShowAPIKey(ctx context.Context, in usersapi.ShowAPIKey) (usersapi.APIKey, error)
	ReplaceAPIKey(ctx context.Context, in usersapi.ReplaceAPIKey) (usersapi.APIKey, error)
	Enrol(ctx context.Context, in usersapi.Enrol) (usersapi.Enrolled, error)
	ConfirmFactor(ctx context.Context, in usersapi.ConfirmFactor) (usersapi.BackupCodes, error)
	RemoveFactor(ctx context.Context, in usersapi.RemoveFactor) (usersapi.Done, error)
	Recover(ctx context.Context, in usersapi.Recover) (usersapi.SignedIn, error)
}

// Attempts keeps registrations that wait for their link, several for one name side by side.
type Attempts interface {
	// Put keeps a under its token until it lapses.
	Put(ctx context.Context, token secret.String, a Attempt) error
	// Find gives one that has not lapsed; fault LinkInvalid otherwise.
	Find(ctx context.Context, token secret.String) (Attempt, error)
	// Newest gives the one made last, of those that wait, under a name; zero: none waits. It takes the same steps then.
	Newest(ctx context.Context, login usersapi.Login) (Attempt, error)
	// Alone tells whether a is the only one that waits for its address; false where that is not certain.
	Alone(ctx context.Context, token secret.String, a Attempt) (bool, error)
	// Drop forgets one; one that is gone already is no error.
	Drop(ctx context.Context, token secret.String, a Attempt) error
}

// Authenticator tells of a Bearer token whose it is (session.Authenticator); fault Unauthenticated.
type Authenticator interface {
	Authenticate(ctx context.Context, bearer string) (session.Principal, error)
}

// Sessions keeps signed-in devices (session.Store).
type Sessions interface {
	Find(ctx context.Context, account id.Account, sid id.Session) (session.Session, error)
	Create(ctx context.Context, x session.Session) error
	Rotate(ctx context.Context, account id.Account, sid id.Session, generation int64, standing session.Standing) (session.Session, session.Outcome, error)
	End(ctx context.Context, account id.Account, sid id.Session) (bool, error)
	EndAllBut(ctx context.Context, account id.Account, keep id.Session) (int, error)
	List(ctx context.Context, account id.Account) ([]session.Session, error)
}

// Challenges keeps proved first factors until the second one comes.
type Challenges interface {
	// Put keeps c under its token until it expires.
	Put(ctx context.Context, token secret.String, c Challenge) error
	// Try counts a try and gives the challenge; fault ChallengeInvalid for one that is unknown, lapsed, or has had
	// MaxTries.
	Try(ctx context.Context, token secret.String) (Challenge, error)
	// Spend removes it; false where it was gone already.
	Spend(ctx context.Context, token secret.String) (bool, error)
}

// Codes keeps the tokens that mails carry (code.Store).
type Codes interface {
	Put(ctx context.Context, token secret.String, r code.Record) error
	Find(ctx context.Context, token secret.String) (code.Record, error)
	Drop(ctx context.Context, token secret.String) error
	Revoke(ctx context.Context, p code.Purpose, account id.Account) error
}

// Mails hands messages to mailer; no error means that it has them.
type Mails interface {
	Send(ctx context.Context, m mailapi.Message) (mailapi.Accepted, error)
}

// Limits counts what a client may ask for (limit.Limiter).
type Limits interface {
	Take(ctx context.Context, rule limit.Rule, key string) error
}

// AccessTokens signs access tokens (token.Minter).
type AccessTokens interface {
	Mint(a token.Access, expires time.Time) (secret.String, token.Access, error)
}

// ExpiredTokens reads an access token whatever its expiry (token.Verifier).
type ExpiredTokens interface {
	VerifyExpired(ctx context.Context, text string) (token.Access, error)
}

// RefreshTokens signs and reads refresh tokens (token.RefreshCodec).
type RefreshTokens interface {
	Sign(r token.Refresh) (secret.String, error)
	Verify(text string) (token.Refresh, error)
}

// Observer is told what happened, for metrics.
type Observer interface {
	SignIn(method, outcome string)
	Refresh(outcome string)
	SessionEnded(reason string)
}
