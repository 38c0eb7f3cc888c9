package mongo

import (
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
)

// document is an account as the collection holds it. What is compared in filters is always there; other members are left
// out where they are empty. deletedAt is null for live accounts.
type document struct {
	ID               string     `bson:"_id"`
	Username         string     `bson:"username"`
	UsernameKey      string     `bson:"usernameKey"`
	Email            string     `bson:"email,omitempty"`
	EmailKey         string     `bson:"emailKey"`
	EmailVerifiedAt  *time.Time `bson:"emailVerifiedAt,omitempty"`
	VerifiedEmail    string     `bson:"verifiedEmail,omitempty"`
	VerifiedEmailKey string     `bson:"verifiedEmailKey,omitempty"`
	VerifiedEmailAt  *time.Time `bson:"verifiedEmailAt,omitempty"`
	Name             string     `bson:"name"`
	Role             string     `bson:"role"`
	Locale           string     `bson:"locale,omitempty"`
	Profile          profile    `bson:",inline"`
	Password         password   `bson:"password"`
	TOTP             totp       `bson:"totp"`
	BackupCodes      []backup   `bson:"backupCodes,omitempty"`
	APIKey           *apiKey    `bson:"apiKey,omitempty"`
	Epoch            int64      `bson:"epoch"`
	Kats             int64      `bson:"kats"`
	Rank             *int64     `bson:"rank,omitempty"`
	SignedInAt       *time.Time `bson:"signedInAt,omitempty"`
	NoticedAt        *time.Time `bson:"noticedAt,omitempty"`
	ResetAt          *time.Time `bson:"resetAt,omitempty"`
	UndoneAt         *time.Time `bson:"undoneAt,omitempty"`
	UnconfirmedUntil *time.Time `bson:"unconfirmedUntil,omitempty"`
	Outbox           []entry    `bson:"outbox,omitempty"`
	CreatedAt        time.Time  `bson:"createdAt"`
	UpdatedAt        time.Time  `bson:"updatedAt"`
	DeletedAt        *time.Time `bson:"deletedAt"`
	RestoredAt       *time.Time `bson:"restoredAt,omitempty"`
	Version          int64      `bson:"version"`
}

type password struct {
	Hash      string     `bson:"hash,omitempty"`
	ChangedAt *time.Time `bson:"changedAt,omitempty"`
	Failures  int64      `bson:"failures"`
	FailedAt  *time.Time `bson:"failedAt,omitempty"`
}

type totp struct {
	Enabled   bool       `bson:"enabled"`
	Required  bool       `bson:"required"`
	Secret    []byte     `bson:"secret,omitempty"`
	Algorithm string     `bson:"algorithm,omitempty"`
	LastStep  int64      `bson:"lastStep"`
	Failures  int64      `bson:"failures"`
	FailedAt  *time.Time `bson:"failedAt,omitempty"`
	Pending   *pending   `bson:"pending,omitempty"`
}

type pending struct {
	Secret    []byte    `bson:"secret"`
	Algorithm string    `bson:"algorithm"`
	At        time.Time `bson:"at"`
}

type backup struct {
	Hash   string     `bson:"hash"`
	UsedAt *time.Time `bson:"usedAt"`
}

type apiKey struct {
	Hash   string `bson:"hash"`
	Sealed []byte `bson:"sealed"`
}

