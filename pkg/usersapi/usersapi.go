// Package usersapi is the contract of users' internal API: paths, requests and results. It holds no behaviour.
//
// Every operation is a POST with a JSON body to users' internal listener and needs a service token (pkg/rpc). Refusals
// are faults (pkg/fault), carried whole. No operation ever answers a hash, and a secret only to the account's owner: the API
// key, a new authenticator, backup codes once.
package usersapi

import (
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
)

// Paths of the operations.
const (
	PathSignIn          = "/internal/v1/sign-in"
	PathCodeSignIn      = "/internal/v1/sign-in/code"
	PathSecondFactor    = "/internal/v1/second-factor"
	PathAccount         = "/internal/v1/accounts/get"
	PathFindByEmail     = "/internal/v1/accounts/find-by-email"
	PathConfirmEmail    = "/internal/v1/email/confirm"
	PathDisownEmail     = "/internal/v1/email/disown"
	PathUndoEmailChange = "/internal/v1/email/undo-change"
	PathResetPassword   = "/internal/v1/password/reset"

	PathPrepare       = "/internal/v1/registrations/prepare"
	PathCommit        = "/internal/v1/registrations/commit"
	PathCreate        = "/internal/v1/accounts/create"
	PathDelete        = "/internal/v1/accounts/delete"
	PathProfile       = "/internal/v1/accounts/profile"
	PathFindByAPIKey  = "/internal/v1/accounts/find-by-api-key"
	PathChange        = "/internal/v1/accounts/change"
	PathShowAPIKey    = "/internal/v1/api-key/show"
	PathReplaceAPIKey = "/internal/v1/api-key/replace"
	PathEnrol         = "/internal/v1/authenticator/enrol"
	PathConfirmFactor = "/internal/v1/authenticator/confirm"
	PathRemoveFactor  = "/internal/v1/authenticator/remove"
	PathRecover       = "/internal/v1/authenticator/recover"
)

// Roles of an account.
const (
	RoleStandard = "standard"
	RoleAdmin    = "admin"
)

// Account is what auth may know of a live account. A soft-deleted account is answered as an unknown one.
type Account struct {
	ID            id.Account `json:"id"`
	Username      string     `json:"username"`
	Name          string     `json:"name"`
	Email         string     `json:"email,omitempty"` // empty: none
	EmailVerified bool       `json:"emailVerified"`
	// MailAddress is where resets and notices go: the last verified address, else Email; empty: nowhere.
	MailAddress string `json:"mailAddress,omitempty"`
	Role        string `json:"role"`
	// Epoch counts up whenever sessions must end; a session of an earlier epoch is dead.
	Epoch int64 `json:"epoch"`
	// SecondFactor is on: an authenticator is enabled and required.
	SecondFactor bool      `json:"secondFactor"`
	Locale       string    `json:"locale"`
	CreatedAt    time.Time `json:"createdAt"`
}

// Login is what a person typed to say who they are: exactly one of the two.
type Login struct {
	Username string `json:"username,omitempty"`
	Email    string `json:"email,omitempty"`
}

// Device is the known-device cookie's content, verified by auth; zero: no such cookie, a new device. It authenticates
// nothing; it keeps a budget of wrong passwords of its own for the accounts that signed in on it before.
type Device struct {
	ID       string       `json:"id,omitempty"`
	Accounts []id.Account `json:"accounts,omitempty"`
}

// SignIn proves an account's first factor by its password, and the second by Code where one is on.
//
// Faults: credentials_wrong (unknown, deleted, without a password, or a wrong one: the same work for all),
// code_wrong (the password fits, the code does not), email_not_verified (Pending's password fits), account_not_found
// (TellUnknown only), factor_locked, throttled, overloaded, unavailable.
type SignIn struct {
	Login    Login  `json:"login"`
	Password Secret `json:"password"`
	Code     string `json:"code,omitempty"` // empty: not given; ignored while no second factor is on
	Device   Device `json:"device"`
	// Pending is the newest registration of that name that waits for its link, as Prepare sealed it; it is looked at only
	// where no live account has the name, and then the password is compared with its own. Empty: none.
	Pending string `json:"pending,omitempty"`
	// TellUnknown: a name that no account has is answered as account_not_found, after the same work.
	TellUnknown bool `json:"tellUnknown,omitempty"`
}

