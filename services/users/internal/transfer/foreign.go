package transfer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	hashes "github.com/watchword/watchword/services/users/internal/password"
	codes "github.com/watchword/watchword/services/users/internal/totp"
)

const (
	// Bytes of an authenticator's secret: what is in use, from 80 bits to a SHA-512's.
	minSecret = 10
	maxSecret = 64

	maxBackupCode = 64
	apiKeyBytes   = 20 // 32 letters and digits of base32
)

var (
	// apiKeyText is what an API key looks like (CONTRACT, lynx).
	apiKeyText = regexp.MustCompile(`^[A-Za-z0-9]{32}$`)
	bare       = base32.StdEncoding.WithPadding(base32.NoPadding)
)

// settle makes the account of another system's. notes say what was left behind; an error says why it can't be taken.
func (t *Transfer) settle(system Format, f foreign) (a core.Account, notes []string, err error) {
	a = core.Account{
		Username: f.username, Name: f.username, Email: f.email, Role: usersapi.RoleStandard, Epoch: 1, Version: 1,
		CreatedAt: f.made, UpdatedAt: f.changed, SignedInAt: f.signedIn,
	}
	if a.CreatedAt.IsZero() {
		a.CreatedAt = stored(t.deps.Now())
	}
	if a.UpdatedAt.IsZero() {
		a.UpdatedAt = a.CreatedAt
	}
	if a.ID, err = accountID(system, f); err != nil {
		return a, nil, err
	}
	switch f.role {
	case "owner", "admin":
		a.Role = usersapi.RoleAdmin
	case "", "standard", "user":
	default:
		return a, nil, errors.New("its role is none of that system's")
	}
	if err := identify(&a); err != nil {
		return a, nil, err
	}
	if f.verified && a.Email != "" {
		a.EmailVerifiedAt = a.CreatedAt
		a.VerifiedEmail, a.VerifiedEmailKey, a.VerifiedEmailAt = a.Email, a.EmailKey, a.CreatedAt
	}
	if err := settlePassword(&a, f); err != nil {
		return a, nil, err
	}
	if notes, err = t.settleFactor(&a, f); err != nil {
		return a, nil, err
	}
	if f.apiKey != "" && !apiKeyText.MatchString(f.apiKey) {
		notes = append(notes, "its API key is not 32 letters and digits; it has a new one")
	}
	return a, notes, t.settleAPIKey(&a, f)
}

// accountID keeps a ULID. Another id gives one that is always the same, from the time when the account was made.
func accountID(system Format, f foreign) (id.Account, error) {
	switch {
	case f.id == "":
		return "", errors.New("it has no id")
	case id.Valid(f.id):
		return id.Account(f.id), nil
	}
	sum := sha256.Sum256([]byte("watchword import\x00" + string(system) + "\x00" + f.id))
	made := f.made
	if made.IsZero() {
		made = time.Unix(0, 0)
	}
	text, err := id.Source{Now: func() time.Time { return made }, Rand: bytes.NewReader(sum[:])}.New()
	return id.Account(text), err
}

func settlePassword(a *core.Account, f foreign) error {
	switch hashes.FormatOf(f.hash) {
	case hashes.FormatBcrypt, hashes.FormatArgon2id:
	default:
		return errHash
	}
	a.Password = core.Password{Hash: secret.New(f.hash), ChangedAt: f.hashed}
	if a.Password.ChangedAt.IsZero() {
		a.Password.ChangedAt = a.CreatedAt
	}
	return nil
}

// settleFactor takes a second factor over; an account that had one never comes without it.
func (t *Transfer) settleFactor(a *core.Account, f foreign) (notes []string, err error) {
	if !f.factor {
		return nil, nil
	}
	plain, err := bare.DecodeString(strings.TrimRight(strings.ToUpper(strings.ReplaceAll(f.secret, " ", "")), "="))
	if err != nil || len(plain) < minSecret || len(plain) > maxSecret {
		return nil, errors.New("its second factor is on, but it has no authenticator whose secret can be read")
	}
	a.TOTP = core.TOTP{Enabled: true, Required: true, Algorithm: string(codes.SHA1)}
	if a.TOTP.Secret, err = t.ours.totp.Seal(plain, string(a.ID)); err != nil {
		return nil, err
	}
	whole := f.backupCodesWhole
	for _, code := range f.backupCodes {
		if code == "" || len(code) > maxBackupCode || hashes.FormatOf(code) != "" {
			whole = false
			continue
		}
		a.BackupCodes = append(a.BackupCodes, core.BackupCode{Hash: t.codes.Sum(string(a.ID), code)})
	}
	if !whole {
		notes = append(notes, "backup codes that are no plain text were left behind")
	}
	return notes, nil
}

// settleAPIKey keeps the API key, or draws one.
func (t *Transfer) settleAPIKey(a *core.Account, f foreign) error {
	key := f.apiKey
	if !apiKeyText.MatchString(key) {
		drawn := make([]byte, apiKeyBytes)
		if _, err := io.ReadFull(t.deps.Rand, drawn); err != nil {
			return err
		}
		key = bare.EncodeToString(drawn)
	}
	sealed, err := t.ours.apiKey.Seal([]byte(key), string(a.ID))
	a.APIKey = core.APIKey{Hash: core.HashAPIKey(secret.New(key)), Sealed: sealed}
	return err
}
