package transfer

import (
	"fmt"

	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/mac"
	hashes "github.com/watchword/watchword/services/users/internal/password"
)

// write makes what travels of an account, with what is sealed sealed for the way.
func (t *Transfer) write(a core.Account) (*account, error) {
	l := &account{
		ID:               a.ID,
		Username:         a.Username,
		Email:            a.Email,
		EmailVerifiedAt:  a.EmailVerifiedAt,
		VerifiedEmail:    a.VerifiedEmail,
		VerifiedEmailAt:  a.VerifiedEmailAt,
		Name:             a.Name,
		Role:             a.Role,
		Locale:           a.Locale,
		Profile:          writeProfile(a.Profile),
		Epoch:            a.Epoch,
		Kats:             a.Kats,
		Rank:             a.Rank,
		SignedInAt:       a.SignedInAt,
		NoticedAt:        a.NoticedAt,
		UnconfirmedUntil: a.UnconfirmedUntil,
		ResetAt:          a.ResetAt,
		UndoneAt:         a.UndoneAt,
		CreatedAt:        a.CreatedAt,
		UpdatedAt:        a.UpdatedAt,
		DeletedAt:        a.DeletedAt,
		RestoredAt:       a.RestoredAt,
		Version:          a.Version,
	}
	for _, part := range []func(*account, core.Account) error{t.writePassword, t.writeTOTP, t.writeBackupCodes, t.writeAPIKey, t.writeOutbox} {
		if err := part(l, a); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func writeProfile(p core.Profile) profile {
	return profile{
		FirstName:          p.FirstName,
		LastName:           p.LastName,
		Bio:                p.Bio,
		Image:              p.Image,
		TutorialFinishedAt: p.TutorialFinishedAt,
		Communities:        p.Communities,
		Categories:         p.Categories,
		Subscription:       subscription(p.Subscription),
	}
}

func (t *Transfer) writePassword(l *account, a core.Account) error {
	p := a.Password
	l.Password = password{Hash: p.Hash.Reveal(), ChangedAt: p.ChangedAt, Failures: p.Failures.Count, FailedAt: p.Failures.At}
	if id := hashes.PepperOf(l.Password.Hash); id != "" {
		check, ok := t.peppers.byID[id]
		if !ok {
			return fmt.Errorf("its password was hashed with pepper %s, which is not among WATCHWORD_PEPPER_KEYS", id)
		}
		l.Password.Pepper = check
	}
	return nil
}

func (t *Transfer) writeTOTP(l *account, a core.Account) error {
	f := a.TOTP
	secret, err := reseal(t.ours.totp, t.travels.totp, f.Secret, string(a.ID))
	if err != nil {
		return fmt.Errorf("its authenticator can't be opened with WATCHWORD_SEAL_KEYS: %w", err)
	}
	l.TOTP = totp{
		Enabled: f.Enabled, Required: f.Required, Secret: secret, Algorithm: f.Algorithm, LastStep: f.LastStep,
		Failures: f.Failures.Count, FailedAt: f.Failures.At,
	}
	if f.Pending.At.IsZero() {
		return nil
	}
	waiting, err := reseal(t.ours.totp, t.travels.totp, f.Pending.Secret, string(a.ID))
	if err != nil {
		return fmt.Errorf("its waiting authenticator can't be opened with WATCHWORD_SEAL_KEYS: %w", err)
	}
	l.TOTP.Pending = pending{Secret: waiting, Algorithm: f.Pending.Algorithm, At: f.Pending.At}
	return nil
}

func (t *Transfer) writeBackupCodes(l *account, a core.Account) error {
	for _, code := range a.BackupCodes {
		check, ok := t.macs.byID[mac.KeyOf(code.Hash)]
		if !ok && code.UsedAt.IsZero() {
			return fmt.Errorf("a backup code was hashed with key %s, which is not among WATCHWORD_SEAL_KEYS", mac.KeyOf(code.Hash))
		}
		l.BackupCodes = append(l.BackupCodes, backup{Hash: code.Hash, Key: check, UsedAt: code.UsedAt})
	}
	return nil
}

func (t *Transfer) writeAPIKey(l *account, a core.Account) error {
	sealed, err := reseal(t.ours.apiKey, t.travels.apiKey, a.APIKey.Sealed, string(a.ID))
	if err != nil {
		return fmt.Errorf("its API key can't be opened with WATCHWORD_SEAL_KEYS: %w", err)
	}
	l.APIKey = apiKey{Hash: a.APIKey.Hash, Sealed: sealed}
	return nil
}

func (t *Transfer) writeOutbox(l *account, a core.Account) error {
	for _, e := range a.Outbox {
		token, err := reseal(t.ours.token, t.travels.token, e.Token, string(a.ID))
		if err != nil {
			return fmt.Errorf("a mail that waits can't be opened with WATCHWORD_SEAL_KEYS: %w", err)
		}
		out := entry{
			ID: e.ID, Kind: string(e.Kind), At: e.At, Template: string(e.Template), To: e.To, Locale: e.Locale, Data: e.Data,
			Token: token, Address: e.Address, Epoch: e.Epoch, Spare: e.Spare,
		}
		if e.Purpose != 0 {
			out.Purpose = string(rune(e.Purpose))
		}
		l.Outbox = append(l.Outbox, out)
	}
	return nil
}
