package core_test

import (
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	in := usersapi.Create{Username: "ada", Email: "ada@example.com", Password: secret.NewWire(another)}
	created, err := f.CreateAccount(t.Context(), in, somebody)
	accept(t, err)
	equal(t, "locale", created.Locale, somebody.Locale)
	equal(t, "verified", created.EmailVerified, false)
	got, err := f.Profile(t.Context(), created.ID)
	accept(t, err)
	equal(t, "profile", got, created)
	_, err = f.CreateAccount(t.Context(), in, somebody)
	equal(t, "fields", refuse(t, err, fault.UsernameTaken).Fields, map[string]string{"username": fault.FieldTaken, "email": fault.FieldTaken})
}

func TestAPIKey(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	who := principal(t, f, signIn(t, f, a))
	old, err := f.APIKey(t.Context(), who)
	accept(t, err)
	found, err := f.AccountByAPIKey(t.Context(), old)
	accept(t, err)
	equal(t, "whose it is", found.ID, a.ID)

	fresh, err := f.ReplaceAPIKey(t.Context(), who)
	accept(t, err)
	_, err = f.AccountByAPIKey(t.Context(), old)
	refuse(t, err, fault.Unauthenticated)
	_, err = f.AccountByAPIKey(t.Context(), secret.String{})
	refuse(t, err, fault.Unauthenticated)
	shown, err := f.APIKey(t.Context(), who)
	accept(t, err)
	equal(t, "key", shown, fresh)
	f.Users.Fail(fault.Outage(nil))
	_, err = f.AccountByAPIKey(t.Context(), fresh)
	refuse(t, err, fault.Unavailable)
}

func TestChangeAccount(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a, bob := f.Add("ada", userscontract.None), f.Add("bob", userscontract.None)
	who := principal(t, f, signIn(t, f, a))
	name, email := "countess", "countess@example.com"
	// Whoever is named as the actor, it is who asks.
	in := usersapi.Change{Actor: usersapi.Actor{Account: bob.ID}, Password: secret.NewWire(coretest.Password), Username: &name, Email: &email}
	got, err := f.ChangeAccount(t.Context(), who, in, somebody)
	accept(t, err)
	equal(t, "answer", got, account(t, f, a))
	equal(t, "names", []string{got.Username, got.Email}, []string{name, email})
	in.Password = secret.NewWire("wrong")
	_, err = f.ChangeAccount(t.Context(), who, in, somebody)
	refuse(t, err, fault.PasswordWrong)
}

// An authenticator from enrolment to recovery.
func TestFactor(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	s := signIn(t, f, a)
	who := principal(t, f, s)
	_, err := f.ConfirmFactor(t.Context(), who, f.Users.Code(a.ID), 6, somebody)
	refuse(t, err, fault.AuthenticatorNone)
	enrolled, err := f.Enrol(t.Context(), who, "SHA1", true)
	accept(t, err)
	equal(t, "username", enrolled.Username, "ada")
	_, err = f.Recover(t.Context(), byName(a), secret.New(coretest.Password), "x", somebody)
	refuse(t, err, fault.AuthenticatorNone)
	codes, err := f.ConfirmFactor(t.Context(), who, f.Users.Code(a.ID), 6, somebody)
	accept(t, err)
	equal(t, "backup codes", len(codes), 6)
	refuse(t, f.RemoveFactor(t.Context(), who, ""), fault.CodeRequired)

	f.Events.Take()
	_, err = f.Recover(t.Context(), byName(a), secret.New("wrong"), codes[0].Reveal(), somebody)
	refuse(t, err, fault.CredentialsWrong)
	_, err = f.Recover(t.Context(), byName(a), secret.New(coretest.Password), "x", somebody)
	refuse(t, err, fault.BackupCodeWrong)
	recovered, err := f.Recover(t.Context(), byName(a), secret.New(coretest.Password), codes[0].Reveal(), somebody)
	accept(t, err)
	equal(t, "events", f.Events.Take(), []string{"sign-in recovery refused", "sign-in recovery refused", "sign-in recovery signed_in"})
	equal(t, "whose it is", principal(t, f, recovered).Account, a.ID)
	signIn(t, f, a) // by the password alone
	refuse(t, f.RemoveFactor(t.Context(), who, ""), fault.AuthenticatorNone)
}

func TestRecoveriesAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.Required)
	for range 30 {
		signInWrongly(t, f)
	}
	_, err := f.Recover(t.Context(), byName(a), secret.New(coretest.Password), "x", somebody)
	refuse(t, err, fault.Throttled)
}

// signInWrongly spends one of somebody's tries.
func signInWrongly(t *testing.T, f *coretest.Fixture) {
	t.Helper()
	_, err := f.OTPLogin(t.Context(), usersapi.Login{Username: "nobody"}, "000000", secret.String{}, somebody)
	refuse(t, err, fault.CredentialsWrong)
}

// Whoever's account has gone is signed out, though the session has not ended yet; an outage is none.
func TestOwnerWhoIsGone(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(f *coretest.Fixture, who session.Principal) error{
		"account": func(f *coretest.Fixture, who session.Principal) error {
			_, err := f.Account(t.Context(), who)
			return err
		},
		"delete": func(f *coretest.Fixture, who session.Principal) error { return f.DeleteAccount(t.Context(), who) },
		"change": func(f *coretest.Fixture, who session.Principal) error {
			_, err := f.ChangeAccount(t.Context(), who, usersapi.Change{Password: secret.NewWire(coretest.Password)}, somebody)
			return err
		},
		"API key": func(f *coretest.Fixture, who session.Principal) error {
			_, err := f.APIKey(t.Context(), who)
			return err
		},
		"new API key": func(f *coretest.Fixture, who session.Principal) error {
			_, err := f.ReplaceAPIKey(t.Context(), who)
			return err
		},
		"enrol": func(f *coretest.Fixture, who session.Principal) error {
			_, err := f.Enrol(t.Context(), who, "SHA1", true)
			return err
		},
		"confirm": func(f *coretest.Fixture, who session.Principal) error {
			_, err := f.ConfirmFactor(t.Context(), who, "000000", 6, somebody)
			return err
		},
		"remove": func(f *coretest.Fixture, who session.Principal) error { return f.RemoveFactor(t.Context(), who, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := f.Add("ada", userscontract.None)
			who := principal(t, f, signIn(t, f, a))
			f.Users.Fail(fault.Outage(nil))
			refuse(t, use(f, who), fault.Unavailable)
			f.Users.Fail(nil)
			accept(t, f.DeleteAccount(t.Context(), who))
			refuse(t, use(f, who), fault.Unauthenticated)
		})
	}
}
