package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/mac"
	"github.com/watchword/watchword/services/users/internal/password"
	"github.com/watchword/watchword/services/users/internal/picture"
)

// Store is all that core asks of the accounts' database.
type Store interface {
	Accounts
	Directory
	Rolls
	Pictures
	Communities
	Attempts
	Outbox
	Cleanup
	Leases
}

// Deps are what the use cases need; all are required.
type Deps struct {
	Store     Store
	Sessions  Sessions
	Codes     Codes
	Mails     Mails
	Limits    Limits
	Passwords Passwords
	// SealKeys seal authenticators, API keys, mailed tokens and registrations that wait, and key the hashes of backup codes.
	SealKeys secret.Keyring
	Observer Observer
	Logger   *slog.Logger
	Now      func() time.Time
	Rand     io.Reader

	Settings Settings
}

// Settings are what operators choose.
type Settings struct {
	VerifyURL    string // where mailed links to confirm or undo lead; the token is added as ?token=
	Issuer       string // the name authenticators show
	Rule         password.Rule
	Registration bool          // accounts may be made
	Conceal      bool          // nobody is told that an email has an account
	Demo         bool          // what accounts are entered by can't be changed
	Retention    time.Duration // how long a deleted account is kept; 0: for ever
}

// Core is the use cases.
type Core struct {
	Deps
	ids     id.Source
	sealers sealers
	codes   *mac.Keyed
	owner   string // this process, as a lease's owner
	totals  totals
	woken   chan id.Account
	// pictures converts uploads, within bounds that hold for the whole process.
	pictures *picture.Converter
}

type sealers struct{ totp, apiKey, token, registration *secret.Sealer }

// notInDemo refuses while the installation is a demonstration.
func (c *Core) notInDemo() error {
	if c.Settings.Demo {
		return fault.New(fault.DemoMode)
	}
	return nil
}

// New checks that nothing is missing and derives the keys.
func New(d Deps) (*Core, error) {
	switch {
	case d.Store == nil, d.Sessions == nil, d.Codes == nil, d.Mails == nil, d.Limits == nil, d.Passwords == nil,
		d.Observer == nil, d.Logger == nil, d.Now == nil, d.Rand == nil:
		return nil, errors.New("users core: a dependency is missing")
	case d.Settings.VerifyURL == "", d.Settings.Issuer == "":
		return nil, errors.New("users core: the address of mailed links or the issuer is missing")
	}
	c := &Core{Deps: d, ids: id.Source{Now: d.Now, Rand: d.Rand}, woken: make(chan id.Account, 1024), pictures: picture.NewConverter()}
	var err error
	if c.owner, err = c.ids.New(); err != nil {
		return nil, err
	}
	for purpose, sealer := range map[string]**secret.Sealer{
		SealTOTP:       &c.sealers.totp,
		SealAPIKey:     &c.sealers.apiKey,
		SealToken:      &c.sealers.token,
		"registration": &c.sealers.registration,
	} {
		if *sealer, err = secret.NewSealer(d.SealKeys, purpose, d.Rand); err != nil {
			return nil, fmt.Errorf("users core: %w", err)
		}
	}
	if c.codes, err = mac.New(d.SealKeys, HashBackupCodes); err != nil {
		return nil, fmt.Errorf("users core: %w", err)
	}
	return c, nil
}

// audit notes an event about an account, and whose session it came from (empty: from none), for whoever has to find out
// later.
func (c *Core) audit(ctx context.Context, event string, account, actor id.Account) {
	attrs := []slog.Attr{slog.String("account_id", string(account))}
	if actor != "" {
		attrs = append(attrs, slog.String("actor_id", string(actor)))
	}
	c.Logger.LogAttrs(ctx, slog.LevelInfo, event, attrs...)
}

// now is the time as it is stored: UTC, whole milliseconds.
func (c *Core) now() time.Time { return c.Now().UTC().Truncate(time.Millisecond) }
