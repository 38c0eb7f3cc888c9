package users_test

import (
	"encoding/base32"
	"net/http"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users"
	"github.com/watchword/watchword/services/users/internal/totp"
)

func registering(email string) usersapi.Create {
	return usersapi.Create{
		MakeUsername: true, Email: email, Password: secret.NewWire(goodPassword), FirstName: "Ada", LastName: "Lovelace", Locale: "en", Address: "192.0.2.1",
	}
}

// What auth asks for, over the real stores.
func TestAnAccountsLifeAsAuthSeesIt(t *testing.T) {
	t.Parallel()
	s := start(t)
	ctx := t.Context()
	made, err := s.users.Create(ctx, registering("ada@example.com"))
	check(t, err)
	actor := usersapi.Actor{Account: made.ID}
	key, err := s.users.ShowAPIKey(ctx, usersapi.ShowAPIKey{Actor: actor})
	check(t, err)
	found, err := s.users.FindByAPIKey(ctx, usersapi.FindByAPIKey(key))
	check(t, err)
	if found.Account == nil || found.Account.ID != made.ID {
		t.Fatalf("the API key finds %+v", found.Account)
	}

	enrolled, err := s.users.Enrol(ctx, usersapi.Enrol{Actor: actor, Algorithm: "SHA1"})
	check(t, err)
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(enrolled.Secret.Reveal())
	check(t, err)
	code, err := totp.Code(raw, totp.SHA1, time.Now())
	check(t, err)
	codes, err := s.users.ConfirmFactor(ctx, usersapi.ConfirmFactor{Actor: actor, Code: code, BackupCodes: 6, Address: "192.0.2.1"})
	check(t, err)

	login := usersapi.Login{Email: "ada@example.com"}
	in, err := s.users.SignIn(ctx, usersapi.SignIn{Login: login, Password: secret.NewWire(goodPassword)})
	check(t, err)
	if !in.CodeNeeded {
		t.Error("no code is asked for")
	}
	in, err = s.users.Recover(ctx, usersapi.Recover{Login: login, Password: secret.NewWire(goodPassword), Code: codes.Codes[3].Reveal()})
	check(t, err)
	if in.CodeNeeded || in.Account.SecondFactor {
		t.Errorf("after the recovery: %+v", in)
	}
	username, fresh := "lovelace", secret.NewWire("another horse battery")
	_, err = s.users.Change(ctx, usersapi.Change{
		Actor: actor, Password: secret.NewWire(goodPassword), Username: &username, NewPassword: &fresh, Address: "192.0.2.1",
	})
	check(t, err)
	s.signIn(t, "lovelace", "another horse battery")
}

func TestAPreparedRegistrationIsCommittedOverTheRealStores(t *testing.T) {
	t.Parallel()
	s := start(t)
	in := usersapi.Prepare{Username: "ada", Email: "ada@example.com", Password: secret.NewWire(goodPassword), Locale: "en", Address: "192.0.2.1"}
	first, err := s.users.Prepare(t.Context(), in)
	check(t, err)
	second, err := s.users.Prepare(t.Context(), in)
	check(t, err)
	done, err := s.users.Commit(t.Context(), usersapi.Commit{Registration: second.Registration})
	check(t, err)
	if !done.Account.EmailVerified {
		t.Error("the email is not verified")
	}
	if _, err := s.users.Commit(t.Context(), usersapi.Commit{Registration: first.Registration}); !fault.Has(err, fault.UsernameTaken) {
		t.Errorf("the other attempt: %v", err)
	}
	s.signIn(t, "ada", goodPassword)
}

func TestTheSettingsOfAClosedDemonstrationReachCore(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *users.Config) { c.Registration, c.Demo = false, true })
	first := registering("demo@example.com")
	first.WhileEmpty = true
	made, err := s.users.Create(t.Context(), first)
	check(t, err)
	second := registering("eve@example.com")
	second.WhileEmpty = true
	if _, err := s.users.Create(t.Context(), second); !fault.Has(err, fault.RegistrationClosed) {
		t.Errorf("the second account: %v", err)
	}
	_, err = s.users.ReplaceAPIKey(t.Context(), usersapi.ReplaceAPIKey{Actor: usersapi.Actor{Account: made.ID}})
	if !fault.Has(err, fault.DemoMode) {
		t.Errorf("another API key: %v", err)
	}
}

func TestTheOwnerOfAConcealedAccountIsMailed(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *users.Config) { c.Conceal = true })
	body := func(username string) string {
		return `{"name":"Ada","username":"` + username + `","email":"ada@example.com","password":"` + goodPassword + `"}`
	}
	s.do(t, http.MethodPost, "/users", "", body("owner"), http.StatusCreated)
	s.do(t, http.MethodPost, "/users", "", body("stranger"), http.StatusCreated)
	eventually(t, "both mails", func() bool { return len(s.mails.Messages()) == 2 })
	for _, m := range s.mails.Messages() {
		if m.To != "ada@example.com" || m.Data["username"] != "owner" {
			t.Errorf("mail: %+v", m)
		}
		if m.Template != mailapi.Verification && m.Template != mailapi.AddressTaken {
			t.Errorf("template %s", m.Template)
		}
	}
}
