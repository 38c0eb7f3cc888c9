package usersapi

import "github.com/watchword/watchword/pkg/id"

// Prepare checks a registration that is to wait for its link, and hashes its password. Nothing is stored: the result is
// sealed under a key of users' own, so that only Commit and SignIn can read it.
//
// Faults: as Create's, but that nothing is said of a taken email while accounts are concealed (see Prepared.Owner).
type Prepare struct {
	Username string `json:"username"`
	Email    string `json:"email"`
	Password Secret `json:"password"`
	Locale   string `json:"locale"`
	Address  string `json:"address"` // what the client counts under
}

// Prepared is Prepare's result.
type Prepared struct {
	Registration string `json:"registration"` // sealed; up to 2 KiB of base64url
	UsernameKey  string `json:"usernameKey"`  // the normalised names, for those who ask for them
	EmailKey     string `json:"emailKey"`
	// Owner is the account that has the email already, where accounts are concealed: it is to be told by mail, and nobody
	// else anything. Its MailAddress is that email, proved or not, and empty where there is nobody to tell. Registration is
	// empty then. nil: none.
	Owner *Account `json:"owner,omitempty"`
}

// Commit makes the account that Prepare drafted, with its email verified. Faults: username_taken, email_taken,
// credentials_wrong (Password is asked for and does not fit), link_invalid (not what Prepare sealed).
type Commit struct {
	Registration string `json:"registration"`
	// NeedPassword: whoever confirms must know the registration's password.
	NeedPassword bool   `json:"needPassword,omitempty"`
	Password     Secret `json:"password"` // empty: not given
}

// Create makes an account at once, and mails a link to confirm its email. Faults: malformed, username_refused,
// name_refused, email_malformed, password_refused (Fields names all that is wrong, whatever the reason), username_taken
// or email_taken (Fields names both where both are), registration_closed, throttled, overloaded. While accounts are
// concealed a taken email is answered as a success, with an account that is nowhere, and its owner is told by mail.
type Create struct {
	Username string `json:"username"`
	// MakeUsername: there is none; one is made of Email's local part.
	MakeUsername bool `json:"makeUsername,omitempty"`

	Email     string `json:"email"`
	Password  Secret `json:"password"`
	FirstName string `json:"firstName,omitempty"` // empty: none
	LastName  string `json:"lastName,omitempty"`
	Locale    string `json:"locale"`
	Address   string `json:"address"` // what the client counts under
	// WhileEmpty: the very first account may be made although registration is closed.
	WhileEmpty bool `json:"whileEmpty,omitempty"`
}

// Actor is the signed-in person who asks for a change of their own account.
type Actor struct {
	Account id.Account `json:"account"`
	Session id.Session `json:"session"` // spared where a change ends sessions; empty: none
}

// Delete soft-deletes the actor's account. Faults: account_not_found, last_admin, throttled.
type Delete struct {
	Actor Actor `json:"actor"`
}
