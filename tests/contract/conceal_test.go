package contract

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestConcealedAccounts(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_CONCEAL_ACCOUNTS": "true"}})
	for _, dialect := range kit.Dialects {
		t.Run("a taken email is a success in "+dialect, func(t *testing.T) { emailIsConcealed(t, s, dialect) })
	}
	t.Run("usernames are public", func(t *testing.T) { usernamesArePublic(t, s) })
	t.Run("a sign-in tells neither of unknown names nor of registrations that wait", func(t *testing.T) { signInConceals(t, s) })
}

func emailIsConcealed(t *testing.T, s *kit.Suite, dialect string) {
	t.Parallel()
	owner := s.RegisterEmail(t)
	taken, free := newcomer(), newcomer()
	taken.Email = owner.Email
	a, b := s.Client(t).Attempt(dialect, taken), s.Client(t).Attempt(dialect, free)
	if diff := cmp.Diff(names(t, b), names(t, a)); diff != "" {
		t.Errorf("members (-for a free email +for a taken one):\n%s", diff)
	}
	s.Notice(t, owner.Email, "You already have an account")
	for _, m := range s.Mails(t, owner.Email) {
		if m.Is(kit.Pending) {
			t.Error("the owner is mailed a link that would make another account")
		}
	}
	for _, by := range []string{"legion", "ild"} { // by the username, and by the email
		if c := s.Client(t); c.SignInBy(by, taken, "").Status != http.StatusUnauthorized {
			t.Errorf("who was refused signs in through %s", by)
		}
	}
	signInBy(t, s, dialect, owner, "")
}

// names are those of a body's members, and of its data's.
func names(t *testing.T, a *kit.Answer) (all []string) {
	t.Helper()
	body := kit.Object[map[string]json.RawMessage](a)
	var data map[string]json.RawMessage
	if text, ok := body["data"]; ok {
		if err := json.Unmarshal(text, &data); err != nil {
			t.Fatal(err)
		}
	}
	return append(slices.Sorted(maps.Keys(body)), slices.Sorted(maps.Keys(data))...)
}

// newcomer is somebody who has no account yet.
func newcomer() kit.Account {
	a := kit.Account{Username: kit.Name(), Password: kit.Password()}
	a.Email = a.Username + "@example.com"
	return a
}

func usernamesArePublic(t *testing.T, s *kit.Suite) {
	t.Parallel()
	owner, c := s.RegisterEmail(t), s.Client(t)
	for _, email := range []string{newcomer().Email, owner.Email} { // where both are taken, the username alone is told
		body := object{"name": "J", "username": owner.Username, "email": email, "password": kit.Password()}
		c.Post("/users", body).Refused(http.StatusConflict, "username_taken")
		if a := c.Post("/account/register", body).Want(http.StatusConflict); string(a.Body) != `{"conflict":"username"}` {
			t.Errorf("nerdcult: %s", a.Body)
		}
		c.Form("/auth/register", "username", owner.Username, "email", email, "password", kit.Password()).RefusedBy("wolf", http.StatusConflict)
		a := c.Post("/auth/register", body).RefusedBy("lynx", http.StatusBadRequest)
		if got := details(a).Exists; got != (fields{Username: true}) {
			t.Errorf("lynx: %s", a.Body)
		}
	}
}

// fields are those that lynx names in a refusal.
type fields struct{ Email, Username, Password bool }

func details(a *kit.Answer) (d struct{ Invalid, Exists fields }) {
	return kit.Object[struct {
		Details struct{ Invalid, Exists fields }
	}](a).Details
}

func signInConceals(t *testing.T, s *kit.Suite) {
	t.Parallel()
	known := s.RegisterEmail(t)
	known.Password = kit.Password() // a wrong one
	for _, dialect := range []string{"nerdcult", "wolf"} {
		waits := newcomer()
		s.Client(t).Attempt(dialect, waits)
		s.Token(t, waits.Email, kit.Pending)
		want := s.Client(t).SignInBy(dialect, known, "").RefusedBy(dialect, http.StatusUnauthorized)
		for who, acc := range map[string]kit.Account{"an unknown name": newcomer(), "a registration that waits": waits} {
			if got := s.Client(t).SignInBy(dialect, acc, ""); got.Status != want.Status || string(got.Body) != string(want.Body) {
				t.Errorf("%s, %s: %d %s, a wrong password: %d %s", dialect, who, got.Status, got.Body, want.Status, want.Body)
			}
		}
	}
}
