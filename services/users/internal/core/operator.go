package core

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
)

// OperatorDeps are what an Operator needs; all are required.
type OperatorDeps struct {
	Store  Accounts
	Logger *slog.Logger
	Now    func() time.Time
	Rand   io.Reader
}

// Operator is what somebody may do who has the database and no session. It relays nothing itself: the service, which may
// run beside it, finds what it leaves in the outbox.
type Operator struct {
	store Accounts
	core  *Core // with what entries and audit need, and no more
}

// NewOperator checks that nothing is missing.
func NewOperator(d OperatorDeps) (*Operator, error) {
	if d.Store == nil || d.Logger == nil || d.Now == nil || d.Rand == nil {
		return nil, errors.New("users core: a dependency of an operator is missing")
	}
	return &Operator{store: d.Store, core: &Core{
		Deps: Deps{Logger: d.Logger, Now: d.Now, Rand: d.Rand},
		ids:  id.Source{Now: d.Now, Rand: d.Rand},
	}}, nil
}

// DisableFactor is Operator.DisableFactor's; all members are required.
type DisableFactor struct {
	Username string
	By       string // who does it
	Reason   string
}

// DisableFactor takes the authenticator and the backup codes of a live account away, for somebody who has lost both, has its
// owner told by mail, and logs who did it and why. Its sessions go on. Faults: Malformed, AccountUnknown,
// AuthenticatorNone, LastWayIn where there is no password, VersionConflict where the account never stands still.
func (o *Operator) DisableFactor(ctx context.Context, in DisableFactor) error {
	if in.By == "" || in.Reason == "" {
		return fault.New(fault.Malformed)
	}
	for range maxConflicts {
		account, err := o.disableFactor(ctx, in.Username)
		if fault.Has(err, fault.VersionConflict) {
			continue
		}
		if err == nil {
			o.core.Logger.InfoContext(ctx, "authenticator disabled by an operator", "account_id", account, "by", in.By, "reason", in.Reason)
		}
		return err
	}
	return fault.New(fault.VersionConflict)
}

func (o *Operator) disableFactor(ctx context.Context, username string) (id.Account, error) {
	before, err := o.store.GetByUsername(ctx, UsernameKey(username))
	if err == nil && before.Deleted() {
		err = fault.New(fault.AccountUnknown)
	}
	if err == nil {
		err = removable(before)
	}
	if err != nil {
		return "", err
	}
	after := before.clone()
	removeFactor(&after)
	if err := o.core.notify(&after, mailapi.FactorOff); err != nil {
		return "", err
	}
	after.UpdatedAt = o.core.now()
	after.Version++
	return after.ID, o.store.Update(ctx, before, after)
}
