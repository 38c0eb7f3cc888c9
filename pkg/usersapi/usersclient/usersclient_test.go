package usersclient_test

import (
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/rpc/rpctest"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/usersclient"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/pkg/usersapi/usersfake"
)

var _ userscontract.Users = (*usersclient.Client)(nil)

func TestTheFakeKeepsTheContract(t *testing.T) {
	t.Parallel()
	userscontract.Test(t, func(_ *testing.T, with userscontract.Settings) userscontract.Subject {
		fake, clock := newFake(with)
		return subject(fake, fake, clock)
	})
}

func TestTheClientKeepsTheContract(t *testing.T) {
	t.Parallel()
	userscontract.Test(t, func(t *testing.T, with userscontract.Settings) userscontract.Subject {
		fake, clock := newFake(with)
		return subject(usersclient.New(rpctest.Join(t, "auth", "users", fake.Handler)), fake, clock)
	})
}

// clock stands still until it is turned on.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newFake(with userscontract.Settings) (*usersfake.Fake, *clock) {
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	fake := usersfake.New(id.Source{Now: c.Now, Rand: rand.Reader})
	fake.Conceal, fake.Demo, fake.Closed = with.Conceal, with.Demo, with.Closed
	return fake, c
}

func subject(users userscontract.Users, fake *usersfake.Fake, clock *clock) userscontract.Subject {
	return userscontract.Subject{
		Users: users,
		Add:   func(_ *testing.T, p userscontract.Person) usersapi.Account { return fake.Add(p) },
		SetEmail: func(_ *testing.T, account id.Account, email string) {
			fake.Alter(account, func(a *usersapi.Account) { a.Email, a.EmailVerified = email, false })
		},
		Delete:  func(_ *testing.T, account id.Account) { fake.Remove(account) },
		Code:    func(_ *testing.T, account id.Account) string { return fake.Code(account) },
		Advance: clock.Advance,
	}
}
