package contract

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// moved is a verified account whose email was changed, and the address that it has now.
func moved(t *testing.T, s *kit.Suite) (*kit.Client, kit.Account, string) {
	t.Helper()
	acc := s.RegisterVerified(t)
	c, fresh := s.SignIn(t, acc), kit.Name()+"@example.com"
	u := kit.Data[kit.User](c.Put("/users/"+acc.ID, object{"name": acc.Name, "username": acc.Username, "email": fresh}).Want(http.StatusOK))
	if u.Email == nil || *u.Email != fresh {
		t.Fatalf("the change answers %+v", u)
	}
	return c, acc, fresh
}

func TestAChangedEmailIsUnverifiedUntilConfirmed(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc, fresh := moved(t, s)
	if got := check(t, c).User; got.EmailVerified || got.Email == nil || *got.Email != fresh {
		t.Errorf("a live session says %+v", got)
	}
	if !c.Alive() {
		t.Error("the change ended the session")
	}
	s.Client(t).Post("/users/login", object{"email": fresh, "password": acc.Password}).Want(http.StatusOK)
	s.Client(t).VerifyEmail(s.Token(t, fresh, kit.Verify)).Want(http.StatusOK)
	if !check(t, c).User.EmailVerified {
		t.Error("confirming did not verify it")
	}
}

func TestResetsGoToTheLastVerifiedAddress(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, fresh := moved(t, s)
	s.Forgot(t, acc.Email, acc.Email)
	s.Forgot(t, fresh, acc.Email)
	s.NothingMore(t)
	for _, m := range s.Mails(t, fresh) {
		if !m.Is(kit.Verify) {
			t.Errorf("the unconfirmed address got %q", m.Subject)
		}
	}
	s.Client(t).VerifyEmail(s.Token(t, fresh, kit.Verify)).Want(http.StatusOK)
	s.Forgot(t, fresh, fresh)
}

func TestTheOldAddressGetsANoticeThatUndoesTheChange(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for name, confirmed := range map[string]bool{"before the new one is confirmed": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, acc, fresh := moved(t, s)
			notice := s.Notice(t, acc.Email, "Your email address was changed")
			if !notice.Is(kit.Undo) || strings.Contains(notice.Text, fresh) {
				t.Errorf("notice %q", notice.Text)
			}
			verify := s.Token(t, fresh, kit.Verify)
			if confirmed {
				s.Client(t).VerifyEmail(verify).Want(http.StatusOK)
			}
			a := s.Client(t).VerifyEmail(notice.Token()).Want(http.StatusOK)
			got := kit.Data[struct {
				Email         string
				EmailVerified bool
			}](a)
			if got.Email != acc.Email || !got.EmailVerified {
				t.Errorf("data %s", a.Body)
			}
			if c.Alive() {
				t.Error("a session lives on")
			}
			s.Client(t).VerifyEmail(notice.Token()).Refused(http.StatusUnprocessableEntity, "invalid_token")
			s.Client(t).VerifyEmail(verify).Refused(http.StatusUnprocessableEntity, "invalid_token")
			s.Client(t).Post("/users/login", object{"email": acc.Email, "password": acc.Password}).Want(http.StatusOK)
			s.Client(t).Post("/users/login", object{"email": fresh, "password": acc.Password}).Refused(http.StatusUnauthorized, "invalid_credentials")
		})
	}
}

func TestTheUndoPage(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc, _ := moved(t, s)
	token := s.Token(t, acc.Email, kit.Undo)
	page := s.Client(t).Get("/verify?token=" + token).Want(http.StatusOK)
	if !strings.Contains(string(page.Body), acc.Email) || !strings.Contains(string(page.Body), acc.Username) {
		t.Errorf("page %s", page.Body)
	}
	if !c.Alive() {
		t.Error("looking at the page ended the session")
	}
	form(s.Client(t), "/verify", url.Values{"token": {token}, "action": {"confirm"}}).Want(http.StatusOK)
	if got := check(t, s.SignIn(t, acc)).User; got.Email == nil || *got.Email != acc.Email || !got.EmailVerified {
		t.Errorf("the account has %+v", got)
	}
}

func TestUndoIsRefusedWhereTheOldAddressIsTaken(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc, _ := moved(t, s)
	token := s.Token(t, acc.Email, kit.Undo)
	s.Client(t).Register(kit.Account{Email: acc.Email})
	s.Client(t).VerifyEmail(token).Refused(http.StatusConflict, "email_taken")
	form(s.Client(t), "/verify", url.Values{"token": {token}, "action": {"confirm"}}).Want(http.StatusConflict)
	if !c.Alive() {
		t.Error("a refused undo ended the session")
	}
}

func TestRemovingAnEmailCanBeUndone(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	c := s.SignIn(t, acc)
	u := kit.Data[kit.User](c.Put("/users/"+acc.ID, object{"name": acc.Name, "username": acc.Username, "email": nil}).Want(http.StatusOK))
	if u.Email != nil {
		t.Errorf("email %v is still there", *u.Email)
	}
	s.Client(t).VerifyEmail(s.Token(t, acc.Email, kit.Undo)).Want(http.StatusOK)
	if got := check(t, s.SignIn(t, acc)).User; got.Email == nil || *got.Email != acc.Email {
		t.Errorf("the account has %+v", got)
	}
}

func TestAnAddressThatWasNeverVerifiedGetsNoNotice(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	first := s.Token(t, acc.Email, kit.Verify)
	fresh := kit.Name() + "@example.com"
	s.SignIn(t, acc).Put("/users/"+acc.ID, object{"name": acc.Name, "username": acc.Username, "email": fresh}).Want(http.StatusOK)
	s.Token(t, fresh, kit.Verify)
	s.NothingMore(t)
	if mails := s.Mails(t, acc.Email); len(mails) != 1 {
		t.Errorf("%d mails to the old address", len(mails))
	}
	s.Client(t).VerifyEmail(first).Refused(http.StatusUnprocessableEntity, "invalid_token")
}

func TestTokensOfTheOldAddressDieWhenTheNewOneIsConfirmed(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, fresh := moved(t, s)
	token := s.Forgot(t, acc.Email, acc.Email)
	s.Client(t).VerifyEmail(s.Token(t, fresh, kit.Verify)).Want(http.StatusOK)
	reset(s.Client(t), token, kit.Password()).Refused(http.StatusUnprocessableEntity, "invalid_token")
}

func TestAnotherSpellingOfAnEmailStaysVerified(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	c := s.SignIn(t, acc)
	spelt := strings.ToUpper(acc.Email[:3]) + acc.Email[3:]
	u := kit.Data[kit.User](c.Put("/users/"+acc.ID, object{"name": acc.Name, "username": acc.Username, "email": spelt}).Want(http.StatusOK))
	if u.Email == nil || *u.Email != spelt || !check(t, s.SignIn(t, acc)).User.EmailVerified {
		t.Errorf("email %v", u.Email)
	}
}
