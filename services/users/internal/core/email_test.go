package core_test

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

// setEmail changes it as its owner does; nil removes it.
func setEmail(t *testing.T, f *coretest.Fixture, a core.Account, email *string) core.Account {
	t.Helper()
	got, err := f.Update(t.Context(), core.Update{
		Actor: coretest.Actor(a), Account: a.ID, Name: a.Name, Username: a.Username, SetEmail: true, Email: email, Address: "192.0.2.1",
	})
	accept(t, err)
	return got
}

func TestAChangedEmailIsUnverifiedAndBothAreMailed(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "old@example.com", Verified: true})
	a := setEmail(t, f, ada, coretest.Text("new@example.com"))
	equal(t, "verified", a.EmailVerified(), false)
	equal(t, "mail address", a.MailAddress(), "old@example.com")
	equal(t, "epoch", a.Epoch, ada.Epoch)
	equal(t, "sessions were told", f.Sessions.Told(), []coretest.Told{
		{Account: ada.ID, Standing: session.Standing{Epoch: 1, Role: "standard", Email: "new@example.com"}},
	})

	mails := f.Relay(t, ada.ID)
	equal(t, "mails", len(mails), 2)
	for template, want := range map[mailapi.Template]struct {
		to      string
		purpose code.Purpose
	}{
		mailapi.Verification: {"new@example.com", code.Verify},
		mailapi.EmailChanged: {"old@example.com", code.Undo},
	} {
		m := mails[template]
		equal(t, "recipient", m.To, want.to)
		r, ok := f.Codes.Find(m.Data["token"])
		equal(t, "token kept", ok, true)
		equal(t, "record", r, code.Record{Purpose: want.purpose, Account: ada.ID, Address: want.to, Issued: f.Clock.Now()})
		equal(t, "link", m.Data["link"], "https://accounts.example.com/verify?token="+m.Data["token"])
		equal(t, "expires", m.Data["expires"], r.Expires().Format(time.RFC3339))
	}
	equal(t, "the new address in the notice", mails[mailapi.EmailChanged].Data["email"], "n***@example.com")
}

func TestARemovedEmailIsToldToTheAddressVerifiedLast(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "old@example.com", Verified: true})
	a := setEmail(t, f, ada, nil)
	equal(t, "email", a.Email, "")
	equal(t, "key", a.EmailKey, core.NoEmailKey(ada.ID))
	equal(t, "mail address", a.MailAddress(), "old@example.com")
	mails := f.Relay(t, ada.ID)
	equal(t, "mails", len(mails), 1)
	equal(t, "the new address in the notice", mails[mailapi.EmailChanged].Data["email"], "")
	f.Add(t, coretest.Person{Username: "bob", Email: "old@example.com"}) // the address is free
}

func TestAnUnverifiedEmailIsReplacedWithoutNotice(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "old@example.com"})
	setEmail(t, f, ada, coretest.Text("new@example.com"))
	mails := f.Relay(t, ada.ID)
	if _, ok := mails[mailapi.Verification]; !ok || len(mails) != 1 {
		t.Errorf("mails: %v", mails)
	}
}

func TestAnotherSpellingKeepsTheVerification(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Verified: true})
	a := setEmail(t, f, ada, coretest.Text("Ada@Example.com"))
	equal(t, "email", a.Email, "Ada@Example.com")
	equal(t, "verified", a.EmailVerified(), true)
	equal(t, "mail address", a.MailAddress(), "Ada@Example.com")
	equal(t, "mails", len(f.Relay(t, ada.ID)), 0)
}

func TestAnAbsentEmailStays(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Verified: true})
	a, err := f.Update(t.Context(), core.Update{Actor: coretest.Actor(ada), Account: ada.ID, Name: "Ada", Username: "ada"})
	accept(t, err)
	equal(t, "email", a.Email, "ada@example.com")
	equal(t, "verified", a.EmailVerified(), true)
}

func TestConfirmingTellsTheSessions(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com"})
	won := race(t, func() error {
		_, err := f.ConfirmEmail(t.Context(), usersapi.ConfirmEmail{ID: ada.ID, Address: "ada@example.com"})
		return err
	}, fault.LinkInvalid, fault.VersionConflict)
	equal(t, "confirmed", won, 1)
	told := f.Sessions.Told()
	equal(t, "standing", told[len(told)-1].Standing, session.Standing{Epoch: 1, Role: "standard", Email: "ada@example.com", EmailVerified: true})
}

