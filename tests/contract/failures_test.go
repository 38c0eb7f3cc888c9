package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestTenWrongPasswordsInARow(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t) // a scale of limits by time does not touch failures in a row
	acc := s.RegisterEmail(t)
	ways := []object{
		{"username": acc.Username}, {"username": strings.ToUpper(acc.Username)}, {"email": acc.Email}, {"email": strings.ToUpper(acc.Email)},
	}
	attempt := func(i int, password string) *kit.Answer {
		body := object{"password": password}
		for name, value := range ways[i%len(ways)] {
			body[name] = value
		}
		return s.Client(t).Post("/users/login", body)
	}
	for i := range 10 {
		attempt(i, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
	}
	for i := range ways {
		if wait := throttled(t, attempt(i, acc.Password)); wait > 30 || wait < 20 {
			t.Errorf("says to wait %d s, want 30 at first", wait)
		}
	}
}

func TestUnknownNamesHaveTheSameBudget(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	gone := deleted(t, s)
	tries := func(username string) (list []int) {
		for range 12 {
			list = append(list, s.Client(t).Login(username, kit.Password()).Status)
		}
		return list
	}
	known := tries(s.Register(t).Username)
	for name, username := range map[string]string{"unknown": kit.Name(), "deleted": gone.Username} {
		if diff := cmp.Diff(known, tries(username)); diff != "" {
			t.Errorf("a known and a(n) %s name answer (-known +got):\n%s", name, diff)
		}
	}
}

func TestADeviceThatSignedInBeforeKeepsItsOwnBudget(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc := s.SignUp(t)
	stranger := s.Client(t)
	for range 11 {
		stranger.Login(acc.Username, kit.Password())
	}
	throttled(t, stranger.Login(acc.Username, acc.Password))
	owner.Login(acc.Username, acc.Password).Want(http.StatusOK) // at once, without waiting
	for range 10 {
		owner.Login(acc.Username, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
	}
	throttled(t, owner.Login(acc.Username, acc.Password)) // a device is no way around the limit
	forged := s.Client(t)
	forged.Cookies["__Host-device"] = owner.Cookies["__Host-device"] + "A"
	throttled(t, forged.Login(acc.Username, acc.Password))
}

func TestSuccessClearsTheCountOfWrongPasswords(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	for range 2 {
		for range 9 {
			s.Client(t).Login(acc.Username, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
		}
		s.Client(t).Login(acc.Username, acc.Password).Want(http.StatusOK)
	}
}

func TestAPasswordChangeGuessesAtTheSameBudget(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	for range 10 {
		c.Put("/users/"+acc.ID+"/password", object{"password": kit.Password(), "newPassword": kit.Password()}).
			Refused(http.StatusUnauthorized, "invalid_credentials")
	}
	throttled(t, c.Put("/users/"+acc.ID+"/password", object{"password": acc.Password, "newPassword": kit.Password()}))
	throttled(t, s.Client(t).Login(acc.Username, acc.Password))
	if !c.Alive() {
		t.Error("the session ended")
	}
}

func TestWrongPasswordsAtOnceDoNotWidenTheBudget(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	c := s.Client(t)
	c.Impatient = true
	c.Get("/csrf-token")
	count := map[int]int{}
	for range 4 { // few at a time: the pool of hashes takes no more on a busy machine
		answers := make([]*kit.Answer, 5)
		kit.Parallel(len(answers), func(i int) { answers[i] = c.Clone().Login(acc.Username, kit.Password()) })
		for status, n := range statuses(answers) {
			count[status] += n
		}
	}
	// One that was let through and then shed is counted, as it is counted before the hash.
	looked, shed := count[http.StatusUnauthorized], count[http.StatusServiceUnavailable]
	if looked > 10 || looked+shed != 10 {
		t.Errorf("statuses %v, want 10 that are looked at", count)
	}
}
