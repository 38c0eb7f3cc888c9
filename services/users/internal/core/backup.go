package core

import (
	"context"
	"slices"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

const backupCodeLength = 12 // letters and digits: 71 bits

// backupCodes gives the account n new backup codes in place of those it had, and their texts, which are never seen again.
func (c *Core) backupCodes(a *Account, n int) ([]secret.String, error) {
	a.BackupCodes = nil
	var texts []secret.String
	for range n {
		text, err := c.letters(backupCodeLength)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
		a.BackupCodes = append(a.BackupCodes, BackupCode{Hash: c.codes.Sum(string(a.ID), text.Reveal())})
	}
	return texts, nil
}

// Recover switches the second factor off by the password and a backup code, which goes with all others. Wrong ones count
// with the authenticator's, and a right one opens a factor that they locked. See usersapi.Recover.
func (c *Core) Recover(ctx context.Context, in usersapi.Recover) (usersapi.SignedIn, error) {
	if err := c.notInDemo(); err != nil {
		return usersapi.SignedIn{}, err
	}
	a, _, err := c.proveSignIn(ctx, usersapi.SignIn{Login: in.Login, Password: in.Password, Device: in.Device})
	if err != nil {
		return usersapi.SignedIn{}, err
	}
	note := Note{ClearPassword: !known(in.Device, a.ID)}
	if err := c.spendBackupCode(ctx, &a, in.Code); err != nil {
		if noteErr := c.note(ctx, a, note, fault.Has(err, fault.BackupCodeWrong)); noteErr != nil {
			return usersapi.SignedIn{}, noteErr
		}
		return usersapi.SignedIn{}, err
	}
	c.Observer.SecondFactor("backup_code")
	c.audit(ctx, "second factor recovered", a.ID, "")
	return c.signedIn(ctx, a, note, in.Device, amrPassword, amrBoth)
}

// spendBackupCode takes a's second factor away where text is one of its backup codes.
func (c *Core) spendBackupCode(ctx context.Context, a *Account, text string) error {
	if !a.SecondFactor() {
		return fault.New(fault.AuthenticatorNone)
	}
	if err := c.guessCode(ctx, a, false); err != nil {
		return err
	}
	candidates, epoch := c.codes.Candidates(string(a.ID), text), a.Epoch
	var err error
	*a, err = c.change(ctx, a.ID, nil, func(a *Account) error {
		if a.Epoch != epoch {
			return fault.New(fault.CredentialsWrong) // what was proved is not the password any more
		}
		fits := func(b BackupCode) bool { return b.UsedAt.IsZero() && slices.Contains(candidates, b.Hash) }
		if !slices.ContainsFunc(a.BackupCodes, fits) {
			return fault.New(fault.BackupCodeWrong)
		}
		removeFactor(a)
		return c.notify(a, mailapi.FactorOff)
	})
	return err
}
