// Package usersfake is users in memory, for the tests of its callers: honest about what usersapi promises, and about
// nothing else. It passes userscontract, as the real service does.
package usersfake

import (
	"strings"
	"sync"
	"time"

	"github.com/watchword/watchword/pkg/id"
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
	tries   map[string]*budget
	failing error
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
	deleted       bool
}

var _ userscontract.Users = (*Fake)(nil)

// New makes one without accounts, whose ids and codes follow ids' clock.
func New(ids id.Source) *Fake {
	return &Fake{ids: ids, now: ids.Now, accounts: map[id.Account]*account{}, tries: map[string]*budget{}}
}

// Add makes a live account of p. It panics where the name or the email is taken.
func (f *Fake) Add(p userscontract.Person) usersapi.Account {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byUsername(p.Username) != nil || p.Email != "" && f.byEmail(p.Email) != nil {
		panic("usersfake: " + p.Username + " or its email is taken")
	}
	text, err := f.ids.New()
	if err != nil {
		panic(err)
	}
	a := &account{
		Account: usersapi.Account{
			ID:            id.Account(text),
			Username:      p.Username,
			Name:          p.Username,
			Email:         p.Email,
			EmailVerified: p.Verified,
			Role:          usersapi.RoleStandard,
			Epoch:         1,
			Locale:        "en",
			CreatedAt:     f.now().UTC().Truncate(time.Millisecond),
		},
		password:    p.Password,
		factor:      p.Factor,
		backupCodes: append([]string(nil), p.BackupCodes...),
	}
	if p.Verified {
		a.verifiedEmail = p.Email
	}
	f.accounts[a.ID] = a
	return a.shown()
}

// Change alters the account as another service's caller would see it done: role, epoch, email and so on.
func (f *Fake) Change(account id.Account, change func(a *usersapi.Account)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.accounts[account].Account)
}

// Delete deletes the account softly.
func (f *Fake) Delete(account id.Account) {
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

func (f *Fake) byUsername(name string) *account {
	return f.find(func(a *account) bool { return strings.EqualFold(a.Username, name) })
}

func (f *Fake) byEmail(email string) *account {
	return f.find(func(a *account) bool { return strings.EqualFold(a.Email, email) })
}

func (f *Fake) find(is func(*account) bool) *account {
	for _, a := range f.accounts {
		if !a.deleted && is(a) {
			return a
		}
	}
	return nil
}
