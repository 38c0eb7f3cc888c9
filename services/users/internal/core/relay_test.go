package core_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func kinds(a core.Account) []core.EntryKind {
	var out []core.EntryKind
	for _, e := range a.Outbox {
		out = append(out, e.Kind)
	}
	return out
}

func changePassword(t *testing.T, f *coretest.Fixture, a core.Account, old, fresh string) {
	t.Helper()
	_, err := f.ChangePassword(t.Context(), core.ChangePassword{
		Actor: coretest.Actor(a), Account: a.ID, Password: secret.New(old), Fresh: secret.New(fresh),
	})
	accept(t, err)
}

func TestSessionsEndWithTheAnswerAndMailsFollow(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Password: coretest.Password})
	changePassword(t, f, ada, coretest.Password, "another horse battery")
	told := f.Sessions.Told()
	equal(t, "calls", len(told), 1)
	equal(t, "spared", told[0].Spare, coretest.Actor(ada).Session)
	equal(t, "epoch", told[0].Standing.Epoch, 2)
	equal(t, "left to do", kinds(f.Get(t, ada.ID)), []core.EntryKind{core.SendMail})
	equal(t, "woken", <-f.Woken(), ada.ID)
	equal(t, "recipient", f.Relay(t, ada.ID)[mailapi.PasswordChanged].To, "ada@example.com")
}

func TestWhatCouldNotBeToldIsToldLater(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Password: coretest.Password})
	f.Sessions.Fail(errors.New("redis is down"))
	changePassword(t, f, ada, coretest.Password, "another horse battery") // the answer stands
	equal(t, "left to do", kinds(f.Get(t, ada.ID)), []core.EntryKind{core.EndSessions, core.SendMail})

	f.Sessions.Fail(nil)
	f.Mails.Fail(fault.Outage(errors.New("mailer is down")))
	f.Clock.Advance(time.Minute)
	refuse(t, f.Sweep(t.Context()), fault.Unavailable)
	equal(t, "sessions told by the sweep", len(f.Sessions.Told()), 1)
	equal(t, "left to do", kinds(f.Get(t, ada.ID)), []core.EntryKind{core.SendMail})

	f.Mails.Fail(nil)
	accept(t, f.Sweep(t.Context()))
	equal(t, "left to do", kinds(f.Get(t, ada.ID)), nil)
	equal(t, "mails", len(f.Mails.Messages()), 1)
	accept(t, f.Sweep(t.Context()))
	equal(t, "mails after another sweep", len(f.Mails.Messages()), 1)
}

func TestWhatCouldNotBeToldIsToldBeforeARefresh(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	outage := fault.Outage(errors.New("redis is down"))
	f.Sessions.Fail(outage)
	changePassword(t, f, ada, coretest.Password, "another horse battery")
	_, err := f.Account(t.Context(), usersapi.GetAccount{ID: ada.ID})
	refuse(t, err, fault.Unavailable)

	f.Sessions.Fail(nil)
	told, err := f.Account(t.Context(), usersapi.GetAccount{ID: ada.ID})
	accept(t, err)
	equal(t, "epoch", told.Epoch, 2)
	equal(t, "spared", f.Sessions.Told()[0].Spare, coretest.Actor(ada).Session)
	equal(t, "left to do", kinds(f.Get(t, ada.ID)), nil)
}

func TestEntriesKeepTheirOrderAndTheirEpochs(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	f.Sessions.Fail(errors.New("redis is down"))
	changePassword(t, f, ada, coretest.Password, "another horse battery")
	_, err := f.Delete(t.Context(), coretest.Actor(ada), ada.ID, nil)
	accept(t, err)
	f.Sessions.Fail(nil)
	f.Relay(t, ada.ID)
	told := f.Sessions.Told()
	equal(t, "calls", len(told), 2)
	equal(t, "epochs", []int64{told[0].Standing.Epoch, told[1].Standing.Epoch}, []int64{2, 3})
	equal(t, "spared by the second", told[1].Spare, "")
}

func TestTheLastWordToSessionsIsNeverAnOldOne(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Password: coretest.Password})
	f.Sessions.Before = func() { // while the first change is being told a second one comes and is told
		f.Sessions.Before = nil
		setEmail(t, f, ada, coretest.Text("second@example.com"))
	}
	setEmail(t, f, ada, coretest.Text("first@example.com"))
	told := f.Sessions.Told()
	equal(t, "last told", told[len(told)-1].Standing.Email, "second@example.com")
}

func TestATokenIsKeptBeforeItsMailIsSent(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	setEmail(t, f, ada, coretest.Text("ada@example.com"))
	f.Codes.Fail(errors.New("redis is down"))
	refuse(t, f.Core.Relay(t.Context(), ada.ID), fault.Unavailable)
	equal(t, "mails", len(f.Mails.Messages()), 0)
	f.Codes.Fail(nil)
	m := f.Relay(t, ada.ID)[mailapi.Verification]
	if _, ok := f.Codes.Find(m.Data["token"]); !ok {
		t.Error("the mailed token is not kept")
	}
}

func TestTokensAreSealedInTheOutbox(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	a := setEmail(t, f, ada, coretest.Text("ada@example.com"))
	token := f.Relay(t, ada.ID)[mailapi.Verification].Data["token"]
	e := a.Outbox[slices.IndexFunc(a.Outbox, func(e core.Entry) bool { return e.Kind == core.SendMail })]
	if token == "" || strings.Contains(string(e.Token), token) || e.Data["token"] != "" {
		t.Errorf("the token %q lies open in %q %v", token, e.Token, e.Data)
	}
}

func TestAMailThatCanNeverBeSentIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(f *coretest.Fixture){
		"refused by mailer":    func(f *coretest.Fixture) { f.Mails.Fail(fault.New(fault.Malformed)) },
		"its token has lapsed": func(f *coretest.Fixture) { f.Clock.Advance(24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			ada := f.Add(t, coretest.Person{Username: "ada"})
			setEmail(t, f, ada, coretest.Text("ada@example.com"))
			fail(f)
			equal(t, "mails", len(f.Relay(t, ada.ID)), 0)
			if !strings.Contains(f.Log.String(), "mail given up") || strings.Contains(f.Log.String(), "ada@example.com") {
				t.Errorf("log: %s", f.Log)
			}
		})
	}
}

func TestRelayOfAnAccountThatIsGone(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	accept(t, f.Core.Relay(t.Context(), "01JD0000000000000000000000"))
}

func TestASweepAsksADeadMailerOnce(t *testing.T) {
	t.Parallel()
	mailer := &dead{}
	f := coretest.New(t, func(d *core.Deps) { d.Mails = mailer })
	for _, username := range []string{"ada", "bob", "eve"} {
		a := f.Add(t, coretest.Person{Username: username})
		setEmail(t, f, a, coretest.Text(username+"@example.com"))
	}
	f.Clock.Advance(time.Minute)
	refuse(t, f.Sweep(t.Context()), fault.Unavailable)
	equal(t, "calls", mailer.calls, 1)
}

// dead is a mailer that is down.
type dead struct{ calls int }

func (d *dead) Send(context.Context, mailapi.Message) (mailapi.Accepted, error) {
	d.calls++
	return mailapi.Accepted{}, fault.Outage(errors.New("mailer is down"))
}
