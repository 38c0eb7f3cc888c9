package core_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/secret"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/password"
)

func TestSignInCostsOneHashWhoeverIsNamed(t *testing.T) {
	t.Parallel()
	f, hashes := counted(t)
	f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	f.Add(t, coretest.Person{Username: "eve", Enabled: true})
	gone := f.Add(t, coretest.Person{Username: "gone", Password: coretest.Password})
	_, err := f.Delete(t.Context(), coretest.Actor(gone), gone.ID, nil)
	accept(t, err)
	for _, username := range []string{"ada", "eve", "gone", "nobody", "no such name!"} {
		before := hashes.verified.Load()
		_, err := f.SignIn(t.Context(), signIn(username, "a wrong one", ""))
		refuse(t, err, fault.CredentialsWrong)
		equal(t, username, hashes.verified.Load()-before, 1)
	}
}

func TestGuessesAtOnceDoNotOutrunTheBudget(t *testing.T) {
	t.Parallel()
	f, hashes := counted(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Password: coretest.Password})
	var n atomic.Int64
	race(t, func() error {
		in := signIn("ADA", "a wrong one", "")
		if n.Add(1)%2 == 0 { // another name of the same account
			in.Login = usersapi.Login{Email: "Ada@example.com"}
		}
		_, err := f.SignIn(t.Context(), in)
		return err
	}, fault.CredentialsWrong, fault.Throttled)
	equal(t, "hashes", hashes.verified.Load(), 10)
	equal(t, "failures", f.Get(t, ada.ID).Password.Failures.Count, 10)
}

func TestWaitsGrow(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	guess := func() error {
		_, err := f.SignIn(t.Context(), signIn("ada", "a wrong one", ""))
		return err
	}
	for range 10 {
		refuse(t, guess(), fault.CredentialsWrong)
	}
	for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute} {
		equal(t, "wait", refuse(t, guess(), fault.Throttled).RetryAfter, want)
		f.Clock.Advance(want - time.Second)
		refuse(t, guess(), fault.Throttled)
		f.Clock.Advance(time.Second)
		refuse(t, guess(), fault.CredentialsWrong)
	}
	equal(t, "failures: refused guesses are not counted", f.Get(t, ada.ID).Password.Failures.Count, 14)
	f.Clock.Advance(time.Hour)
	_, err := f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
	equal(t, "failures after a success", f.Get(t, ada.ID).Password.Failures, core.Failures{})
}

func TestSuccessClearsOnlyThePasswords(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password, Enabled: true, Required: true})
	_, err := f.SignIn(t.Context(), signIn("ada", coretest.Password, "00000x"))
	refuse(t, err, fault.CodeWrong)
	_, err = f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
	a := f.Get(t, ada.ID)
	equal(t, "wrong passwords", a.Password.Failures.Count, 0)
	equal(t, "wrong codes", a.TOTP.Failures.Count, 1)
}

func TestAnOutageIsNeverAWrongPassword(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password, Enabled: true})
	f.Store.Break(errors.New("down"))
	_, err := f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	refuse(t, err, fault.Unavailable)
	_, err = f.CodeSignIn(t.Context(), usersapi.CodeSignIn{Login: usersapi.Login{Username: "ada"}, Code: "123456"})
	refuse(t, err, fault.Unavailable)
	_, err = f.SecondFactor(t.Context(), usersapi.SecondFactor{Account: ada.ID, Epoch: 1, Code: "123456"})
	refuse(t, err, fault.Unavailable)
	f.Store.Mend()
	_, err = f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
}

// late lets everybody in and has no slot for anybody in time.
type late struct{ full }

func (late) Admit(password.Lane) error { return nil }

// A guess that was shed before it was compared costs nothing.
func TestALateRefusalIsNotCounted(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, func(d *core.Deps) { d.Passwords = late{} })
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	for range 20 {
		_, err := f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
		refuse(t, err, fault.Overloaded)
	}
	equal(t, "wrong passwords", f.Get(t, ada.ID).Password.Failures.Count, 0)
}

// TestAFullPoolIsOverload: whoever is shed is told so before anything is counted; else an overload would make an account
// wait that nobody guessed at.
func TestAFullPoolIsOverload(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, func(d *core.Deps) { d.Passwords = full{} })
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	for _, username := range []string{"ada", "nobody"} {
		_, err := f.SignIn(t.Context(), signIn(username, coretest.Password, ""))
		equal(t, "wait", refuse(t, err, fault.Overloaded).RetryAfter, 2*time.Second)
	}
	equal(t, "wrong passwords counted", f.Get(t, ada.ID).Password.Failures.Count, 0)
}

func TestANewDeviceIsToldAboutOnceAnHour(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Verified: true, Password: coretest.Password})
	known := usersapi.Device{ID: "01JD0000000000000000000000", Accounts: []id.Account{ada.ID}}
	stranger := usersapi.Device{ID: "01JD0000000000000000000000", Accounts: []id.Account{"01JD0000000000000000000001"}}
	for _, c := range []struct {
		name   string
		device usersapi.Device
		wait   time.Duration
		told   bool
	}{
		{"the first sign-in", usersapi.Device{}, 0, false},
		{"a known device", known, time.Minute, false},
		{"a new device", stranger, time.Minute, true},
		{"another within the hour", usersapi.Device{}, 59 * time.Minute, false},
		{"another after it", usersapi.Device{}, time.Minute, true},
	} {
		f.Clock.Advance(c.wait)
		in := signIn("ada", coretest.Password, "")
		in.Device = c.device
		_, err := f.SignIn(t.Context(), in)
		accept(t, err)
		m, told := f.Relay(t, ada.ID)[mailapi.NewSignIn]
		equal(t, c.name, told, c.told)
		if told {
			equal(t, "recipient", m.To, "ada@example.com")
			equal(t, "data", m.Data, map[string]string{"username": "ada", "at": f.Clock.Now().Format(time.RFC3339)})
		}
	}
}

func TestARightPasswordWithAWrongCodeIsToldAbout(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Password: coretest.Password, Enabled: true, Required: true})
	_, err := f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
	equal(t, "mails before the code", len(f.Relay(t, ada.ID)), 0)
	won := race(t, func() error {
		_, err := f.SignIn(t.Context(), signIn("ada", coretest.Password, "00000x"))
		return err
	}, fault.CodeWrong, fault.Throttled)
	equal(t, "sign-ins", won, 0)
	if _, told := f.Relay(t, ada.ID)[mailapi.NewSignIn]; !told {
		t.Error("the owner was not told")
	}
}

func TestSuccessClearsTheDevicesBudgetToo(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	in := signIn("ada", "", "")
	in.Device = usersapi.Device{ID: "01JD0000000000000000000000", Accounts: []id.Account{ada.ID}}
	for range 2 {
		in.Password = secret.NewWire("a wrong one")
		for range 9 {
			_, err := f.SignIn(t.Context(), in)
			refuse(t, err, fault.CredentialsWrong)
		}
		in.Password = secret.NewWire(coretest.Password)
		_, err := f.SignIn(t.Context(), in)
		accept(t, err)
	}
	equal(t, "the account's own failures", f.Get(t, ada.ID).Password.Failures.Count, 0)
}
