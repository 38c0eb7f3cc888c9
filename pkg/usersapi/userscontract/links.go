package userscontract

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi"
)

var mailedTokens = map[string]func(t *testing.T, s Subject){
	"confirming works once and for the email of now only": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com"})
		confirm := func(address string) (usersapi.Done, error) {
			return s.Users.ConfirmEmail(t.Context(), usersapi.ConfirmEmail{ID: made.ID, Address: address})
		}
		_, err := confirm("other@example.com")
		refuse(t, err, fault.LinkInvalid)
		got, err := confirm("ADA@example.com")
		accept(t, err)
		equal(t, "verified", got.Account.EmailVerified, true)
		equal(t, "epoch", got.Account.Epoch, made.Epoch)
		_, err = confirm("ada@example.com")
		refuse(t, err, fault.LinkInvalid)

		s.SetEmail(t, made.ID, "new@example.com")
		_, err = confirm("ada@example.com")
		refuse(t, err, fault.LinkInvalid)
	},
	"disowning takes the address off and ends the sessions": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com", Password: goodPassword})
		in := usersapi.DisownEmail{ID: made.ID, Address: "ada@example.com"}
		got, err := s.Users.DisownEmail(t.Context(), in)
		accept(t, err)
		equal(t, "email", got.Account.Email, "")
		equal(t, "mail address", got.Account.MailAddress, "")
		later(t, got.Account, made)
		_, err = s.Users.DisownEmail(t.Context(), in)
		refuse(t, err, fault.LinkInvalid)
	},
	"disowning falls back to the address verified last": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "old@example.com", Verified: true})
		s.SetEmail(t, made.ID, "new@example.com")
		got, err := s.Users.DisownEmail(t.Context(), usersapi.DisownEmail{ID: made.ID, Address: "new@example.com"})
		accept(t, err)
		equal(t, "email", got.Account.Email, "old@example.com")
		equal(t, "verified", got.Account.EmailVerified, true)
	},
	"undoing a change restores the old address and ends the sessions": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "old@example.com", Verified: true})
		s.SetEmail(t, made.ID, "new@example.com")
		_, err := s.Users.ConfirmEmail(t.Context(), usersapi.ConfirmEmail{ID: made.ID, Address: "new@example.com"})
		accept(t, err)
		in := usersapi.UndoEmailChange{ID: made.ID, Address: "old@example.com"}
		got, err := s.Users.UndoEmailChange(t.Context(), in)
		accept(t, err)
		equal(t, "email", got.Account.Email, "old@example.com")
		equal(t, "verified", got.Account.EmailVerified, true)
		equal(t, "mail address", got.Account.MailAddress, "old@example.com")
		later(t, got.Account, made)
		_, err = s.Users.UndoEmailChange(t.Context(), in)
		refuse(t, err, fault.LinkInvalid)
	},
	"a link to undo an older change is dead after an undo": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "old@example.com", Verified: true})
		undo := usersapi.UndoEmailChange{ID: made.ID, Address: "old@example.com", Issued: made.CreatedAt}
		s.SetEmail(t, made.ID, "new@example.com")
		s.Advance(time.Second)
		_, err := s.Users.UndoEmailChange(t.Context(), undo)
		accept(t, err)
		s.Advance(time.Second)
		s.SetEmail(t, made.ID, "third@example.com")
		_, err = s.Users.UndoEmailChange(t.Context(), undo)
		refuse(t, err, fault.LinkInvalid)
		undo.Issued = made.CreatedAt.Add(2 * time.Second)
		_, err = s.Users.UndoEmailChange(t.Context(), undo)
		accept(t, err)
	},
	"a link to confirm an address is dead after a reset": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "old@example.com", Verified: true, Password: goodPassword})
		s.SetEmail(t, made.ID, "new@example.com")
		s.Advance(time.Second)
		reset(t, s, made)
		confirm := usersapi.ConfirmEmail{ID: made.ID, Address: "new@example.com", Issued: made.CreatedAt}
		_, err := s.Users.ConfirmEmail(t.Context(), confirm)
		refuse(t, err, fault.LinkInvalid)
		confirm.Issued = made.CreatedAt.Add(2 * time.Second)
		_, err = s.Users.ConfirmEmail(t.Context(), confirm)
		accept(t, err)
	},
	"undoing a change is refused where another has the address": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "old@example.com", Verified: true})
		s.SetEmail(t, made.ID, "new@example.com")
		s.Add(t, Person{Username: "bob", Email: "old@example.com"})
		_, err := s.Users.UndoEmailChange(t.Context(), usersapi.UndoEmailChange{ID: made.ID, Address: "old@example.com"})
		refuse(t, err, fault.EmailTaken)
	},
	"a reset sets the password, once, and ends the sessions": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com", Verified: true, Password: goodPassword})
		in := usersapi.ResetPassword{ID: made.ID, Epoch: made.Epoch, Address: "ada@example.com", Password: wire("short")}
		_, err := s.Users.ResetPassword(t.Context(), in)
		refuse(t, err, fault.PasswordRefused)

		in.Password = wire("another horse battery staple")
		got, err := s.Users.ResetPassword(t.Context(), in)
		accept(t, err)
		later(t, got.Account, made)
		_, err = s.Users.ResetPassword(t.Context(), in)
		refuse(t, err, fault.LinkInvalid)

		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: wire(goodPassword)})
		refuse(t, err, fault.CredentialsWrong)
		_, err = s.Users.SignIn(t.Context(), usersapi.SignIn{Login: byName("ada"), Password: in.Password})
		accept(t, err)
	},
	"a reset needs the mail address of now": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com", Password: goodPassword})
		s.SetEmail(t, made.ID, "new@example.com")
		now, err := s.Users.Account(t.Context(), usersapi.GetAccount{ID: made.ID})
		accept(t, err)
		_, err = s.Users.ResetPassword(t.Context(), usersapi.ResetPassword{
			ID: made.ID, Epoch: now.Epoch, Address: "ada@example.com", Password: wire("another horse battery staple"),
		})
		refuse(t, err, fault.LinkInvalid)
	},
	"a reset keeps a second factor of a proved account": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com", Verified: true, Password: goodPassword, Factor: Required})
		equal(t, "second factor", reset(t, s, made).SecondFactor, true)
	},
	"a reset removes an authenticator that is a way in by itself": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com", Verified: true, Password: goodPassword, Factor: Optional})
		code := s.Code(t, made.ID)
		reset(t, s, made)
		_, err := s.Users.CodeSignIn(t.Context(), usersapi.CodeSignIn{Login: byName("ada"), Code: code})
		refuse(t, err, fault.CredentialsWrong)
	},
	"a reset heals an account whose address was never proved": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{
			Username: "ada", Email: "ada@example.com", Password: goodPassword, Factor: Required, BackupCodes: []string{"AAAABBBBCCCC"},
		})
		healed := reset(t, s, made)
		equal(t, "second factor", healed.SecondFactor, false)
		equal(t, "verified", healed.EmailVerified, true)
		_, err := s.Users.Recover(t.Context(), usersapi.Recover{Login: byName("ada"), Password: wire(goodPassword), Code: "AAAABBBBCCCC"})
		refuse(t, err, fault.CredentialsWrong)
	},
	"a deleted account's links are dead": func(t *testing.T, s Subject) {
		made := s.Add(t, Person{Username: "ada", Email: "ada@example.com", Password: goodPassword})
		s.Delete(t, made.ID)
		_, err := s.Users.ConfirmEmail(t.Context(), usersapi.ConfirmEmail{ID: made.ID, Address: "ada@example.com"})
		refuse(t, err, fault.LinkInvalid)
		_, err = s.Users.DisownEmail(t.Context(), usersapi.DisownEmail{ID: made.ID, Address: "ada@example.com"})
		refuse(t, err, fault.LinkInvalid)
		_, err = s.Users.UndoEmailChange(t.Context(), usersapi.UndoEmailChange{ID: made.ID, Address: "old@example.com"})
		refuse(t, err, fault.LinkInvalid)
		_, err = s.Users.ResetPassword(t.Context(), usersapi.ResetPassword{
			ID: made.ID, Epoch: made.Epoch, Address: "ada@example.com", Password: wire("another horse battery staple"),
		})
		refuse(t, err, fault.LinkInvalid)
	},
}

func reset(t *testing.T, s Subject, a usersapi.Account) usersapi.Account {
	t.Helper()
	got, err := s.Users.ResetPassword(t.Context(), usersapi.ResetPassword{
		ID: a.ID, Epoch: a.Epoch, Address: a.MailAddress, Password: wire("another horse battery staple"),
	})
	accept(t, err)
	return got.Account
}

// later demands that sessions of before have ended.
func later(t *testing.T, after, before usersapi.Account) {
	t.Helper()
	if after.Epoch <= before.Epoch {
		t.Errorf("epoch %d follows %d: the sessions live on", after.Epoch, before.Epoch)
	}
}
