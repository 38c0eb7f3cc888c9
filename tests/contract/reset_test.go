package contract

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func reset(c *kit.Client, token, password string) *kit.Answer {
	return c.Post("/users/auth/password/reset", object{"token": token, "password": password})
}

func TestAResetSetsThePasswordAndEndsAllSessions(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	first, second := s.SignIn(t, acc), s.SignIn(t, acc)
	token := s.Forgot(t, acc.Email, acc.Email)
	fresh := kit.Password()
	a := reset(s.Client(t), token, fresh).Says(http.StatusOK, "Password reset successfully!")
	if a.Header.Values("Set-Cookie") != nil || strings.Contains(string(a.Body), "accessToken") {
		t.Error("a reset signs in")
	}
	for _, c := range []*kit.Client{first, second} {
		if c.Alive() {
			t.Error("a session lives on")
		}
		c.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	}
	s.Client(t).Login(acc.Username, acc.Password).Refused(http.StatusUnauthorized, "invalid_credentials")
	s.Client(t).Login(acc.Username, fresh).Want(http.StatusOK)
	reset(s.Client(t), token, kit.Password()).Refused(http.StatusUnprocessableEntity, "invalid_token")
	s.Notice(t, acc.Email, "Your password was changed")
}

func TestARefusedPasswordSpendsNoResetToken(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	token := s.Forgot(t, acc.Email, acc.Email)
	c := s.Client(t)
	reset(c, token, "short").Refused(http.StatusUnprocessableEntity, "password_refused").Field("password", "too_short")
	reset(c, token, "password123").Refused(http.StatusUnprocessableEntity, "password_refused").Field("password", "too_common")
	reset(c, token, acc.Email).Refused(http.StatusUnprocessableEntity, "password_refused").Field("password", "equals_login")
	reset(c, token, kit.Password()).Want(http.StatusOK)
}

func TestAResetTokenUsedManyTimesAtOnceWorksOnce(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	token := s.Forgot(t, acc.Email, acc.Email)
	c := s.Client(t)
	c.Get("/csrf-token")
	answers := make([]*kit.Answer, 10)
	kit.Parallel(len(answers), func(i int) { answers[i] = reset(c.Clone(), token, kit.Password()) })
	if count := statuses(answers); count[http.StatusOK] != 1 {
		t.Errorf("statuses %v, want one success", count)
	}
}

func TestANewResetReplacesTheOld(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	old := s.Forgot(t, acc.Email, acc.Email)
	token := s.Forgot(t, strings.ToUpper(acc.Email), acc.Email)
	reset(s.Client(t), old, kit.Password()).Refused(http.StatusUnprocessableEntity, "invalid_token")
	reset(s.Client(t), token, kit.Password()).Want(http.StatusOK)
}

func TestNoResetIsMailedToAnUnknownOrDeletedAddress(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	gone, unknown := deleted(t, s), kit.Name()+"@example.com"
	for _, email := range []string{gone.Email, unknown} {
		s.Client(t).Post("/users/auth/password/forgot", object{"email": email}).
			Says(http.StatusOK, "If the email belongs to a user, a link to reset the password was sent.")
	}
	s.NothingMore(t)
	for _, email := range []string{gone.Email, unknown} {
		for _, m := range s.Mails(t, email) {
			if m.Is(kit.Reset) {
				t.Errorf("a reset was mailed: %s", m.Subject)
			}
		}
	}
}

func TestAResetTokenIsDeadAfterAPasswordChange(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	token := s.Forgot(t, acc.Email, acc.Email)
	s.SignIn(t, acc).Put("/users/"+acc.ID+"/password", object{"password": acc.Password, "newPassword": kit.Password()}).Want(http.StatusOK)
	reset(s.Client(t), token, kit.Password()).Refused(http.StatusUnprocessableEntity, "invalid_token")
}

