package core_test

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

func TestLogout(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	here, there := signIn(t, f, a), signIn(t, f, a)
	who := principal(t, f, here)
	f.Events.Take()
	accept(t, f.Logout(t.Context(), who))
	accept(t, f.Logout(t.Context(), who)) // again is no error, and ends nothing
	equal(t, "events", f.Events.Take(), []string{"ended logout"})
	ended(t, f, here)
	refresh(t, f, there)
}

func TestListSessions(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a, b := f.Add("ada", userscontract.None), f.Add("bob", userscontract.None)
	first := signIn(t, f, a)
	f.Clock.Advance(time.Minute)
	second := signIn(t, f, a)
	signIn(t, f, b)
	refresh(t, f, first)
	list, err := f.ListSessions(t.Context(), principal(t, f, first))
	accept(t, err)
	equal(t, "how many", len(list), 2)
	equal(t, "newest", list[0].ID, principal(t, f, second).Session)
	equal(t, "oldest", list[1].ID, principal(t, f, first).Session)
	equal(t, "refreshed", list[1].Refreshed, f.Clock.Now())
}

func TestEndSession(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	here, there, foreign := signIn(t, f, a), signIn(t, f, a), signIn(t, f, f.Add("bob", userscontract.None))
	who := principal(t, f, here)
	f.Events.Take()
	accept(t, f.EndSession(t.Context(), who, principal(t, f, there).Session))
	equal(t, "events", f.Events.Take(), []string{"ended revoked"})
	for name, sid := range map[string]id.Session{
		"one that has ended":       "01JX5J8W6V3M5Q9Z7T2B4N6P8S",
		"another account's":        principal(t, f, foreign).Session,
		"no id":                    "x}:session:y",
		"empty":                    "",
		"an id in the wrong case":  "01jx5j8w6v3m5q9z7t2b4n6p8s",
		"an account's id, instead": id.Session(a.ID),
	} {
		t.Run(name, func(t *testing.T) { refuse(t, f.EndSession(t.Context(), who, sid), fault.SessionUnknown) })
	}
	equal(t, "events", f.Events.Take(), nil)
	ended(t, f, there)
	refresh(t, f, here)
	refresh(t, f, foreign)
}

func TestEndOtherSessions(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	here, second, third := signIn(t, f, a), signIn(t, f, a), signIn(t, f, a)
	foreign := signIn(t, f, f.Add("bob", userscontract.None))
	f.Events.Take()
	n, err := f.EndOtherSessions(t.Context(), principal(t, f, here))
	accept(t, err)
	equal(t, "how many", n, 2)
	equal(t, "events", f.Events.Take(), []string{"ended revoked", "ended revoked"})
	ended(t, f, second)
	ended(t, f, third)
	refresh(t, f, here)
	refresh(t, f, foreign)
}

// The oldest makes room.
func TestAnAccountHasHundredSessions(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	oldest := signIn(t, f, a)
	for range session.MaxPerAccount {
		f.Clock.Advance(2 * time.Second) // as an address may sign in
		signIn(t, f, a)
	}
	list, err := f.Sessions.List(t.Context(), a.ID)
	accept(t, err)
	equal(t, "how many", len(list), session.MaxPerAccount)
	ended(t, f, oldest)
}
