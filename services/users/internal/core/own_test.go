package core_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func change(a core.Account) usersapi.Change {
	return usersapi.Change{Actor: usersapi.Actor(coretest.Actor(a)), Password: secret.NewWire(coretest.Password), Address: "192.0.2.1"}
}

func TestAChangeOfEverythingIsOneUpdate(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "old@example.com", Verified: true, Password: coretest.Password})
	in := change(ada)
	fresh := secret.NewWire("another horse battery")
	in.Username, in.Email, in.NewPassword = coretest.Text("lovelace"), coretest.Text("new@example.com"), &fresh
	_, err := f.ChangeOwn(t.Context(), in)
	accept(t, err)
	equal(t, "versions", f.Get(t, ada.ID).Version, ada.Version+1)
	told := f.Sessions.Told()
	equal(t, "sessions", told[len(told)-1].Standing, session.Standing{Epoch: 2, Role: "standard", Email: "new@example.com"})
	for _, one := range told {
		if one.Ended && one.Spare != coretest.Actor(ada).Session {
			t.Errorf("spared: %q", one.Spare)
		}
	}
	mails := f.Relay(t, ada.ID)
	for template, to := range map[mailapi.Template]string{
		mailapi.Verification: "new@example.com", mailapi.EmailChanged: "old@example.com", mailapi.PasswordChanged: "old@example.com",
	} {
		equal(t, string(template), mails[template].To, to)
	}
	equal(t, "mails", len(mails), 3)
	equal(t, "counted", f.Limits.Taken(), []string{
		limit.MailAddress().Name + " 192.0.2.1", limit.MailHour().Name + " new@example.com", limit.MailDay().Name + " new@example.com",
	})
}

func TestARightPasswordClearsTheWrongOnes(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	in := change(ada)
	in.Username, in.Password = coretest.Text("lovelace"), secret.NewWire("a wrong one")
	_, err := f.ChangeOwn(t.Context(), in)
	refuse(t, err, fault.PasswordWrong)
	equal(t, "counted", f.Get(t, ada.ID).Password.Failures.Count, 1)
	in.Password = secret.NewWire(coretest.Password)
	_, err = f.ChangeOwn(t.Context(), in)
	accept(t, err)
	equal(t, "counted", f.Get(t, ada.ID).Password.Failures, core.Failures{})
}

func TestNobodyChangesAnotherAccount(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	root := f.Add(t, coretest.Person{Username: "root", Password: coretest.Password, Admin: true})
	_, err := f.ChangePassword(t.Context(), core.ChangePassword{
		Actor: coretest.Actor(root), Account: ada.ID, Password: secret.New(coretest.Password), Fresh: secret.New("another horse battery"),
	})
	refuse(t, err, fault.Forbidden)
}

func TestADemonstrationRefusesEveryDialectsChanges(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, with(func(s *core.Settings) { s.Demo = true }))
	demo := f.Add(t, coretest.Person{Username: "demo", Password: coretest.Password})
	who := coretest.Actor(demo)
	for name, try := range map[string]func() error{
		"names": func() error {
			_, err := f.Update(t.Context(), core.Update{Actor: who, Account: demo.ID, Name: "Demo", Username: "demo2"})
			return err
		},
		"password": func() error {
			_, err := f.ChangePassword(t.Context(), core.ChangePassword{
				Actor: who, Account: demo.ID, Password: secret.New(coretest.Password), Fresh: secret.New("another horse battery"),
			})
			return err
		},
		"enrolment": func() error {
			_, err := f.Enrol(t.Context(), who, demo.ID, legionPolicy)
			return err
		},
		"confirmation": func() error {
			_, err := f.ConfirmAuthenticator(t.Context(), core.Confirm{Account: demo.ID, Code: "123456"})
			return err
		},
		"removal": func() error {
			_, err := f.RemoveAuthenticator(t.Context(), who, demo.ID, "123456", nil)
			return err
		},
	} {
		if err := try(); !fault.Has(err, fault.DemoMode) {
			t.Errorf("%s: %v", name, err)
		}
	}
	equal(t, "account", f.Get(t, demo.ID), demo)
}

func TestARecoveryIsToldToTheOwner(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{
		Username: "ada", Email: "ada@example.com", Verified: true, Password: coretest.Password, Enabled: true, Required: true,
		BackupCodes: []string{"AAAABBBBCCCC", "DDDDEEEEFFFF"},
	})
	in, err := recoverBy(t, f, "AAAABBBBCCCC")
	accept(t, err)
	equal(t, "methods", in.AMR, []string{"pwd", "mfa"})
	equal(t, "recipient", f.Relay(t, ada.ID)[mailapi.FactorOff].To, "ada@example.com")
	a := f.Get(t, ada.ID)
	equal(t, "authenticator", a.TOTP, core.TOTP{})
	equal(t, "backup codes", len(a.BackupCodes), 0)
	if !strings.Contains(f.Log.String(), "second factor recovered") {
		t.Errorf("log: %s", f.Log)
	}
}

func TestASpentBackupCodeRecoversNothing(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{
		Username: "ada", Password: coretest.Password, Enabled: true, Required: true, BackupCodes: []string{"AAAABBBBCCCC"},
	})
	spent := f.Get(t, ada.ID)
	spent.BackupCodes[0].UsedAt = f.Clock.Now() // as an account may come from elsewhere
	accept(t, f.Store.Update(t.Context(), ada, spent))
	_, err := recoverBy(t, f, "AAAABBBBCCCC")
	refuse(t, err, fault.BackupCodeWrong)
}

func TestAnAPIKeyFindsNoDeletedAccount(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	made, err := f.Register(t.Context(), registering("ada", "ada@example.com"))
	accept(t, err)
	shown, err := f.ShowAPIKey(t.Context(), usersapi.ShowAPIKey{Actor: usersapi.Actor{Account: made.ID}})
	accept(t, err)
	before := f.Get(t, made.ID)
	after := before
	after.DeletedAt = f.Clock.Now() // with its key, as an account may come from elsewhere
	accept(t, f.Store.Update(t.Context(), before, after))
	found, err := f.FindByAPIKey(t.Context(), usersapi.FindByAPIKey(shown))
	accept(t, err)
	if found.Account != nil {
		t.Errorf("found %s", found.Account.Username)
	}
}

// A stranger with a session has set another address, and mailer is down: after the owner's reset the link to confirm that
// address must not come to life.
func TestAResetTakesBackALinkThatStillWaits(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Verified: true, Password: coretest.Password})
	setEmail(t, f, ada, coretest.Text("stranger@example.com"))
	f.Mails.Fail(fault.Outage(errors.New("mailer is down")))
	f.Codes.Fail(errors.New("redis is down"))
	f.Clock.Advance(time.Minute)
	done, err := f.ResetPassword(t.Context(), usersapi.ResetPassword{
		ID: ada.ID, Epoch: 1, Address: "ada@example.com", Password: secret.NewWire("another horse battery"),
	})
	accept(t, err)
	f.Mails.Fail(nil)
	f.Codes.Fail(nil)
	mails := f.Relay(t, ada.ID)
	if m, sent := mails[mailapi.Verification]; sent {
		t.Errorf("mailed: %+v", m)
	}
	equal(t, "the owner can still undo", mails[mailapi.EmailChanged].To, "ada@example.com")
	equal(t, "mail address", done.Account.MailAddress, "ada@example.com")

	f.Clock.Advance(time.Minute)
	setEmail(t, f, f.Get(t, ada.ID), coretest.Text("hers@example.com"))
	equal(t, "a later link", f.Relay(t, ada.ID)[mailapi.Verification].To, "hers@example.com")
}
