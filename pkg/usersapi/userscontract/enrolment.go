package userscontract

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi"
)

func enrol(t *testing.T, s Subject, a usersapi.Account, keep bool) usersapi.Enrolled {
	t.Helper()
	out, err := s.Users.Enrol(t.Context(), usersapi.Enrol{Actor: actor(a), Algorithm: "SHA1", Keep: keep})
	accept(t, err)
	return out
}

func confirm(t *testing.T, s Subject, a usersapi.Account, code string) ([]usersapi.Secret, error) {
	out, err := s.Users.ConfirmFactor(t.Context(), usersapi.ConfirmFactor{Actor: actor(a), Code: code, BackupCodes: 6, Address: "192.0.2.1"})
	return out.Codes, err
}

var enrolment = map[string]func(t *testing.T, s Subject){
	"an authenticator is a second factor from its first code on": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "Ada", Password: goodPassword})
		enrolled := enrol(t, s, made, false)
		equal(t, "label", []string{enrolled.Issuer, enrolled.Username}, []string{"Watchword", "Ada"})
		equal(t, "length of the secret", len(enrolled.Secret.Reveal()), 32)
		equal(t, "second factor", account(t, s, made.ID).SecondFactor, false)

		_, err := confirm(t, s, made, "00000x")
		refuse(t, err, fault.CodeWrong)
		code := s.Code(t, made.ID)
		codes, err := confirm(t, s, made, code)
		accept(t, err)
		equal(t, "second factor", account(t, s, made.ID).SecondFactor, true)
		seen := map[string]bool{}
		for _, c := range codes {
			equal(t, "length of a backup code", len(c.Reveal()), 12)
			seen[c.Reveal()] = true
		}
		equal(t, "backup codes", len(seen), 6)

		in := usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword), Code: code}
		_, err = s.Users.SignIn(t.Context(), in)
		refuse(t, err, fault.CodeWrong)
		s.Advance(30 * time.Second)
		in.Code = s.Code(t, made.ID)
		_, err = s.Users.SignIn(t.Context(), in)
		accept(t, err)

		_, err = s.Users.Enrol(t.Context(), usersapi.Enrol{Actor: actor(made), Algorithm: "SHA1", Keep: true})
		refuse(t, err, fault.AuthenticatorActive)
		_, err = confirm(t, s, made, s.Code(t, made.ID))
		refuse(t, err, fault.AuthenticatorActive)
		_, err = s.Users.Recover(t.Context(), usersapi.Recover{Login: byName("ada"), Password: wire(goodPassword), Code: codes[5].Reveal()})
		accept(t, err)
	},
	"one that waits is kept where that is asked for": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword})
		first := enrol(t, s, made, true).Secret.Reveal()
		equal(t, "kept", enrol(t, s, made, true).Secret.Reveal(), first)
		second := enrol(t, s, made, false).Secret.Reveal()
		if second == first {
			t.Error("not replaced")
		}
		s.Advance(10 * time.Minute)
		_, err := confirm(t, s, made, s.Code(t, made.ID))
		refuse(t, err, fault.AuthenticatorNone)
		if enrol(t, s, made, true).Secret.Reveal() == second {
			t.Error("kept after it lapsed")
		}
	},
	"nothing is confirmed where none waits": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword})
		_, err := confirm(t, s, made, "123456")
		refuse(t, err, fault.AuthenticatorNone)
	},
	"an algorithm of neither kind is refused": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword})
		_, err := s.Users.Enrol(t.Context(), usersapi.Enrol{Actor: actor(made), Algorithm: "MD5"})
		refuse(t, err, fault.Malformed)
	},
	"it is removed by a code": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Password: goodPassword, Factor: Required, BackupCodes: []string{"AAAABBBBCCCC"}})
		in := usersapi.RemoveFactor{Actor: actor(made)}
		_, err := s.Users.RemoveFactor(t.Context(), in)
		refuse(t, err, fault.CodeRequired)
		in.Code = "00000x"
		_, err = s.Users.RemoveFactor(t.Context(), in)
		refuse(t, err, fault.CodeWrong)
		in.Code = s.Code(t, made.ID)
		done, err := s.Users.RemoveFactor(t.Context(), in)
		accept(t, err)
		equal(t, "second factor", done.Account.SecondFactor, false)
		_, err = s.Users.RemoveFactor(t.Context(), in)
		refuse(t, err, fault.AuthenticatorNone)
	},
	"the only way in is not removed": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Factor: Optional})
		_, err := s.Users.RemoveFactor(t.Context(), usersapi.RemoveFactor{Actor: actor(made)})
		refuse(t, err, fault.LastWayIn)
	},
	"without a password none becomes a second factor": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com"})
		enrol(t, s, made, false)
		_, err := confirm(t, s, made, s.Code(t, made.ID))
		refuse(t, err, fault.LastWayIn)
	},
}

var demonstration = map[string]func(t *testing.T, s Subject){
	"credentials stay as they are": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{
			Username: "demo", Email: "demo@example.com", Verified: true, Password: goodPassword, Factor: Required,
			BackupCodes: []string{"AAAABBBBCCCC"},
		})
		for name, try := range map[string]func() error{
			"change": func() error { _, err := s.Users.Change(t.Context(), change(made)); return err },
			"API key": func() error {
				_, err := s.Users.ReplaceAPIKey(t.Context(), usersapi.ReplaceAPIKey{Actor: actor(made)})
				return err
			},
			"enrol": func() error {
				_, err := s.Users.Enrol(t.Context(), usersapi.Enrol{Actor: actor(made), Algorithm: "SHA1"})
				return err
			},
			"confirm": func() error { _, err := confirm(t, s, made, "123456"); return err },
			"remove": func() error {
				_, err := s.Users.RemoveFactor(t.Context(), usersapi.RemoveFactor{Actor: actor(made), Code: s.Code(t, made.ID)})
				return err
			},
			"recover": func() error {
				_, err := s.Users.Recover(t.Context(), usersapi.Recover{Login: byName("demo"), Password: wire(goodPassword), Code: "AAAABBBBCCCC"})
				return err
			},
			"reset": func() error {
				_, err := s.Users.ResetPassword(t.Context(), usersapi.ResetPassword{
					ID: made.ID, Epoch: made.Epoch, Address: made.MailAddress, Password: wire(anotherPassword),
				})
				return err
			},
		} {
			if err := try(); !fault.Has(err, fault.DemoMode) {
				t.Errorf("%s: %v", name, err)
			}
		}
		equal(t, "account", account(t, s, made.ID), made)
	},
	"whoever comes may register and sign in": func(t *testing.T, s Subject) {
		_, err := s.Users.Create(t.Context(), ada())
		accept(t, err)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword)})
		accept(t, err)
	},
}
