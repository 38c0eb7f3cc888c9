package core_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// newcomer asks through a dialect that tells of registrations that wait.
var newcomer = core.Client{
	Address: "192.0.2.9", Locale: "de", Dialect: session.Nerdcult,
	Policy: core.Policy{Token: core.Opaque, TellUnknown: true, TellPending: true},
}

// register has a registration wait for ten minutes, and gives its mailed token.
func register(t *testing.T, f *coretest.Fixture, username, email, password string) secret.String {
	t.Helper()
	in := core.Registration{Username: username, Email: email, Password: secret.New(password)}
	accept(t, f.Register(t.Context(), in, 10*time.Minute, newcomer))
	return tokenOf(last(f.Mails.Messages()))
}

// login signs a name in as newcomer.
func login(t *testing.T, f *coretest.Fixture, username, password string) error {
	t.Helper()
	_, err := f.Login(t.Context(), usersapi.Login{Username: username}, secret.New(password), "", newcomer)
	return err
}

func TestRegistrationIsMailed(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	token := register(t, f, "ada", "Ada@example.com", another)
	now := f.Clock.Now()
	mails := f.Mails.Messages()
	equal(t, "mails", mails, []mailapi.Message{{
		Key: mails[0].Key, Template: mailapi.Verification, Locale: "de", To: "Ada@example.com", Data: map[string]string{
			"username": "ada",
			"at":       now.Format(time.RFC3339),
			"expires":  now.Add(10 * time.Minute).Format(time.RFC3339),
			"token":    token.Reveal(),
			"link":     coretest.Issuer + "/verify?token=" + url.QueryEscape(token.Reveal()),
		},
	}})
	got, err := f.Look(t.Context(), token)
	accept(t, err)
	equal(t, "page", got, core.Mailed{Purpose: code.Pending, Username: "ada", Address: "Ada@example.com", Issued: now, Attempt: true})
}

// The link makes the account, once; until then the name is nobody's.
func TestRegistrationIsConfirmed(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	token := register(t, f, "ada", "ada@example.com", another)
	refuse(t, login(t, f, "ada", another), fault.EmailUnverified)
	refuse(t, login(t, f, "ada", "wrong"), fault.AccountUnknown)

	a, err := f.Verify(t.Context(), token, secret.String{}, newcomer)
	accept(t, err)
	equal(t, "username", a.Username, "ada")
	equal(t, "verified", a.EmailVerified, true)
	accept(t, login(t, f, "ada", another))
	_, err = f.Verify(t.Context(), token, secret.New(another), newcomer)
	refuse(t, err, fault.LinkInvalid)
	_, err = f.Look(t.Context(), token)
	refuse(t, err, fault.LinkInvalid)
}

func TestParallelConfirmations(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	token := register(t, f, "ada", "ada@example.com", another)
	equal(t, "accounts", race(t, func() error {
		_, err := f.Verify(t.Context(), token, secret.String{}, newcomer)
		return err
	}, fault.LinkInvalid, fault.Throttled), 1)
}

func TestRegistrationLapses(t *testing.T) {
	t.Parallel()
	for name, use := range uses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			token := register(t, f, "ada", "ada@example.com", another)
			f.Clock.Advance(10 * time.Minute)
			refuse(t, use(t, f, token), fault.LinkInvalid)
			_, err := f.Look(t.Context(), token)
			refuse(t, err, fault.LinkInvalid)
			refuse(t, login(t, f, "ada", another), fault.AccountUnknown)
		})
	}
}

// Several wait for one name, each with its own password; who confirms first has it, and the others are worth nothing.
func TestRegistrationsOfOneName(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	first := register(t, f, "ada", "ada@example.com", "the password of the first")
	f.Clock.Advance(time.Second)
	second := register(t, f, "Ada", "other@example.com", "the password of the second")
	refuse(t, login(t, f, "ada", "the password of the second"), fault.EmailUnverified)
	refuse(t, login(t, f, "ada", "the password of the first"), fault.AccountUnknown)

	a, err := f.Verify(t.Context(), first, secret.String{}, newcomer)
	accept(t, err)
	equal(t, "email", a.Email, "ada@example.com")
	_, err = f.Verify(t.Context(), second, secret.String{}, newcomer)
	refuse(t, err, fault.LinkInvalid)
	accept(t, login(t, f, "ada", "the password of the first"))
	refuse(t, login(t, f, "ada", "the password of the second"), fault.CredentialsWrong)
}

