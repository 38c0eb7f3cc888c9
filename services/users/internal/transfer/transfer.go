// Package transfer carries accounts between installations, as lines of NDJSON, and in from other systems, out of dumps of
// their MongoDB collections.
//
// A line (see line) holds all that an account is, or a community that accounts have joined. Passwords and backup codes stay hashed, so whoever takes them needs the
// keys that they were hashed with, and a line says which; authenticators, API keys and mailed tokens are sealed under a key
// made for the purpose. Nothing that is there already is ever changed, so an import that was cut short is run again.
package transfer

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/mac"
)

// Accounts is the accounts' database (mongo.Store). Its errors are outages.
type Accounts interface {
	// Walk gives fn every account, deleted ones too, by id; an error of fn's ends it and is given back.
	Walk(ctx context.Context, fn func(a core.Account) error) error
	// Known tells what would become of accounts if they were added, each by itself.
	Known(ctx context.Context, accounts []core.Account) ([]core.Arrival, error)
	// InsertAll adds accounts, and changes none that is there.
	InsertAll(ctx context.Context, accounts []core.Account) ([]core.Arrival, error)

	// Picture gives one; fault ImageUnknown.
	Picture(ctx context.Context, key string) (core.Picture, error)
	// KeepPicture adds one, unless it is there.
	KeepPicture(ctx context.Context, p core.Picture) error
	// CommunitiesAfter gives at most limit with a greater id, by id.
	CommunitiesAfter(ctx context.Context, after string, limit int64) ([]core.Community, error)
	// KeepCommunity adds one, unless it is there.
	KeepCommunity(ctx context.Context, c core.Community) error
}

// Deps are what a Transfer needs; all are required but TransferKeys, which dumps of other systems do without.
type Deps struct {
	Accounts Accounts
	// SealKeys and PepperKeys are those of the installation: the first seals and hashes, all are known.
	SealKeys, PepperKeys secret.Keyring
	// TransferKeys seal what travels: the first seals, all open.
	TransferKeys secret.Keyring
	Now          func() time.Time
	Rand         io.Reader
	// Refused and Noted are told, as it happens, of a row that is left out, and of one that comes without something.
	Refused, Noted func(r Row, why string)
	// Done is told of each row that is dealt with, for a display.
	Done func()
}

// Row names what a report is about.
type Row struct {
	Number int    // its line, or its place in a dump; from 1
	Name   string // the username, as far as it could be read
}

// ErrNoKey says that the key for what travels is missing.
var ErrNoKey = errors.New("transfer: the key for what travels is missing")

// Transfer imports and exports.
type Transfer struct {
	deps    Deps
	ours    *seals // as they are stored here
	travels *seals // as they are written; nil without a key
	codes   *mac.Keyed
	peppers checks
	macs    checks
}

// New checks that nothing is missing and derives the keys.
func New(d Deps) (*Transfer, error) {
	switch {
	case d.Accounts == nil, d.Now == nil, d.Rand == nil, d.Refused == nil, d.Noted == nil, d.Done == nil:
		return nil, errors.New("transfer: a dependency is missing")
	case d.SealKeys.Empty(), d.PepperKeys.Empty():
		return nil, errors.New("transfer: the installation's keys are missing")
	}
	t := &Transfer{deps: d}
	var err error
	if t.ours, err = newSeals(d.SealKeys, "", d.Rand); err != nil {
		return nil, err
	}
	if !d.TransferKeys.Empty() {
		if t.travels, err = newSeals(d.TransferKeys, "transfer ", d.Rand); err != nil {
			return nil, err
		}
	}
	if t.codes, err = mac.New(d.SealKeys, core.HashBackupCodes); err != nil {
		return nil, err
	}
	if t.peppers, err = newChecks(d.PepperKeys); err != nil {
		return nil, err
	}
	t.macs, err = newChecks(d.SealKeys)
	return t, err
}
