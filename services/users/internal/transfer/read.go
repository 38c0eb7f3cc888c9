package transfer

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/mac"
	hashes "github.com/watchword/watchword/services/users/internal/password"
	codes "github.com/watchword/watchword/services/users/internal/totp"
)

// read makes the account of what has travelled, with what is sealed sealed as it is kept here. Its errors say why it can't
// be taken.
func (t *Transfer) read(l account) (core.Account, error) {
	a := core.Account{
		ID:               l.ID,
		Username:         l.Username,
		Email:            l.Email,
		EmailVerifiedAt:  stored(l.EmailVerifiedAt),
		VerifiedEmail:    l.VerifiedEmail,
		VerifiedEmailAt:  stored(l.VerifiedEmailAt),
		Name:             l.Name,
		Role:             l.Role,
		Locale:           l.Locale,
		Profile:          readProfile(l.Profile),
		Epoch:            l.Epoch,
		Kats:             l.Kats,
		Rank:             l.Rank,
		SignedInAt:       stored(l.SignedInAt),
		NoticedAt:        stored(l.NoticedAt),
		UnconfirmedUntil: stored(l.UnconfirmedUntil),
		ResetAt:          stored(l.ResetAt),
		UndoneAt:         stored(l.UndoneAt),
		CreatedAt:        stored(l.CreatedAt),
		UpdatedAt:        stored(l.UpdatedAt),
		DeletedAt:        stored(l.DeletedAt),
		RestoredAt:       stored(l.RestoredAt),
		Version:          l.Version,
	}
	if err := identify(&a); err != nil {
		return core.Account{}, err
	}
	switch {
	case l.Epoch < 1, l.Version < 1, l.Kats < 0, l.Password.Failures < 0, l.TOTP.Failures < 0, l.TOTP.LastStep < 0:
		return core.Account{}, errors.New("a counter is out of its bounds")
	case l.CreatedAt.IsZero(), l.UpdatedAt.IsZero():
		return core.Account{}, errors.New("the times of its making and last change are missing")
	}
	for _, part := range []func(*core.Account, account) error{t.readPassword, t.readTOTP, t.readBackupCodes, t.readAPIKey, t.readOutbox} {
		if err := part(&a, l); err != nil {
			return core.Account{}, err
		}
	}
	return a, nil
}

// pictureTypes are those that uploads become.
var pictureTypes = []string{"image/jpeg", "image/png"}

// readPicture gives the account's picture; nil where it has none. It is in doubt until the sweep finds that the account
// shows it, so none is left over of an account that is refused.
func (t *Transfer) readPicture(l account) (*core.Picture, error) {
	p := l.Profile.Picture
	switch {
	case p == nil:
		return nil, nil
	case !id.Valid(l.Profile.Image) || !slices.Contains(pictureTypes, p.Type) || len(p.Bytes) == 0:
		return nil, errors.New("its picture is none")
	}
	return &core.Picture{
		Key: l.Profile.Image, Account: l.ID, Type: p.Type, Bytes: p.Bytes, DoubtedAt: stored(t.deps.Now()),
	}, nil
}

// identify checks who an account is, and fills in the keys that it is unique by.
func identify(a *core.Account) error {
	if !id.Valid(string(a.ID)) {
		return errors.New("the id is not a ULID")
	}
	if err := core.CheckUsername(a.Username); err != nil {
		return explain(err)
	}
	a.UsernameKey = core.UsernameKey(a.Username)
	var err error
	if a.Name, err = core.CheckName("name", a.Name); err != nil {
		return explain(err)
	}
	if a.Role != usersapi.RoleStandard && a.Role != usersapi.RoleAdmin {
		return errors.New("the role is neither standard nor admin")
	}
	a.EmailKey = core.NoEmailKey(a.ID)
	if a.Email != "" {
		if a.EmailKey, err = core.EmailKey(a.Email); err != nil {
			return explain(err)
		}
	} else if !a.EmailVerifiedAt.IsZero() {
		return errors.New("an email is verified that is not there")
	}
	if a.VerifiedEmail != "" {
		a.VerifiedEmailKey, err = core.EmailKey(a.VerifiedEmail)
	}
	return explain(err)
}

func readProfile(p profile) core.Profile {
	s := p.Subscription
	return core.Profile{
		FirstName:          p.FirstName,
		LastName:           p.LastName,
		Bio:                p.Bio,
		Image:              p.Image,
		TutorialFinishedAt: stored(p.TutorialFinishedAt),
		Communities:        p.Communities,
		Categories:         p.Categories,
		Subscription:       core.Subscription{Plan: s.Plan, Status: s.Status, StartsAt: stored(s.StartsAt), ExpiresAt: stored(s.ExpiresAt)},
	}
}