// A stranger who registers with somebody's address too can't have his password confirmed by its owner.
func TestRegistrationsForOneAddress(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	theirs := register(t, f, "stranger", "ADA@example.com", "the stranger's password")
	own := register(t, f, "ada", "ada@example.com", another)
	third := register(t, f, "ada2", "ada@example.com", another)
	for _, token := range []secret.String{theirs, own, third} {
		page, err := f.Look(t.Context(), token)
		accept(t, err)
		equal(t, "password needed", page.NeedPassword, true)
	}
	for _, password := range []string{"", another} {
		_, err := f.Verify(t.Context(), theirs, secret.New(password), newcomer)
		refuse(t, err, fault.CredentialsWrong)
	}
	_, err := f.Verify(t.Context(), own, secret.String{}, newcomer)
	refuse(t, err, fault.CredentialsWrong)
	a, err := f.Verify(t.Context(), own, secret.New(another), newcomer)
	accept(t, err)
	equal(t, "username", a.Username, "ada")
	_, err = f.Verify(t.Context(), theirs, secret.New("the stranger's password"), newcomer)
	refuse(t, err, fault.LinkInvalid)
	_, err = f.Verify(t.Context(), third, secret.String{}, newcomer) // unknown by now, whatever the password
	refuse(t, err, fault.LinkInvalid)
	refuse(t, login(t, f, "stranger", "the stranger's password"), fault.EmailUnverified)
}

func TestDisownedRegistration(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	theirs := register(t, f, "stranger", "ada@example.com", "the stranger's password")
	own := register(t, f, "ada", "ada@example.com", another)
	accept(t, f.Disown(t.Context(), theirs, newcomer))
	refuse(t, f.Disown(t.Context(), theirs, newcomer), fault.LinkInvalid)
	_, err := f.Verify(t.Context(), theirs, secret.New("the stranger's password"), newcomer)
	refuse(t, err, fault.LinkInvalid)
	refuse(t, login(t, f, "stranger", "the stranger's password"), fault.AccountUnknown)
	_, err = f.Verify(t.Context(), own, secret.String{}, newcomer)
	accept(t, err)
}

func TestRegistrationRefused(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	f.Add("ada", userscontract.None)
	for name, test := range map[string]struct {
		username, email, password string
		refused                   fault.Reason
	}{
		"taken name":     {"ADA", "new@example.com", another, fault.UsernameTaken},
		"taken address":  {"new", "ada@example.com", another, fault.EmailTaken},
		"short password": {"new", "new@example.com", "short", fault.PasswordRefused},
		"no address":     {"new", "new", another, fault.EmailMalformed},
	} {
		err := f.Register(t.Context(), core.Registration{Username: test.username, Email: test.email, Password: secret.New(test.password)}, time.Minute, newcomer)
		if !fault.Has(err, test.refused) {
			t.Errorf("%s: got %v, want %s", name, err, test.refused)
		}
	}
	equal(t, "mails", f.Mails.Messages(), nil)
}

func TestMailerDownKeepsNoRegistration(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	f.Mails.Fail(fault.Outage(nil))
	in := core.Registration{Username: "ada", Email: "ada@example.com", Password: secret.New(another)}
	refuse(t, f.Register(t.Context(), in, time.Minute, newcomer), fault.Unavailable)
	refuse(t, login(t, f, "ada", another), fault.AccountUnknown)
	f.Mails.Fail(nil)
	_, err := f.Verify(t.Context(), register(t, f, "ada", "ada@example.com", another), secret.String{}, newcomer)
	accept(t, err)
}

// What can't be asked for leaves the registration as it was.
func TestUsersDownSpendsNoRegistration(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	token := register(t, f, "ada", "ada@example.com", another)
	f.Users.Fail(fault.Outage(errors.New("down")))
	_, err := f.Verify(t.Context(), token, secret.String{}, newcomer)
	refuse(t, err, fault.Unavailable)
	refuse(t, login(t, f, "ada", another), fault.Unavailable)
	f.Users.Fail(nil)
	_, err = f.Verify(t.Context(), token, secret.String{}, newcomer)
	accept(t, err)
}

// While accounts are concealed nobody is told which addresses are taken but their owners: not by the answer, not by auth's
// steps, not by a sign-in afterwards.
func TestConcealedRegistration(t *testing.T) {
	t.Parallel()
	steps := &steps{}
	f := coretest.New(t, steps.watch, func(d *core.Deps) { d.Settings.Conceal = true })
	f.Users.Conceal = true
	f.Add("ada", userscontract.None)
	ask := func(username, email string) ([]string, error) {
		in := core.Registration{Username: username, Email: email, Password: secret.New(another)}
		err := f.Register(t.Context(), in, time.Minute, newcomer)
		return steps.take(), err
	}
	for _, failing := range []error{nil, fault.Outage(nil)} {
		f.Mails.Fail(failing)
		free, freeErr := ask("free", "free@example.com")
		taken, takenErr := ask("taken", "ADA@example.com")
		equal(t, "steps", taken, free)
		equal(t, "answer", fault.Has(takenErr, fault.Unavailable), fault.Has(freeErr, fault.Unavailable))
	}
	equal(t, "mail to the owner", last(f.Mails.Messages()), mailapi.Message{
		Key: last(f.Mails.Messages()).Key, Template: mailapi.AddressTaken, Locale: "en", To: "ada@example.com",
		Data: map[string]string{"username": "ada", "at": f.Clock.Now().Format(time.RFC3339)},
	})
	for _, name := range []string{"free", "taken", "nobody", "ada"} {
		refuse(t, login(t, f, name, another), fault.CredentialsWrong)
	}
}
