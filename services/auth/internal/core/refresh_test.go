package core_test

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// refresh spends s's refresh token.
func refresh(t *testing.T, f *coretest.Fixture, s core.SignedIn) core.SignedIn {
	t.Helper()
	out, err := f.Refresh(t.Context(), s.Refresh, s.Access, session.Legion)
	accept(t, err)
	return out
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	first := signIn(t, f, a)
	f.Events.Take()
	f.Users.Alter(a.ID, func(a *usersapi.Account) { a.Role = usersapi.RoleAdmin })
	f.Clock.Advance(3 * time.Hour) // the access token is long past its time

	second := refresh(t, f, first)
	equal(t, "events", f.Events.Take(), []string{"refresh rotated"})
	equal(t, "the session's end is the same", second.SessionExpires, first.SessionExpires)
	equal(t, "no device", second.Device, usersapi.Device{})
	claims, err := f.Access.Verify(t.Context(), second.Access.Reveal())
	accept(t, err)
	equal(t, "role", claims.Role, usersapi.RoleAdmin)
	equal(t, "amr", claims.AMR, []string{"pwd"})
	if first.Refresh.Equal(second.Refresh) {
		t.Error("the refresh token is still the same")
	}
	equal(t, "role of the session", principal(t, f, second).Role, usersapi.RoleAdmin)
}

func TestRefreshTokenSpentTwice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		later  time.Duration
		spent  int // how many successors were spent before
		events []string
	}{
		"at once":                {events: []string{"refresh replayed"}},
		"within the grace":       {later: 10 * time.Second, events: []string{"refresh replayed"}},
		"after it":               {later: 10*time.Second + time.Millisecond, events: []string{"ended reuse", "refresh reuse"}},
		"an older one, at once":  {spent: 1, events: []string{"ended reuse", "refresh reuse"}},
		"a much older, at once":  {spent: 3, events: []string{"ended reuse", "refresh reuse"}},
		"a much older, later on": {spent: 3, later: time.Hour, events: []string{"ended reuse", "refresh reuse"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			first := signIn(t, f, f.Add("ada", userscontract.None))
			second := refresh(t, f, first)
			newest := second
			for range test.spent {
				newest = refresh(t, f, newest)
			}
			f.Clock.Advance(test.later)
			f.Events.Take()
			again, err := f.Refresh(t.Context(), first.Refresh, first.Access, session.Legion)
			equal(t, "events", f.Events.Take(), test.events)
			if last(test.events) == "refresh replayed" {
				accept(t, err)
				equal(t, "the same successor", again.Refresh, second.Refresh)
				refresh(t, f, again)
				return
			}
			refuse(t, err, fault.RefreshInvalid)
			ended(t, f, newest)
		})
	}
}

// A second tab, or fifty: all get the one successor, and the session has turned once.
func TestParallelRefreshes(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	first := signIn(t, f, a)
	successors := make(chan secret.String, 50)
	equal(t, "successes", race(t, func() error {
		out, err := f.Refresh(t.Context(), first.Refresh, first.Access, session.Legion)
		successors <- out.Refresh
		return err
	}), 50)
	one := <-successors
	for range 49 {
		equal(t, "successor", <-successors, one)
	}
	list, err := f.Sessions.List(t.Context(), a.ID)
	accept(t, err)
	equal(t, "generation", list[0].Generation, 2)
}

// What is refused spends nothing: the pair is as good as before.
func TestRefreshRefusedSpendsNothing(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada, bob := f.Add("ada", userscontract.None), f.Add("bob", userscontract.None)
	mine, other, foreign := signIn(t, f, ada), signIn(t, f, ada), signIn(t, f, bob)
	none := secret.String{}
	for name, test := range map[string]struct {
		refresh, bearer secret.String
		dialect         session.Dialect
		refused         fault.Reason
	}{
		"another account's access token":  {mine.Refresh, foreign.Access, session.Legion, fault.Unauthenticated},
		"another session's access token":  {mine.Refresh, other.Access, session.Legion, fault.Unauthenticated},
		"another account's refresh token": {foreign.Refresh, mine.Access, session.Legion, fault.Unauthenticated},
		"no access token":                 {mine.Refresh, none, session.Legion, fault.Unauthenticated},
		"a refresh token as access token": {mine.Refresh, mine.Refresh, session.Legion, fault.Unauthenticated},
		"no refresh token":                {none, mine.Access, session.Legion, fault.RefreshInvalid},
		"an access token as refresh":      {mine.Access, mine.Access, session.Legion, fault.RefreshInvalid},
		"cut":                             {secret.New(mine.Refresh.Reveal()[:40]), mine.Access, session.Legion, fault.RefreshInvalid},
		"another dialect":                 {mine.Refresh, mine.Access, session.Wolf, fault.RefreshInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.Refresh(t.Context(), test.refresh, test.bearer, test.dialect)
			refuse(t, err, test.refused)
		})
	}
	f.Events.Take()
	for _, s := range []core.SignedIn{mine, other, foreign} {
		next := refresh(t, f, s)
		equal(t, "session", principal(t, f, next).Session, principal(t, f, s).Session)
	}
	equal(t, "outcomes", f.Events.Take(), []string{"refresh rotated", "refresh rotated", "refresh rotated"})
}

func TestRefreshWhileUsersIsDown(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	first := signIn(t, f, f.Add("ada", userscontract.None))
	f.Users.Fail(fault.Outage(nil))
	_, err := f.Refresh(t.Context(), first.Refresh, first.Access, session.Legion)
	refuse(t, err, fault.Unavailable)
	f.Users.Fail(nil)
	f.Events.Take()
	f.Clock.Advance(time.Hour) // far past any grace: it must be the active token still
	refresh(t, f, first)
	equal(t, "events", f.Events.Take(), []string{"refresh rotated"})
}

func TestRefreshFollowsTheAccount(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(f *coretest.Fixture, a usersapi.Account){
		"deleted": func(f *coretest.Fixture, a usersapi.Account) { f.Users.Remove(a.ID) },
		"epoch raised": func(f *coretest.Fixture, a usersapi.Account) {
			f.Users.Alter(a.ID, func(a *usersapi.Account) { a.Epoch++ })
		},
		"session lapsed": func(f *coretest.Fixture, _ usersapi.Account) { f.Clock.Advance(30 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := f.Add("ada", userscontract.None)
			first := signIn(t, f, a)
			change(f, a)
			_, err := f.Refresh(t.Context(), first.Refresh, first.Access, session.Legion)
			refuse(t, err, fault.RefreshInvalid)
		})
	}
}

func TestRefreshesOfASessionAreLimited(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	s := signIn(t, f, f.Add("ada", userscontract.None))
	for range 60 {
		s = refresh(t, f, s)
	}
	_, err := f.Refresh(t.Context(), s.Refresh, s.Access, session.Legion)
	f.Clock.Advance(refuse(t, err, fault.Throttled).RetryAfter)
	refresh(t, f, s)
}
