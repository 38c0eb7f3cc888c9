package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/services/users/internal/password"
)

// Accounts keeps accounts. Methods that find one answer deleted accounts too; fault AccountUnknown where there is none.
// Every method's other error is an outage.
type Accounts interface {
	// Insert adds an account; fault UsernameTaken or EmailTaken where a key belongs to another.
	Insert(ctx context.Context, a Account) error
	Get(ctx context.Context, account id.Account) (Account, error)
	GetByUsername(ctx context.Context, key string) (Account, error)
	GetByEmail(ctx context.Context, key string) (Account, error)
	// GetByVerifiedEmail gives the live account that proved the address last.
	GetByVerifiedEmail(ctx context.Context, key string) (Account, error)
	// GetByAPIKey gives the account of an API key, by its hash.
	GetByAPIKey(ctx context.Context, hash string) (Account, error)
	// Update writes what differs between before and after in one step, only where the version is still before's;
	// entries added at the end of the outbox are pushed, and nothing else of it is touched. Faults: VersionConflict,
	// UsernameTaken, EmailTaken, AccountUnknown.
	Update(ctx context.Context, before, after Account) error
	// AddKats adds delta to the kats of a live account, only where the sum is neither below 0 nor above max, and sets or
	// (rank.Value nil) unsets the rank where rank is given; it counts the version up. ifVersion nil: whatever the
	// version. false: the sum is out of bounds. Faults: VersionConflict, AccountUnknown.
	AddKats(ctx context.Context, account id.Account, change KatsChange, ifVersion *int64, now time.Time) (Account, bool, error)
}

// KatsChange is AddKats's.
type KatsChange struct {
	Delta, Max int64
	SetRank    bool
	Rank       *int64
}

// Directory lists accounts by id, the oldest first.
type Directory interface {
	// Page skips accounts and gives at most limit; deleted ones only where asked for.
	Page(ctx context.Context, skip, limit int64, deleted bool) ([]Account, error)
	Count(ctx context.Context, deleted bool) (int64, error)
	CountAdmins(ctx context.Context) (int64, error)
	// Empty tells whether there is no account at all, not even a deleted one.
	Empty(ctx context.Context) (bool, error)
}

// Attempts counts guesses at an account's secrets in the account itself. Nothing here touches the version; each method is
// one conditional update, and false says that its condition did not hold.
type Attempts interface {
	// CountPassword counts a wrong password: below free only where fewer than free are counted, from free on only where
	// the counter is still as seen.
	CountPassword(ctx context.Context, account id.Account, seen Failures, free int64, now time.Time) (bool, error)
	// UncountPassword takes one back, where any are counted.
	UncountPassword(ctx context.Context, account id.Account) (bool, error)
	// CountCode counts a wrong code, only where the counter is still as seen.
	CountCode(ctx context.Context, account id.Account, seen Failures, now time.Time) (bool, error)
	// AcceptStep spends a time step of the enabled authenticator: only where it is later than the last one; it clears
	// the wrong codes.
	AcceptStep(ctx context.Context, account id.Account, step int64) (bool, error)
	// Rehash replaces a password's hash, only where it is still old.
	Rehash(ctx context.Context, account id.Account, old, fresh secret.String) (bool, error)
	// Note records how a sign-in went; one with a notice only where the last notice is still as seen.
	Note(ctx context.Context, account id.Account, n Note) (bool, error)
}

// Note is what a sign-in leaves in the account.
type Note struct {
	ClearPassword bool      // the password fitted: wrong ones no longer count
	SignedInAt    time.Time // zero: not signed in
	NoticeSeen    time.Time // NoticedAt as read
	Notice        *Entry    // nil: no mail; else NoticedAt becomes its time
}

// Outbox is what is still to be relayed.
type Outbox interface {
	// Push adds an entry to a live account's outbox, without touching the version; nothing where there is none.
	Push(ctx context.Context, account id.Account, e Entry) error
	// Owing lists accounts after the id given, by id, that have an entry from before the time given.
	Owing(ctx context.Context, before time.Time, after id.Account, limit int64) ([]id.Account, error)
	// Relayed takes entries out of the account's outbox.
	Relayed(ctx context.Context, account id.Account, entries []string) error
}

// Cleanup removes accounts for good.
type Cleanup interface {
	// RemoveDeleted removes accounts deleted before the time given, and counts them.
	RemoveDeleted(ctx context.Context, before time.Time) (int64, error)
	// RemoveUnconfirmed removes accounts whose UnconfirmedUntil has come; account empty: all of them.
	RemoveUnconfirmed(ctx context.Context, account id.Account, now time.Time) (int64, error)
}

// Leases let one replica at a time do something.
type Leases interface {
	// Acquire takes or prolongs a lease; false while another owner holds it.
	Acquire(ctx context.Context, name, owner string, now, until time.Time) (bool, error)
	Release(ctx context.Context, name, owner string) error
}

// Passwords hashes in a bounded pool (password.Pool).
type Passwords interface {
	// Admit refuses where a hash would be refused at once; it is asked before anything is looked up or counted.
	Admit(lane password.Lane) error
	Hash(ctx context.Context, lane password.Lane, text string) (string, error)
	// Verify is one hash's work whatever hash is; an empty one fits nothing. rehash asks for the hash to be replaced.
	Verify(ctx context.Context, lane password.Lane, hash, text string) (ok, rehash bool, err error)
}

// Sessions ends and updates what Redis keeps of signed-in devices (session.Store).
type Sessions interface {
	EndOthers(ctx context.Context, account id.Account, standing session.Standing, spare id.Session) (int, error)
	Update(ctx context.Context, account id.Account, standing session.Standing) error
}

// Codes keeps the tokens that mails carry (code.Store).
type Codes interface {
	Put(ctx context.Context, token secret.String, r code.Record) error
}

// Mails hands messages to mailer; no error means that it has them.
type Mails interface {
	Send(ctx context.Context, m mailapi.Message) (mailapi.Accepted, error)
}

// Limits counts in Redis (limit.Limiter).
type Limits interface {
	Take(ctx context.Context, rule limit.Rule, key string) error
	Attempt(ctx context.Context, key string) error
	Succeeded(ctx context.Context, key string) error
}

// Observer is told what happened, for metrics.
type Observer interface {
	SecondFactor(event string)
	Throttled(rule string)
	HashUpgraded(from string)
}