func (t *Transfer) readPassword(a *core.Account, l account) error {
	p := l.Password
	a.Password = core.Password{ChangedAt: stored(p.ChangedAt), Failures: core.Failures{Count: p.Failures, At: stored(p.FailedAt)}}
	if p.Hash == "" {
		return nil
	}
	switch hashes.FormatOf(p.Hash) {
	case "":
		return errHash
	case hashes.FormatPeppered:
		here, ok := t.peppers.byCheck[p.Pepper]
		if !ok {
			return fmt.Errorf("its password needs pepper %s of where it comes from, which is not among WATCHWORD_PEPPER_KEYS", hashes.PepperOf(p.Hash))
		}
		var err error
		if p.Hash, err = hashes.RenamePepper(p.Hash, here); err != nil {
			return err
		}
	}
	a.Password.Hash = secret.New(p.Hash)
	return nil
}

// errHash never tells what was there instead: it may be a password.
var errHash = errors.New("its password is not a hash that can be kept (argon2id or bcrypt, within bounds)")

func (t *Transfer) readTOTP(a *core.Account, l account) error {
	f := l.TOTP
	if f.Enabled && len(f.Secret) == 0 {
		return errors.New("its authenticator has no secret")
	}
	kept, err := t.keepTOTP(f.Secret, f.Algorithm, a.ID)
	if err != nil {
		return err
	}
	a.TOTP = core.TOTP{
		Enabled: f.Enabled, Required: f.Required, Secret: kept, Algorithm: f.Algorithm, LastStep: f.LastStep,
		Failures: core.Failures{Count: f.Failures, At: stored(f.FailedAt)},
	}
	if f.Pending.At.IsZero() {
		return nil
	}
	waiting, err := t.keepTOTP(f.Pending.Secret, f.Pending.Algorithm, a.ID)
	a.TOTP.Pending = core.Pending{Secret: waiting, Algorithm: f.Pending.Algorithm, At: stored(f.Pending.At)}
	return err
}

func (t *Transfer) keepTOTP(sealed []byte, algorithm string, owner id.Account) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	if _, err := codes.ParseAlgorithm(algorithm); err != nil {
		return nil, errors.New("its authenticator's algorithm is neither SHA1 nor SHA256")
	}
	return keep(t.travels.totp, t.ours.totp, sealed, owner, "its authenticator")
}

// keep reseals what has travelled; what names it in a report.
func keep(from, to *secret.Sealer, sealed []byte, owner id.Account, what string) ([]byte, error) {
	kept, err := reseal(from, to, sealed, string(owner))
	if errors.Is(err, secret.ErrSealed) {
		return nil, fmt.Errorf("%s does not open with WATCHWORD_TRANSFER_KEY", what)
	}
	return kept, err
}

func (t *Transfer) readBackupCodes(a *core.Account, l account) error {
	for _, code := range l.BackupCodes {
		from := mac.KeyOf(code.Hash)
		if from == "" {
			return errors.New("a backup code is not a hash")
		}
		here, ok := t.macs.byCheck[code.Key]
		switch {
		case ok:
			code.Hash = mac.RenameKey(code.Hash, here)
		case code.UsedAt.IsZero():
			return fmt.Errorf("%w: they need seal key %s of where it comes from, which is not among WATCHWORD_SEAL_KEYS", errBackupCodes, from)
		}
		a.BackupCodes = append(a.BackupCodes, core.BackupCode{Hash: code.Hash, UsedAt: stored(code.UsedAt)})
	}
	return nil
}

var errBackupCodes = errors.New("its backup codes can't be kept")

func (t *Transfer) readAPIKey(a *core.Account, l account) error {
	if l.APIKey.Hash == "" {
		return nil
	}
	sealed, err := keep(t.travels.apiKey, t.ours.apiKey, l.APIKey.Sealed, a.ID, "its API key")
	a.APIKey = core.APIKey{Hash: l.APIKey.Hash, Sealed: sealed}
	return err
}

var kinds = []core.EntryKind{core.SendMail, core.EndSessions, core.UpdateSessions}

func (t *Transfer) readOutbox(a *core.Account, l account) error {
	for _, e := range l.Outbox {
		if !slices.Contains(kinds, core.EntryKind(e.Kind)) || !id.Valid(e.ID) || e.At.IsZero() || len(e.Purpose) > 1 {
			return errors.New("something that waits in its outbox is of no known kind")
		}
		token, err := keep(t.travels.token, t.ours.token, e.Token, a.ID, "a mail that waits")
		if err != nil {
			return err
		}
		out := core.Entry{
			ID: e.ID, Kind: core.EntryKind(e.Kind), At: stored(e.At), Template: mailapi.Template(e.Template), To: e.To,
			Locale: e.Locale, Data: e.Data, Token: token, Address: e.Address, Epoch: e.Epoch, Spare: e.Spare,
		}
		if e.Purpose != "" {
			out.Purpose = code.Purpose(e.Purpose[0])
		}
		a.Outbox = append(a.Outbox, out)
	}
	return nil
}

// stored is a time as MongoDB keeps it.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
