package core

import (
	"slices"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Account is one account with its credentials. Times are UTC with milliseconds; a zero time is an absent one.
type Account struct {
	ID          id.Account
	Username    string // as typed
	UsernameKey string // unique: see UsernameKey
	Email       string // as typed; empty: none
	EmailKey    string // unique: see EmailKey and NoEmailKey
	// EmailVerifiedAt is when Email was proved; zero: not yet.
	EmailVerifiedAt time.Time
	// VerifiedEmail is the last address that was proved, whatever Email is now; empty: never any.
	VerifiedEmail    string
	VerifiedEmailKey string
	VerifiedEmailAt  time.Time
	Name             string
	Role             string // usersapi.RoleStandard or RoleAdmin
	Locale           string // BCP 47
	Profile          Profile
	Password         Password
	TOTP             TOTP
	BackupCodes      []BackupCode
	APIKey           APIKey
	// Epoch counts up whenever sessions must end.
	Epoch int64
	Kats  int64
	Rank  *int64 // nil until set
	// SignedInAt is the last sign-in, NoticedAt the last mail about a new device.
	SignedInAt time.Time
	NoticedAt  time.Time
	// ResetAt is the last reset by mail, UndoneAt the last undoing of an email change: see revoked.
	ResetAt  time.Time
	UndoneAt time.Time
	// UnconfirmedUntil is set while an authenticator that was never confirmed is the only way in: the account is removed
	// then.
	UnconfirmedUntil time.Time
	Outbox           []Entry
	CreatedAt        time.Time
	UpdatedAt        time.Time
	DeletedAt        time.Time
	RestoredAt       time.Time
	// Version counts visible changes.
	Version int64
}

// Failures counts wrong guesses in a row.
type Failures struct {
	Count int64
	At    time.Time // the last one
}

// Password is the hash with its budget. Without a hash (an account may have none) the budget still counts.
type Password struct {
	Hash      secret.String
	ChangedAt time.Time
	Failures  Failures
}

// TOTP is the account's authenticator. A second factor is asked for while both Enabled and Required are true.
type TOTP struct {
	Enabled   bool
	Required  bool
	Secret    []byte // sealed for the account
	Algorithm string
	LastStep  int64 // the time step accepted last
	Failures  Failures
	Pending   Pending
}

// Pending is an authenticator that waits for its first code until PendingLifetime after At.
type Pending struct {
	Secret    []byte // sealed for the account
	Algorithm string
	At        time.Time
}

// BackupCode is one code that stands in for the second factor once.
type BackupCode struct {
	Hash   string
	UsedAt time.Time
}

// APIKey is kept twice: hashed, to find the account by, and sealed, to be shown again to its owner.
type APIKey struct {
	Hash   string
	Sealed []byte
}

// PendingLifetime is how long an authenticator may stay unconfirmed.
const PendingLifetime = 10 * time.Minute

// Deleted tells whether the account is soft-deleted.
func (a *Account) Deleted() bool { return !a.DeletedAt.IsZero() }

// EmailVerified tells whether the email it has now was proved.
func (a *Account) EmailVerified() bool { return !a.EmailVerifiedAt.IsZero() }

// SecondFactor tells whether a second factor is on.
func (a *Account) SecondFactor() bool { return a.TOTP.Enabled && a.TOTP.Required }

// MailAddress is where resets and notices go; empty: nowhere.
func (a *Account) MailAddress() string {
	if a.VerifiedEmail != "" {
		return a.VerifiedEmail
	}
	return a.Email
}

func (a *Account) mailKey() string {
	if a.VerifiedEmail != "" {
		return a.VerifiedEmailKey
	}
	return a.EmailKey
}

// hasOtherWayIn tells whether the account can be entered or recovered without its authenticator.
func (a *Account) hasOtherWayIn() bool { return !a.Password.Hash.Empty() || a.MailAddress() != "" }

// lapsed tells whether the account waited in vain for its authenticator to be confirmed.
func (a *Account) lapsed(now time.Time) bool {
	return !a.UnconfirmedUntil.IsZero() && !now.Before(a.UnconfirmedUntil)
}

// revoked tells whether a mailed token is worth nothing any more because of when it was issued: one to confirm an address,
// since the last reset, which may have been made against whoever set the address; one to undo a change, since the last undo.
func (a *Account) revoked(p code.Purpose, issued time.Time) bool {
	var since time.Time
	switch p {
	case code.Verify:
		since = a.ResetAt
	case code.Undo:
		since = a.UndoneAt
	}
	return !since.IsZero() && !issued.After(since)
}

// rename gives a new account another username, in its mail too.
func (a *Account) rename(username string) {
	a.Username, a.UsernameKey = username, UsernameKey(username)
	for _, e := range a.Outbox {
		e.Data["username"] = username
	}
}

func (a *Account) clone() Account {
	c := *a
	c.BackupCodes = slices.Clone(a.BackupCodes)
	c.Outbox = slices.Clone(a.Outbox)
	c.Profile.Communities = slices.Clone(a.Profile.Communities)
	c.Profile.Categories = slices.Clone(a.Profile.Categories)
	return c
}

func (a *Account) standing(epoch int64) session.Standing {
	return session.Standing{Epoch: epoch, Role: a.Role, Email: a.Email, EmailVerified: a.EmailVerified()}
}

// told is what auth may know of the account.
func (a *Account) told() usersapi.Account {
	return usersapi.Account{
		ID:            a.ID,
		Username:      a.Username,
		Name:          a.Name,
		Email:         a.Email,
		EmailVerified: a.EmailVerified(),
		MailAddress:   a.MailAddress(),
		Role:          a.Role,
		Epoch:         a.Epoch,
		SecondFactor:  a.SecondFactor(),
		Locale:        a.Locale,
		CreatedAt:     a.CreatedAt,
	}
}
