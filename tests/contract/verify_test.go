package contract

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestRegistrationMailsALinkThatVerifies(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	c := s.SignIn(t, acc)
	token := s.Token(t, acc.Email, kit.Verify)
	a := s.Client(t).VerifyEmail(token).Says(http.StatusOK, "Email verified successfully!")
	got := kit.Data[struct {
		ID            string
		Email         string
		EmailVerified bool
	}](a)
	if got.ID != acc.ID || got.Email != acc.Email || !got.EmailVerified {
		t.Errorf("data %s", a.Body)
	}
	if !check(t, c).User.EmailVerified {
		t.Error("a live session does not know of it")
	}
	s.Client(t).VerifyEmail(token).Refused(http.StatusUnprocessableEntity, "invalid_token")
}

func TestVerifyingSignsNobodyIn(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	a := s.Client(t).VerifyEmail(s.Token(t, acc.Email, kit.Verify)).Want(http.StatusOK)
	if set := a.Header.Values("Set-Cookie"); len(set) > 0 || strings.Contains(string(a.Body), "accessToken") {
		t.Errorf("cookies %q, body %s", set, a.Body)
	}
}

func TestATokenUsedManyTimesAtOnceVerifiesOnce(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	token := s.Token(t, acc.Email, kit.Verify)
	c := s.Client(t)
	c.Get("/csrf-token")
	answers := make([]*kit.Answer, 50)
	kit.Parallel(len(answers), func(i int) { answers[i] = c.Clone().VerifyEmail(token) })
	if count := statuses(answers); count[http.StatusOK] != 1 {
		t.Errorf("statuses %v, want one success", count)
	}
}

func TestBadVerificationTokens(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	token := s.Token(t, acc.Email, kit.Verify)
	c := s.Client(t)
	for _, bad := range []string{"", "nonsense", token[:len(token)-1], token + "A", "r" + token[1:], "u" + token[1:], strings.ToLower(token)} {
		c.VerifyEmail(bad).Refused(http.StatusUnprocessableEntity, "invalid_token")
	}
	c.Post("/users/auth/email/verify", object{}).Refused(http.StatusBadRequest, "bad_request").Field("token", "missing")
	c.Post("/users/auth/email/verify", object{"token": object{"$ne": ""}}).Refused(http.StatusBadRequest, "bad_request").Field("token", "wrong_type")
	c.VerifyEmail(token).Want(http.StatusOK)
}

func TestANewLinkReplacesTheOld(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	old := s.Token(t, acc.Email, kit.Verify)
	s.Client(t).Post("/users/auth/email/resend", object{"email": strings.ToUpper(acc.Email)}).Want(http.StatusOK)
	kit.Eventually(t, "the second mail", func() bool { return len(s.Mails(t, acc.Email)) == 2 })
	s.Client(t).VerifyEmail(old).Refused(http.StatusUnprocessableEntity, "invalid_token")
	s.Client(t).VerifyEmail(s.Token(t, acc.Email, kit.Verify)).Want(http.StatusOK)
}

func TestNoLinkIsMailedToAVerifiedOrUnknownAddress(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc, gone, unknown := s.RegisterVerified(t), deleted(t, s), kit.Name()+"@example.com"
	before := len(s.Mails(t, gone.Email))
	for _, email := range []string{acc.Email, gone.Email, unknown} {
		s.Client(t).Post("/users/auth/email/resend", object{"email": email}).Want(http.StatusOK)
	}
	s.NothingMore(t)
	if a, b, c := len(s.Mails(t, acc.Email)), len(s.Mails(t, gone.Email)), len(s.Mails(t, unknown)); a != 1 || b != before || c != 0 {
		t.Errorf("mails: %d to the verified, %d to the deleted (%d before), %d to the unknown address", a, b, before, c)
	}
}

func TestResendWantsAnEmail(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for _, path := range []string{"/users/auth/email/resend", "/users/auth/password/forgot"} {
		c.Post(path, object{}).Refused(http.StatusBadRequest, "bad_request").Field("email", "missing")
		c.Post(path, object{"email": object{"$gt": ""}}).Refused(http.StatusBadRequest, "bad_request").Field("email", "wrong_type")
		c.Post(path, object{"email": "nonsense"}).Refused(http.StatusBadRequest, "email_malformed")
	}
}

