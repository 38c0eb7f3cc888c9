package core

import (
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Lifetimes.
const (
	SessionLifetime   = 30 * 24 * time.Hour
	ChallengeLifetime = 5 * time.Minute
)

// MaxTries is how many codes a challenge takes.
const MaxTries = 5

// mailPatience is how long a request waits for mailer to take a message.
const mailPatience = 2 * time.Second

// Deps are what the use cases need; all are required.
type Deps struct {
	Factors       Factors
	Directory     Directory
	Credentials   Credentials
	Registrations Registrations
	Accounts      Accounts
	Authenticator Authenticator
	Sessions      Sessions
	Challenges    Challenges
	Attempts      Attempts
	Codes         Codes
	Mails         Mails
	Limits        Limits
	Access        AccessTokens
	Expired       ExpiredTokens
	Refreshes     RefreshTokens
	Observer      Observer
	Logger        *slog.Logger
	Now           func() time.Time
	Rand          io.Reader

	Settings Settings
}

// Settings are what operators choose.
type Settings struct {
	VerifyURL  string // where mailed links to confirm an address lead; the token is added as ?token=
	ResetURL   string
	CodeSignIn bool // a code alone may sign in where no second factor is on
	Conceal    bool // nobody is told who has an account, whatever a dialect would tell
}

// Core is the use cases.
type Core struct {
	Deps
	ids id.Source
}

// New checks that nothing is missing.
func New(d Deps) (*Core, error) {
	switch {
	case d.Factors == nil, d.Directory == nil, d.Credentials == nil, d.Registrations == nil, d.Accounts == nil,
		d.Authenticator == nil, d.Sessions == nil, d.Challenges == nil, d.Attempts == nil, d.Codes == nil,
		d.Mails == nil, d.Limits == nil, d.Access == nil, d.Expired == nil, d.Refreshes == nil,
		d.Observer == nil, d.Logger == nil, d.Now == nil, d.Rand == nil:
		return nil, errors.New("auth core: a dependency is missing")
	case d.Settings.VerifyURL == "", d.Settings.ResetURL == "":
		return nil, errors.New("auth core: the links' addresses are missing")
	}
	return &Core{Deps: d, ids: id.Source{Now: d.Now, Rand: d.Rand}}, nil
}

// Client is what is known of whoever asks.
type Client struct {
	Address string // what it counts under (limit.AddressKey)
	Agent   string // User-Agent
	Locale  string
	Device  usersapi.Device
	Dialect session.Dialect
	Policy  Policy
}
