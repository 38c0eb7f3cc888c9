package transfer

import (
	"time"

	"github.com/watchword/watchword/pkg/id"
)

// format is the version of line. It counts up with every member that is added, so that an older import refuses what it
// would lose.
const format = 1

// line is what one line of NDJSON holds: an account or a community. Times are UTC with milliseconds (RFC 3339); what is
// empty is left out; bytes are base64.
type line struct {
	Format    int        `json:"watchword"`
	Account   *account   `json:"account,omitempty"`
	Community *community `json:"community,omitempty"`
}

type community struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Categories []string  `json:"categories,omitempty"`
	CreatedAt  time.Time `json:"createdAt"`
}

// account is core.Account, with its picture. The keys that it is unique by are not carried: they follow from its names.
type account struct {
	ID               id.Account `json:"id"`
	Username         string     `json:"username"`
	Email            string     `json:"email,omitzero"`
	EmailVerifiedAt  time.Time  `json:"emailVerifiedAt,omitzero"`
	VerifiedEmail    string     `json:"verifiedEmail,omitzero"`
	VerifiedEmailAt  time.Time  `json:"verifiedEmailAt,omitzero"`
	Name             string     `json:"name"`
	Role             string     `json:"role"`
	Locale           string     `json:"locale,omitzero"`
	Profile          profile    `json:"profile,omitzero"`
	Password         password   `json:"password,omitzero"`
	TOTP             totp       `json:"totp,omitzero"`
	BackupCodes      []backup   `json:"backupCodes,omitempty"`
	APIKey           apiKey     `json:"apiKey,omitzero"`
	Epoch            int64      `json:"epoch"`
	Kats             int64      `json:"kats,omitzero"`
	Rank             *int64     `json:"rank,omitzero"`
	SignedInAt       time.Time  `json:"signedInAt,omitzero"`
	NoticedAt        time.Time  `json:"noticedAt,omitzero"`
	UnconfirmedUntil time.Time  `json:"unconfirmedUntil,omitzero"`
	ResetAt          time.Time  `json:"resetAt,omitzero"`
	UndoneAt         time.Time  `json:"undoneAt,omitzero"`
	Outbox           []entry    `json:"outbox,omitempty"`
	CreatedAt        time.Time  `json:"createdAt"`
	UpdatedAt        time.Time  `json:"updatedAt"`
	DeletedAt        time.Time  `json:"deletedAt,omitzero"`
	RestoredAt       time.Time  `json:"restoredAt,omitzero"`
	Version          int64      `json:"version"`
}

type profile struct {
	FirstName          string       `json:"firstName,omitzero"`
	LastName           string       `json:"lastName,omitzero"`
	Bio                string       `json:"bio,omitzero"`
	Image              string       `json:"image,omitzero"`
	TutorialFinishedAt time.Time    `json:"tutorialFinishedAt,omitzero"`
	Communities        []string     `json:"communities,omitempty"`
	Categories         []string     `json:"categories,omitempty"`
	Subscription       subscription `json:"subscription,omitzero"`
	Picture            *picture     `json:"picture,omitempty"`
}

// picture is what Image names.
type picture struct {
	Type  string `json:"type"`
	Bytes []byte `json:"bytes"`
}

type subscription struct {
	Plan      string    `json:"plan,omitzero"`
	Status    string    `json:"status,omitzero"`
	StartsAt  time.Time `json:"startsAt,omitzero"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// password's Pepper is the check of the pepper that Hash names; empty where it was made without one.
type password struct {
	Hash      string    `json:"hash,omitzero"`
	Pepper    string    `json:"pepper,omitzero"`
	ChangedAt time.Time `json:"changedAt,omitzero"`
	Failures  int64     `json:"failures,omitzero"`
	FailedAt  time.Time `json:"failedAt,omitzero"`
}

type totp struct {
	Enabled   bool      `json:"enabled,omitzero"`
	Required  bool      `json:"required,omitzero"`
	Secret    []byte    `json:"secret,omitempty"`
	Algorithm string    `json:"algorithm,omitzero"`
	LastStep  int64     `json:"lastStep,omitzero"`
	Failures  int64     `json:"failures,omitzero"`
	FailedAt  time.Time `json:"failedAt,omitzero"`
	Pending   pending   `json:"pending,omitzero"`
}

type pending struct {
	Secret    []byte    `json:"secret"`
	Algorithm string    `json:"algorithm"`
	At        time.Time `json:"at"`
}

// backup's Key is the check of the seal key that Hash names.
type backup struct {
	Hash   string    `json:"hash"`
	Key    string    `json:"key"`
	UsedAt time.Time `json:"usedAt,omitzero"`
}

type apiKey struct {
	Hash   string `json:"hash"`
	Sealed []byte `json:"sealed"`
}

type entry struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	At       time.Time         `json:"at"`
	Template string            `json:"template,omitzero"`
	To       string            `json:"to,omitzero"`
	Locale   string            `json:"locale,omitzero"`
	Data     map[string]string `json:"data,omitempty"`
	Purpose  string            `json:"purpose,omitzero"`
	Token    []byte            `json:"token,omitempty"`
	Address  string            `json:"address,omitzero"`
	Epoch    int64             `json:"epoch,omitzero"`
	Spare    id.Session        `json:"spare,omitzero"`
}