func TestAResetTokenIsDeadAfterDeletion(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	token := s.Forgot(t, acc.Email, acc.Email)
	s.SignIn(t, acc).Delete("/users/"+acc.ID, nil).Want(http.StatusOK)
	reset(s.Client(t), token, kit.Password()).Refused(http.StatusUnprocessableEntity, "invalid_token")
}

func TestAResetKeepsASecondFactorOfAVerifiedAccount(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	app := s.SignIn(t, acc).Enrol(acc.ID, true)
	fresh := kit.Password()
	reset(s.Client(t), s.Forgot(t, acc.Email, acc.Email), fresh).Want(http.StatusOK)
	s.Client(t).Login(acc.Username, fresh).Refused(http.StatusForbidden, "two_factor_required")
	s.Client(t).Post("/users/login", object{"username": acc.Username, "password": fresh, "token": app.Code()}).Want(http.StatusOK)
}

func TestAResetRemovesAnAuthenticatorThatIsNotRequired(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	app := s.SignIn(t, acc).Enrol(acc.ID, false)
	reset(s.Client(t), s.Forgot(t, acc.Email, acc.Email), kit.Password()).Want(http.StatusOK)
	otpLogin(s.Client(t), object{"username": acc.Username, "token": app.Code()}).Refused(http.StatusUnauthorized, "invalid_credentials")
	s.Notice(t, acc.Email, "Your authenticator was removed")
}

func TestAResetHealsAnAccountThatWasNeverVerified(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner := kit.Name() + "@example.com"
	acc := s.Client(t).Register(kit.Account{Email: owner}) // by a stranger
	stranger := s.SignIn(t, acc)
	app := stranger.Enrol(acc.ID, true)
	fresh := kit.Password()
	reset(s.Client(t), s.Forgot(t, owner, owner), fresh).Want(http.StatusOK)
	if stranger.Alive() {
		t.Error("the stranger's session lives on")
	}
	c := s.Client(t)
	c.Took(c.Login(acc.Username, fresh).Want(http.StatusOK)) // without a code
	if !check(t, c).User.EmailVerified {
		t.Error("the address is not verified, though the mail was read")
	}
	otpLogin(s.Client(t), object{"username": acc.Username, "token": app.Code()}).Refused(http.StatusUnauthorized, "invalid_credentials")
	c.Pending(acc.ID) // there is none left
}

func TestAPendingAuthenticatorIsHealedToo(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner := kit.Name() + "@example.com"
	acc := s.Client(t).Register(kit.Account{Email: owner})
	app := s.SignIn(t, acc).Pending(acc.ID)
	reset(s.Client(t), s.Forgot(t, owner, owner), kit.Password()).Want(http.StatusOK)
	s.Client(t).Confirm(acc.ID, app.Code(), true).Refused(http.StatusConflict, "authenticator_none")
}

func TestTheResetPage(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	token := s.Forgot(t, acc.Email, acc.Email)
	c := s.Client(t)
	for _, method := range []string{"GET", "HEAD", "GET"} {
		a := c.Do(kit.Request{Method: method, Path: "/reset?token=" + token, Header: map[string]string{"Accept": "text/html"}}).Want(http.StatusOK)
		if method == "GET" && (!strings.Contains(string(a.Body), acc.Username) || !strings.Contains(string(a.Body), `autocomplete="new-password"`)) {
			t.Errorf("page %s", a.Body)
		}
		if a.Header.Get("Referrer-Policy") != "strict-origin" {
			t.Errorf("Referrer-Policy %q", a.Header.Get("Referrer-Policy"))
		}
	}
	fresh := kit.Password()
	form(c, "/reset", url.Values{"token": {token}, "password": {"short"}}).Want(http.StatusUnprocessableEntity)
	form(c, "/reset", url.Values{"token": {token}, "password": {fresh}}).Want(http.StatusOK)
	c.Login(acc.Username, fresh).Want(http.StatusOK)
	form(c, "/reset", url.Values{"token": {token}, "password": {kit.Password()}}).Want(http.StatusUnprocessableEntity)
	c.Get("/reset?token=nonsense").Want(http.StatusUnprocessableEntity)
}