// form posts one as a page's button does.
func form(c *kit.Client, path string, fields url.Values) *kit.Answer {
	return c.Do(kit.Request{
		Method: "POST", Path: path, Body: []byte(fields.Encode()),
		Header: map[string]string{
			"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html", "X-CSRF-Token": "", "Cookie": "", "Sec-Fetch-Site": "same-origin",
		},
	})
}

func TestTheVerifyPageNamesTheAccountAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	token := s.Token(t, acc.Email, kit.Verify)
	c := s.Client(t)
	for _, method := range []string{"GET", "HEAD", "GET"} {
		a := c.Do(kit.Request{Method: method, Path: "/verify?token=" + token, Header: map[string]string{"Accept": "text/html"}}).Want(http.StatusOK)
		if method == "HEAD" {
			continue
		}
		page := string(a.Body)
		for _, part := range []string{acc.Username, acc.Email, `value="confirm"`, `value="disown"`, "not me"} {
			if !strings.Contains(page, part) {
				t.Errorf("the page lacks %q", part)
			}
		}
		if a.Header.Get("Referrer-Policy") != "strict-origin" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", a.Header)
		}
		if strings.Contains(page, "http://") || strings.Contains(page, "https://") {
			t.Error("the page refers to another host")
		}
	}
	if check(t, s.SignIn(t, acc)).User.EmailVerified {
		t.Error("looking at the page verified the address")
	}
	form(c, "/verify", url.Values{"token": {token}, "action": {"confirm"}}).Want(http.StatusOK)
	if !check(t, s.SignIn(t, acc)).User.EmailVerified {
		t.Error("the button did not verify the address")
	}
	form(c, "/verify", url.Values{"token": {token}, "action": {"confirm"}}).Want(http.StatusUnprocessableEntity)
	c.Get("/verify?token=" + token).Want(http.StatusUnprocessableEntity)
}

func TestThisWasNotMeTakesTheAddressOffTheAccount(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	victim := kit.Name() + "@example.com"
	attacker := s.Client(t).Register(kit.Account{Email: victim})
	c := s.SignIn(t, attacker)
	token := s.Token(t, victim, kit.Verify)
	form(s.Client(t), "/verify", url.Values{"token": {token}, "action": {"disown"}}).Want(http.StatusOK)
	if c.Alive() {
		t.Error("a session of that account lives on")
	}
	c.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	again := s.SignIn(t, attacker)
	if u := kit.Data[kit.User](again.Get("/users/" + attacker.ID)); u.Email != nil {
		t.Errorf("the account still has the address %v", *u.Email)
	}
	s.Client(t).VerifyEmail(token).Refused(http.StatusUnprocessableEntity, "invalid_token")
	s.Client(t).Register(kit.Account{Email: victim}) // which is free again
}

func TestThePagesRefuseWhatIsNotTheirForm(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	token := s.Token(t, acc.Email, kit.Verify)
	c := s.Client(t)
	form(c, "/verify", url.Values{"token": {token}, "action": {"nonsense"}}).Want(http.StatusBadRequest)
	form(c, "/verify", url.Values{"token": {token}}).Want(http.StatusBadRequest)
	form(c, "/verify", url.Values{"token": {token, token}, "action": {"confirm"}}).Want(http.StatusBadRequest)
	form(c, "/verify", url.Values{"token": {"nonsense"}, "action": {"confirm"}}).Want(http.StatusUnprocessableEntity)
	c.Post("/verify", object{"token": token, "action": "confirm"}).Want(http.StatusUnsupportedMediaType)
	c.Do(kit.Request{
		Method: "POST", Path: "/verify", Body: []byte(url.Values{"token": {token}, "action": {"confirm"}}.Encode()),
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"},
	}).Want(http.StatusForbidden)
	c.Get("/verify?token=" + token + "&token=" + token).Want(http.StatusBadRequest)
	c.Get("/verify").Want(http.StatusUnprocessableEntity)
	c.Get("/reset?token=" + token).Want(http.StatusUnprocessableEntity)
	c.VerifyEmail(token).Want(http.StatusOK)
}
