package contract

import (
	"net/http"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestClosedRegistration(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_REGISTRATION": "false"}})
	for _, dialect := range kit.Dialects {
		want := http.StatusForbidden
		if dialect == "lynx" {
			want = http.StatusPreconditionFailed
		}
		a := s.Client(t).RegisterBy(dialect, newcomer()).RefusedBy(dialect, want)
		if got := kit.Object[struct{ Message string }](a).Message; dialect == "lynx" && got != "Registration is not enabled" {
			t.Errorf("lynx: message %q", got)
		}
	}
	s.Client(t).Post("/users", object{"name": "J", "username": kit.Name(), "password": kit.Password()}).
		Refused(http.StatusForbidden, "registration_closed")
	s.Admin(t) // who is there all the same
}

func TestTheVeryFirstAccountMayBeMadeThroughLynx(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{
		"WATCHWORD_REGISTRATION": "false", "WATCHWORD_ADMIN_USERNAME": "", "WATCHWORD_ADMIN_PASSWORD": "",
	}})
	for _, dialect := range []string{"legion", "nerdcult", "ild", "wolf"} {
		s.Client(t).RegisterBy(dialect, newcomer()).RefusedBy(dialect, http.StatusForbidden)
	}
	firsts := make([]kit.Account, 3)
	answers := make([]*kit.Answer, len(firsts))
	for i := range firsts {
		firsts[i] = newcomer()
	}
	kit.Parallel(len(firsts), func(i int) { answers[i] = s.Client(t).RegisterBy("lynx", firsts[i]) })
	if got := statuses(answers); got[http.StatusOK] != 1 || got[http.StatusPreconditionFailed] != len(firsts)-1 {
		t.Fatalf("statuses %v, want one account", got)
	}
	for i, a := range answers {
		if a.Status != http.StatusOK {
			continue
		}
		if got := check(t, signInBy(t, s, "lynx", firsts[i], "")).User.Role; got != "standard" {
			t.Errorf("the first account is %s", got)
		}
	}
}