// CodeSignIn proves an account by a code of its authenticator alone; refused as credentials_wrong while a second factor
// is on (the code is neither spent nor counted) and where no authenticator is enabled.
type CodeSignIn struct {
	Login  Login  `json:"login"`
	Code   string `json:"code"`
	Device Device `json:"device"`
}

// SecondFactor proves the second factor of an account whose first one a challenge vouches for. Login must name the
// account, else credentials_wrong; Epoch must be the account's, else challenge_invalid. Faults: code_wrong,
// factor_locked, throttled.
type SecondFactor struct {
	Account id.Account `json:"account"`
	Epoch   int64      `json:"epoch"`
	Login   *Login     `json:"login,omitempty"`
	Code    string     `json:"code"`
	Device  Device     `json:"device"`
}

// SignedIn is the result of SignIn, CodeSignIn, SecondFactor and Recover.
type SignedIn struct {
	Account Account `json:"account"`
	// AMR are the methods proved (RFC 8176): "pwd", "otp", and "mfa" where both were.
	AMR []string `json:"amr"`
	// CodeNeeded: the password fits, a second factor is on, and no code was given. No session may be made.
	CodeNeeded bool `json:"codeNeeded"`
}

// GetAccount asks for a live account; account_not_found otherwise.
type GetAccount struct {
	ID id.Account `json:"id"`
}

// FindByEmail looks for the live account that mail for an address belongs to: the one that proved it, else the one that
// carries it. Found nil: none. Faults: email_malformed.
type FindByEmail struct {
	Email string `json:"email"`
}

// Found is the result of FindByEmail and FindByAPIKey.
type Found struct {
	Account *Account `json:"account"`
}

// ConfirmEmail marks Address, the account's email now, as verified; link_invalid where the account has another one, it is
// verified already, or the password was reset since Issued, the time of the mailed token.
type ConfirmEmail struct {
	ID      id.Account `json:"id"`
	Address string     `json:"address"`
	Issued  time.Time  `json:"issued"`
}

// DisownEmail takes Address off the account ("this was not me") and ends all its sessions. The last verified address,
// where there is another, takes its place. link_invalid where the account's email is another one.
type DisownEmail struct {
	ID      id.Account `json:"id"`
	Address string     `json:"address"`
}

// UndoEmailChange restores Address, verified before, as the account's verified email and ends all its sessions.
// link_invalid where it is the email already or a change was undone since Issued, the time of the mailed token; email_taken
// where another account has it by now.
type UndoEmailChange struct {
	ID      id.Account `json:"id"`
	Address string     `json:"address"`
	Issued  time.Time  `json:"issued"`
}

// ResetPassword sets a password by mail. Epoch and Address are those at the time the mailed token was made: where the
// account's epoch or mail address is another one by now the answer is link_invalid, so the account itself makes the
// token single-use. Ends all sessions, replaces the API key, removes an authenticator that is not required, and heals
// an account whose address was never verified (CONTRACT, Healing); the address counts as verified afterwards where it
// is the account's email. Faults beside link_invalid: password_refused, demo_mode, overloaded; they change nothing.
type ResetPassword struct {
	ID       id.Account `json:"id"`
	Epoch    int64      `json:"epoch"`
	Address  string     `json:"address"`
	Password Secret     `json:"password"`
}

// Done is the result of operations that answer the account as it is now.
type Done struct {
	Account Account `json:"account"`
}

// Secret is a secret that goes over the wire between services; it prints as [redacted] everywhere else.
type Secret = secret.Wire
