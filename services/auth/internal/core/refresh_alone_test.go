package core_test

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// signInILD signs a in through a dialect whose refresh token comes alone.
func signInILD(t *testing.T, f *coretest.Fixture, a usersapi.Account) core.SignedIn {
	t.Helper()
	client := somebody
	client.Dialect = session.ILD
	out, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", client)
	accept(t, err)
	return out
}

func TestRefreshAlone(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	first := signInILD(t, f, f.Add("ada", userscontract.None))
	second, err := f.RefreshAlone(t.Context(), first.Refresh, session.ILD)
	accept(t, err)
	equal(t, "session", principal(t, f, second).Session, principal(t, f, first).Session)
	third, err := f.RefreshAlone(t.Context(), second.Refresh, session.ILD)
	accept(t, err)
	// An older one, though within the grace of its successor.
	_, err = f.RefreshAlone(t.Context(), first.Refresh, session.ILD)
	refuse(t, err, fault.RefreshInvalid)
	_, err = f.RefreshAlone(t.Context(), third.Refresh, session.ILD)
	refuse(t, err, fault.RefreshInvalid)
}

// A token of another kind or another dialect is refused by all that take a refresh token, and the session is as it was.
func TestForeignRefreshToken(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	s := signInILD(t, f, f.Add("ada", userscontract.None))
	for name, test := range map[string]struct {
		text    secret.String
		dialect session.Dialect
	}{
		"none":            {secret.String{}, session.ILD},
		"an access token": {s.Access, session.ILD},
		"cut":             {secret.New(s.Refresh.Reveal()[:40]), session.ILD},
		"another dialect": {s.Refresh, session.Wolf},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.RefreshAlone(t.Context(), test.text, test.dialect)
			refuse(t, err, fault.RefreshInvalid)
			_, err = f.CheckRefresh(t.Context(), test.text, test.dialect)
			refuse(t, err, fault.Unauthenticated)
			refuse(t, f.LogoutByRefresh(t.Context(), test.text, test.dialect), fault.Unauthenticated)
		})
	}
	_, err := f.RefreshAlone(t.Context(), s.Refresh, session.ILD)
	accept(t, err)
}

// It tells who, spends nothing, and asks nobody but Redis.
func TestCheckRefresh(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	first := signInILD(t, f, f.Add("ada", userscontract.None))
	f.Users.Fail(fault.Outage(nil))
	f.Events.Take()
	for range 3 {
		who, err := f.CheckRefresh(t.Context(), first.Refresh, session.ILD)
		accept(t, err)
		equal(t, "who", who, principal(t, f, first))
	}
	equal(t, "events", f.Events.Take(), nil)
	f.Users.Fail(nil)
	second, err := f.RefreshAlone(t.Context(), first.Refresh, session.ILD)
	accept(t, err)
	_, err = f.CheckRefresh(t.Context(), first.Refresh, session.ILD) // spent: no, but nothing is ended for it
	refuse(t, err, fault.Unauthenticated)
	_, err = f.CheckRefresh(t.Context(), second.Refresh, session.ILD)
	accept(t, err)
	f.Clock.Advance(30 * 24 * time.Hour)
	_, err = f.CheckRefresh(t.Context(), second.Refresh, session.ILD)
	refuse(t, err, fault.Unauthenticated)
}

func TestLogoutByRefresh(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	s, other := signInILD(t, f, a), signInILD(t, f, a)
	f.Events.Take()
	accept(t, f.LogoutByRefresh(t.Context(), s.Refresh, session.ILD))
	equal(t, "events", f.Events.Take(), []string{"ended logout"})
	_, err := f.Authenticate(t.Context(), s.Access.Reveal())
	refuse(t, err, fault.Unauthenticated)
	refuse(t, f.LogoutByRefresh(t.Context(), s.Refresh, session.ILD), fault.Unauthenticated)
	principal(t, f, other)
}

// The owner is told once that a session was ended, and it is ended whether mailer takes the mail or not.
func TestReuseIsTold(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	for _, failing := range []error{nil, fault.Outage(nil)} {
		first := signInILD(t, f, a)
		second, err := f.RefreshAlone(t.Context(), first.Refresh, session.ILD)
		accept(t, err)
		f.Clock.Advance(time.Minute)
		f.Mails.Fail(failing)
		for range 2 {
			_, err = f.RefreshAlone(t.Context(), first.Refresh, session.ILD)
			refuse(t, err, fault.RefreshInvalid)
		}
		_, err = f.Authenticate(t.Context(), second.Access.Reveal())
		refuse(t, err, fault.Unauthenticated)
	}
	mails := f.Mails.Messages()
	equal(t, "mails", mails, []mailapi.Message{{
		Key: mails[0].Key, Template: mailapi.SessionReused, Locale: "en", To: a.Email,
		Data: map[string]string{"username": "ada", "at": f.Clock.Now().Add(-time.Minute).Format(time.RFC3339)},
	}})
}
