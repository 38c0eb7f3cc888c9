package core_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/password"
)

// registering is somebody who registers; with an empty username one is made.
func registering(username, email string) usersapi.Create {
	return usersapi.Create{
		Username: username, MakeUsername: username == "", Email: email, Password: secret.NewWire(coretest.Password), Locale: "en", Address: "192.0.2.1",
	}
}

func preparing(username, email string) usersapi.Prepare {
	return usersapi.Prepare{
		Username: username, Email: email, Password: secret.NewWire(coretest.Password), Locale: "en", Address: "192.0.2.1",
	}
}

func with(change func(s *core.Settings)) func(d *core.Deps) {
	return func(d *core.Deps) { change(&d.Settings) }
}

func TestOfManyWithOneLocalPartAllGetAUsername(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	var n atomic.Int64
	accounts := make(chan id.Account, 50)
	race(t, func() error {
		p, err := f.Register(t.Context(), registering("", "ada@"+strings.Repeat("x", int(n.Add(1)))+".example"))
		accounts <- p.ID
		return err
	})
	close(accounts)
	for account := range accounts {
		equal(t, "username in the mail", f.Relay(t, account)[mailapi.Verification].Data["username"], f.Get(t, account).Username)
	}
}

func TestLongNamesStillMakeAName(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	in := registering("ada", "ada@example.com")
	in.FirstName, in.LastName = strings.Repeat("é", 100), "Lovelace"
	p, err := f.Register(t.Context(), in)
	accept(t, err)
	equal(t, "name", p.Name, in.FirstName)
}

func TestARegistrationIsMailedALink(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	p, err := f.Register(t.Context(), registering("ada", "ada@example.com"))
	accept(t, err)
	mails := f.Relay(t, p.ID)
	equal(t, "mails", len(mails), 1)
	equal(t, "recipient", mails[mailapi.Verification].To, "ada@example.com")
	equal(t, "counted", f.Limits.Taken(), []string{
		limit.Registration().Name + " 192.0.2.1", limit.MailAddress().Name + " 192.0.2.1",
		limit.MailHour().Name + " ada@example.com", limit.MailDay().Name + " ada@example.com",
	})
}

func TestOfManyFirstAccountsOneIsMade(t *testing.T) {
	t.Parallel()
	const people = 5
	all := &gathering{}
	all.Add(people)
	f := coretest.New(t, with(func(s *core.Settings) { s.Registration = false }), func(d *core.Deps) {
		all.Passwords = d.Passwords
		d.Passwords = all
	})
	refused := make(chan error, people)
	for n := range people {
		go func() {
			in := registering("", fmt.Sprintf("person%d@example.com", n))
			in.WhileEmpty = true
			_, err := f.Register(t.Context(), in)
			refused <- err
		}()
	}
	made := 0
	for range people {
		switch err := <-refused; {
		case err == nil:
			made++
		case !fault.Has(err, fault.RegistrationClosed) && !fault.Has(err, fault.Throttled):
			t.Error(err)
		}
	}
	equal(t, "accounts", made, 1)
}

// gathering hashes for nobody until all have come.
type gathering struct {
	core.Passwords
	sync.WaitGroup
}

func (g *gathering) Hash(ctx context.Context, lane password.Lane, text string) (string, error) {
	g.Done()
	g.Wait()
	return g.Passwords.Hash(ctx, lane, text)
}

func TestClosedRegistrationOpensNoPreparedOneAnew(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	out, err := f.Prepare(t.Context(), preparing("ada", "ada@example.com"))
	accept(t, err)
	f.Core.Settings.Registration = false
	_, err = f.Prepare(t.Context(), preparing("bob", "bob@example.com"))
	refuse(t, err, fault.RegistrationClosed)
	_, err = f.Commit(t.Context(), usersapi.Commit{Registration: out.Registration}) // its link was given while it was open
	accept(t, err)
}

func TestAPreparedRegistrationIsSealed(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	out, err := f.Prepare(t.Context(), preparing("ada", "ada@example.com"))
	accept(t, err)
	raw, err := base64.RawURLEncoding.DecodeString(out.Registration)
	accept(t, err)
	for _, text := range []string{"ada", "argon2", coretest.Password} {
		if strings.Contains(string(raw), text) {
			t.Errorf("%q is readable", text)
		}
	}
	if len(out.Registration) > 2048 {
		t.Errorf("%d characters", len(out.Registration))
	}
	other := coretest.New(t) // other keys
	_, err = other.Commit(t.Context(), usersapi.Commit{Registration: out.Registration})
	refuse(t, err, fault.LinkInvalid)
}

func TestAPreparedPasswordIsAsOldAsTheRegistration(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	prepared := f.Clock.Now()
	out, err := f.Prepare(t.Context(), preparing("ada", "ada@example.com"))
	accept(t, err)
	f.Clock.Advance(time.Hour)
	done, err := f.Commit(t.Context(), usersapi.Commit{Registration: out.Registration})
	accept(t, err)
	a := f.Get(t, done.Account.ID)
	equal(t, "password", a.Password.ChangedAt, prepared)
	equal(t, "account", a.CreatedAt, f.Clock.Now())
	equal(t, "outbox", len(a.Outbox), 0)
}

func TestOfManyCommitsOfOneNameOneWins(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	out, err := f.Prepare(t.Context(), preparing("ada", "ada@example.com"))
	accept(t, err)
	won := race(t, func() error {
		_, err := f.Commit(t.Context(), usersapi.Commit{Registration: out.Registration})
		return err
	}, fault.UsernameTaken)
	equal(t, "accounts", won, 1)
}