func toDocument(a core.Account) document {
	d := document{
		ID:               string(a.ID),
		Username:         a.Username,
		UsernameKey:      a.UsernameKey,
		Email:            a.Email,
		EmailKey:         a.EmailKey,
		EmailVerifiedAt:  when(a.EmailVerifiedAt),
		VerifiedEmail:    a.VerifiedEmail,
		VerifiedEmailKey: a.VerifiedEmailKey,
		VerifiedEmailAt:  when(a.VerifiedEmailAt),
		Name:             a.Name,
		Role:             a.Role,
		Locale:           a.Locale,
		Profile:          toProfile(a.Profile),
		Password: password{
			Hash:      a.Password.Hash.Reveal(),
			ChangedAt: when(a.Password.ChangedAt),
			Failures:  a.Password.Failures.Count,
			FailedAt:  when(a.Password.Failures.At),
		},
		TOTP: totp{
			Enabled:   a.TOTP.Enabled,
			Required:  a.TOTP.Required,
			Secret:    a.TOTP.Secret,
			Algorithm: a.TOTP.Algorithm,
			LastStep:  a.TOTP.LastStep,
			Failures:  a.TOTP.Failures.Count,
			FailedAt:  when(a.TOTP.Failures.At),
		},
		Epoch:            a.Epoch,
		Kats:             a.Kats,
		Rank:             a.Rank,
		SignedInAt:       when(a.SignedInAt),
		NoticedAt:        when(a.NoticedAt),
		ResetAt:          when(a.ResetAt),
		UndoneAt:         when(a.UndoneAt),
		UnconfirmedUntil: when(a.UnconfirmedUntil),
		Outbox:           toEntries(a.Outbox),
		CreatedAt:        a.CreatedAt,
		UpdatedAt:        a.UpdatedAt,
		DeletedAt:        when(a.DeletedAt),
		RestoredAt:       when(a.RestoredAt),
		Version:          a.Version,
	}
	if p := a.TOTP.Pending; !p.At.IsZero() {
		d.TOTP.Pending = &pending{Secret: p.Secret, Algorithm: p.Algorithm, At: p.At}
	}
	if a.APIKey.Hash != "" {
		d.APIKey = &apiKey{Hash: a.APIKey.Hash, Sealed: a.APIKey.Sealed}
	}
	for _, b := range a.BackupCodes {
		d.BackupCodes = append(d.BackupCodes, backup{Hash: b.Hash, UsedAt: when(b.UsedAt)})
	}
	return d
}

func (d document) account() core.Account {
	a := core.Account{
		ID:               id.Account(d.ID),
		Username:         d.Username,
		UsernameKey:      d.UsernameKey,
		Email:            d.Email,
		EmailKey:         d.EmailKey,
		EmailVerifiedAt:  at(d.EmailVerifiedAt),
		VerifiedEmail:    d.VerifiedEmail,
		VerifiedEmailKey: d.VerifiedEmailKey,
		VerifiedEmailAt:  at(d.VerifiedEmailAt),
		Name:             d.Name,
		Role:             d.Role,
		Locale:           d.Locale,
		Profile:          d.Profile.profile(),
		Password: core.Password{
			Hash:      secret.New(d.Password.Hash),
			ChangedAt: at(d.Password.ChangedAt),
			Failures:  core.Failures{Count: d.Password.Failures, At: at(d.Password.FailedAt)},
		},
		TOTP: core.TOTP{
			Enabled:   d.TOTP.Enabled,
			Required:  d.TOTP.Required,
			Secret:    d.TOTP.Secret,
			Algorithm: d.TOTP.Algorithm,
			LastStep:  d.TOTP.LastStep,
			Failures:  core.Failures{Count: d.TOTP.Failures, At: at(d.TOTP.FailedAt)},
		},
		Epoch:            d.Epoch,
		Kats:             d.Kats,
		Rank:             d.Rank,
		SignedInAt:       at(d.SignedInAt),
		NoticedAt:        at(d.NoticedAt),
		ResetAt:          at(d.ResetAt),
		UndoneAt:         at(d.UndoneAt),
		UnconfirmedUntil: at(d.UnconfirmedUntil),
		CreatedAt:        d.CreatedAt.UTC(),
		UpdatedAt:        d.UpdatedAt.UTC(),
		DeletedAt:        at(d.DeletedAt),
		RestoredAt:       at(d.RestoredAt),
		Version:          d.Version,
	}
	if p := d.TOTP.Pending; p != nil {
		a.TOTP.Pending = core.Pending{Secret: p.Secret, Algorithm: p.Algorithm, At: p.At.UTC()}
	}
	if d.APIKey != nil {
		a.APIKey = core.APIKey{Hash: d.APIKey.Hash, Sealed: d.APIKey.Sealed}
	}
	for _, b := range d.BackupCodes {
		a.BackupCodes = append(a.BackupCodes, core.BackupCode{Hash: b.Hash, UsedAt: at(b.UsedAt)})
	}
	for _, e := range d.Outbox {
		a.Outbox = append(a.Outbox, e.entry())
	}
	return a
}

// when leaves a zero time out.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
