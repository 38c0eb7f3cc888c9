// Package usersfake is users in memory, for the tests of its callers: honest about what usersapi promises, and about
// nothing else. It passes userscontract, as the real service does.
package usersfake

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
)

// Fake is users. Use New.
type Fake struct {
	ids id.Source
	now func() time.Time

	mu       sync.Mutex
	accounts map[id.Account]*account
	// tries counts wrong passwords in a row where no account does: under "name:…" and "device:…".
	tries map[string]*budget
	// sealed are the registrations that Prepare gave out, by what it gave.
	sealed  map[string]usersapi.Prepare
	failing error

	// Conceal, Demo and Closed are users' settings; to be set before the first call.
	Conceal, Demo, Closed bool
}

type account struct {
	usersapi.Account
	password      string
	passwordTries budget
	verifiedEmail string
	factor        userscontract.Factor
	lastStep      int64
	codeTries     budget
	backupCodes   []string
	pending       pending
	apiKey        string
	first, last   string // names
	resetAt       time.Time
	undoneAt      time.Time
	deleted       bool
}

var _ userscontract.Users = (*Fake)(nil)

// New makes one without accounts, whose ids and codes follow ids' clock.
func New(ids id.Source) *Fake {
	return &Fake{ids: ids, now: ids.Now, accounts: map[id.Account]*account{}, tries: map[string]*budget{}, sealed: map[string]usersapi.Prepare{}}
}

// Add makes a live account of p. It panics where the name or the email is taken.
func (f *Fake) Add(p userscontract.Person) usersapi.Account {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.draft(usersapi.Prepare{Username: p.Username, Email: p.Email, Password: secret.NewWire(p.Password), Locale: "en"})
	a.EmailVerified, a.factor, a.backupCodes = p.Verified, p.Factor, slices.Clone(p.BackupCodes)
	if p.Admin {
		a.Role = usersapi.RoleAdmin
	}
	if p.Verified {
		a.verifiedEmail = p.Email
	}
	if err := f.taken(a.Account); err != nil {
		panic("usersfake: " + p.Username + ": " + err.Error())
	}
	f.accounts[a.ID] = a
	return a.shown()
}

// Alter changes the account as another service's caller would see it done: role, epoch, email and so on.
func (f *Fake) Alter(account id.Account, change func(a *usersapi.Account)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.accounts[account].Account)
}

// Remove deletes the account softly.
func (f *Fake) Remove(account id.Account) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.accounts[account].deleted = true
}

// Fail makes every operation answer err, until it is given nil.
func (f *Fake) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failing = err
}

// shown is what auth may know.
func (a *account) shown() usersapi.Account {
	out := a.Account
	out.MailAddress = a.verifiedEmail
	if out.MailAddress == "" {
		out.MailAddress = a.Email
	}
	out.SecondFactor = a.factor == userscontract.Required
	return out
}

func (f *Fake) live(account id.Account) *account {
	if a := f.accounts[account]; a != nil && !a.deleted {
		return a
	}
	return nil
}

// found is a result of finding a, which may be nil.
func found(a *account) usersapi.Found {
	if a == nil {
		return usersapi.Found{}
	}
	shown := a.shown()
	return usersapi.Found{Account: &shown}
}

func usernameIs(username string) func(*account) bool {
	return func(a *account) bool { return strings.EqualFold(a.Username, username) }
}

func emailIs(email string) func(*account) bool {
	return func(a *account) bool { return strings.EqualFold(a.Email, email) }
}

func (f *Fake) byUsername(name string) *account { return f.find(usernameIs(name)) }

func (f *Fake) byEmail(email string) *account { return f.find(emailIs(email)) }

// find gives a live account.
func (f *Fake) find(is func(*account) bool) *account {
	return f.any(func(a *account) bool { return !a.deleted && is(a) })
}

// any gives an account, deleted or not; nil: none.
func (f *Fake) any(is func(*account) bool) *account {
	for _, a := range f.accounts {
		if is(a) {
			return a
		}
	}
	return nil
}