func TestDisowningAVerifiedAddressForgetsIt(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Verified: true})
	_, err := f.DisownEmail(t.Context(), usersapi.DisownEmail{ID: ada.ID, Address: "ada@example.com"})
	accept(t, err)
	a := f.Get(t, ada.ID)
	equal(t, "email", a.Email, "")
	equal(t, "mail address", a.MailAddress(), "")
	equal(t, "sessions were ended", f.Sessions.Told(), []coretest.Told{
		{Account: ada.ID, Ended: true, Standing: session.Standing{Epoch: 2, Role: "standard"}},
	})
}

func TestDisowningWhereTheOldAddressIsTakenLeavesNone(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "old@example.com", Verified: true})
	setEmail(t, f, ada, coretest.Text("new@example.com"))
	f.Add(t, coretest.Person{Username: "bob", Email: "old@example.com"})
	_, err := f.DisownEmail(t.Context(), usersapi.DisownEmail{ID: ada.ID, Address: "new@example.com"})
	accept(t, err)
	equal(t, "email", f.Get(t, ada.ID).Email, "")
}

func TestResetHealsOnlyWhatWasNeverVerified(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name               string
		verified, required bool
		keepsFactor        bool
	}{
		{"never verified", false, true, false},
		{"verified, a second factor", true, true, true},
		{"verified, a way in by itself", true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			ada := f.Add(t, coretest.Person{
				Username: "ada", Email: "ada@example.com", Verified: c.verified, Password: coretest.Password,
				Enabled: true, Required: c.required, BackupCodes: []string{"AAAABBBBCCCC"},
			})
			_, err := f.ResetPassword(t.Context(), usersapi.ResetPassword{
				ID: ada.ID, Epoch: 1, Address: "ada@example.com", Password: signIn("", "another horse battery", "").Password,
			})
			accept(t, err)
			a := f.Get(t, ada.ID)
			equal(t, "authenticator", a.TOTP.Enabled, c.keepsFactor)
			equal(t, "backup codes", len(a.BackupCodes) == 1, c.keepsFactor)
			equal(t, "verified", a.EmailVerified(), true)
			equal(t, "verified address", a.VerifiedEmail, "ada@example.com")
			equal(t, "API key replaced", a.APIKey.Hash != "" && a.APIKey.Hash != ada.APIKey.Hash, true)
			equal(t, "sessions were ended", f.Sessions.Told(), []coretest.Told{{
				Account: ada.ID, Ended: true,
				Standing: session.Standing{Epoch: 2, Role: "standard", Email: "ada@example.com", EmailVerified: true},
			}})
			mails := f.Relay(t, ada.ID)
			if _, ok := mails[mailapi.PasswordChanged]; !ok {
				t.Errorf("mails: %v", mails)
			}
			_, told := mails[mailapi.FactorOff]
			equal(t, "told of the authenticator", told, !c.keepsFactor)
		})
	}
}

func TestResetOpensALockedFactor(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Verified: true, Password: coretest.Password, Enabled: true, Required: true})
	lock(t, f, ada, func() error {
		_, err := f.SecondFactor(t.Context(), usersapi.SecondFactor{Account: ada.ID, Epoch: 1, Code: "00000x"})
		return err
	})
	done, err := f.ResetPassword(t.Context(), usersapi.ResetPassword{
		ID: ada.ID, Epoch: 1, Address: "ada@example.com", Password: signIn("", coretest.Password, "").Password,
	})
	accept(t, err)
	_, err = f.SecondFactor(t.Context(), usersapi.SecondFactor{Account: ada.ID, Epoch: done.Account.Epoch, Code: f.Code(t, ada.ID)})
	accept(t, err)
}

func TestOneResetOfManyWins(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Password: coretest.Password})
	won := race(t, func() error {
		_, err := f.ResetPassword(t.Context(), usersapi.ResetPassword{
			ID: ada.ID, Epoch: 1, Address: "ada@example.com", Password: signIn("", "another horse battery", "").Password,
		})
		return err
	}, fault.LinkInvalid, fault.VersionConflict)
	equal(t, "resets", won, 1)
}

func TestAnEmailChangedBackIsToldToNobodyElse(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "old@example.com", Verified: true})
	setEmail(t, f, ada, coretest.Text("new@example.com"))
	f.Relay(t, ada.ID)
	a := setEmail(t, f, ada, coretest.Text("old@example.com"))
	equal(t, "verified", a.EmailVerified(), false)
	mails := f.Relay(t, ada.ID)
	if _, ok := mails[mailapi.Verification]; !ok || len(mails) != 1 {
		t.Errorf("mails: %v", mails)
	}
}
