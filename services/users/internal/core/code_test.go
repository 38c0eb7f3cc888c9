package core_test

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func TestOneCodeAtOnceSignsInOnce(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password, Enabled: true, Required: true})
	code := f.Code(t, ada.ID)
	won := race(t, func() error {
		_, err := f.SecondFactor(t.Context(), usersapi.SecondFactor{Account: ada.ID, Epoch: 1, Code: code})
		return err
	}, fault.CodeWrong, fault.Throttled)
	equal(t, "sign-ins", won, 1)
}

func TestCodesShareOneBudgetOverAllRoutes(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password, Enabled: true, Required: true, BackupCodes: []string{"AAAABBBBCCCC"}})
	_, err := f.SignIn(t.Context(), signIn("ada", coretest.Password, "00000x"))
	refuse(t, err, fault.CodeWrong)
	_, err = f.SecondFactor(t.Context(), usersapi.SecondFactor{Account: ada.ID, Epoch: 1, Code: "00000x"})
	refuse(t, err, fault.CodeWrong)
	_, err = recoverBy(t, f, "x")
	refuse(t, err, fault.BackupCodeWrong)
	_, err = f.RemoveAuthenticator(t.Context(), coretest.Actor(ada), ada.ID, "00000x", nil)
	refuse(t, err, fault.CodeWrong)
	_, err = f.Update(t.Context(), core.Update{Actor: coretest.Actor(ada), Account: ada.ID, Name: "A", Username: "ada2", Code: "00000x"})
	refuse(t, err, fault.CodeWrong)
	_, err = f.SecondFactor(t.Context(), usersapi.SecondFactor{Account: ada.ID, Epoch: 1, Code: f.Code(t, ada.ID)})
	equal(t, "wait", refuse(t, err, fault.Throttled).RetryAfter, 15*time.Minute)
}

// lock guesses until the factor is locked, or would be.
func lock(t *testing.T, f *coretest.Fixture, a core.Account, guess func() error) {
	t.Helper()
	for n := range 100 {
		if n%5 == 0 {
			f.Clock.Advance(15 * time.Minute)
		}
		if err := guess(); err == nil {
			t.Fatal("a wrong code was taken")
		}
	}
	equal(t, "wrong codes", f.Get(t, a.ID).TOTP.Failures.Count, 100)
	f.Clock.Advance(24 * time.Hour)
}

func TestALockedFactorOpensByABackupCode(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password, Enabled: true, Required: true, BackupCodes: []string{"AAAABBBBCCCC"}})
	right := func() error {
		_, err := f.SecondFactor(t.Context(), usersapi.SecondFactor{Account: ada.ID, Epoch: 1, Code: f.Code(t, ada.ID)})
		return err
	}
	lock(t, f, ada, func() error {
		_, err := f.SecondFactor(t.Context(), usersapi.SecondFactor{Account: ada.ID, Epoch: 1, Code: "00000x"})
		return err
	})
	refuse(t, right(), fault.FactorLocked)
	_, err := recoverBy(t, f, "AAAABBBBCCCC")
	accept(t, err)
	_, err = f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
}

func recoverBy(t *testing.T, f *coretest.Fixture, code string) (usersapi.SignedIn, error) {
	t.Helper()
	return f.Recover(t.Context(), usersapi.Recover{
		Login: usersapi.Login{Username: "ada"}, Password: secret.NewWire(coretest.Password), Code: code,
	})
}

func TestTheOnlyWayInIsNeverLocked(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Enabled: true})
	sign := func(code string) error {
		_, err := f.CodeSignIn(t.Context(), usersapi.CodeSignIn{Login: usersapi.Login{Username: "ada"}, Code: code})
		return err
	}
	lock(t, f, ada, func() error { return sign("00000x") })
	accept(t, sign(f.Code(t, ada.ID)))
}

func TestCodeSignInTellsNothing(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password, Enabled: true})
	for range 5 {
		_, err := f.CodeSignIn(t.Context(), usersapi.CodeSignIn{Login: usersapi.Login{Username: "ada"}, Code: "00000x"})
		refuse(t, err, fault.CredentialsWrong)
	}
	_, err := f.CodeSignIn(t.Context(), usersapi.CodeSignIn{Login: usersapi.Login{Username: "ada"}, Code: f.Code(t, ada.ID)})
	refuse(t, err, fault.CredentialsWrong) // it has to wait
	f.Clock.Advance(15 * time.Minute)
	_, err = f.CodeSignIn(t.Context(), usersapi.CodeSignIn{Login: usersapi.Login{Username: "ada"}, Code: f.Code(t, ada.ID)})
	accept(t, err)
}

func TestManualRecoveryTurnsTheSecondFactorOff(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password, Enabled: true, Required: true})
	after := f.Get(t, ada.ID)
	after.TOTP.Enabled = false // as the document's findOneAndUpdate does; it leaves the version alone
	accept(t, f.Store.Update(t.Context(), ada, after))
	got, err := f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
	equal(t, "methods", got.AMR, []string{"pwd"})
}

// TestAnAuthenticatorThatCantBeReadIsNoWrongCode: what is broken on our side must not look like the owner's mistake.
func TestAnAuthenticatorThatCantBeReadIsNoWrongCode(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password, Enabled: true, Required: true})
	code := f.Code(t, ada.ID)
	broken := ada
	broken.TOTP.Algorithm = "MD5"
	accept(t, f.Store.Update(t.Context(), ada, broken))
	_, err := f.SignIn(t.Context(), signIn("ada", coretest.Password, code))
	if reason := fault.Of(err).Reason; reason != fault.Internal {
		t.Errorf("got %s, want %s", reason, fault.Internal)
	}
}
