package contract

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestMailsCarryLinkAndTokenToTheRightAddressAlone(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	mail := s.Mail(t, acc.Email, func(m kit.Mail) bool { return m.Is(kit.Verify) })
	if len(mail.To) != 1 || mail.To[0].Address != acc.Email {
		t.Errorf("to %v", mail.To)
	}
	token, link := mail.Token(), s.Gateway+"/verify?token="+mail.Token()
	if mail.Link() != link || strings.Count(mail.Text, token) != 2 {
		t.Errorf("text must have the link and the token by itself:\n%s", mail.Text)
	}
	if !strings.Contains(mail.HTML, link) || !strings.Contains(mail.Text, acc.Username) || !strings.Contains(mail.HTML, acc.Username) {
		t.Errorf("HTML %s", mail.HTML)
	}
	if strings.Contains(mail.Text+mail.HTML, acc.Password) {
		t.Error("the mail holds the password")
	}
}

func TestMailsAreInTheLanguageOfTheRegistration(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for language, want := range map[string]string{
		"de": "Bestätigen Sie Ihre E-Mail-Adresse", "de-AT,en;q=0.5": "Bestätigen Sie Ihre E-Mail-Adresse",
		"en": "Confirm your email address", "fr": "Confirm your email address", "": "Confirm your email address",
		"nonsense\u00ff": "Confirm your email address",
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			c := s.Client(t)
			c.Header["Accept-Language"] = language
			acc := c.Register(kit.Account{Email: kit.Name() + "@example.com"})
			s.Notice(t, acc.Email, want)
			if !strings.HasPrefix(language, "de") {
				return
			}
			s.Forgot(t, acc.Email, acc.Email) // asked for by a client that speaks nothing
			s.Notice(t, acc.Email, "Setzen Sie Ihr Passwort zurück")
		})
	}
}

func TestLinksComeFromTheConfigurationAlone(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	for name, header := range map[string]map[string]string{
		"X-Forwarded-Host": {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "444"},
		"Forwarded":        {"Forwarded": "host=evil.example;proto=https", "X-Host": "evil.example", "X-Original-Host": "evil.example"},
		"Referer":          {"Referer": "https://evil.example/", "X-Rewrite-Url": "https://evil.example/"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(s.Mails(t, acc.Email))
			s.Client(t).Do(kit.Request{
				Method: "POST", Path: "/users/auth/password/forgot", Body: object{"email": acc.Email}, Header: header,
			}).Want(http.StatusOK)
			kit.Eventually(t, "the mail", func() bool { return len(s.Mails(t, acc.Email)) > before })
			mail := s.Mails(t, acc.Email)[0]
			if mail.Link() != s.Gateway+"/reset?token="+mail.Token() {
				t.Errorf("link %q", mail.Link())
			}
		})
	}
	for _, host := range []string{"evil.example", "127.0.0.1.evil.example", "evil.example:80", "localhost.evil.example", "192.0.2.1"} {
		s.Client(t).Do(kit.Request{Method: "POST", Path: "/users/auth/password/forgot", Body: object{"email": acc.Email}, Host: host}).
			Refused(http.StatusMisdirectedRequest, "misdirected")
	}
	u, err := url.Parse(s.Gateway)
	if err != nil {
		t.Fatal(err)
	}
	s.Client(t).Do(kit.Request{Method: "GET", Path: "/users", Host: "localhost:" + u.Port()}).Want(http.StatusOK)
}

func TestASignInOnANewDeviceIsMailedAbout(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	s.Token(t, acc.Email, kit.Verify)
	first := s.SignIn(t, acc) // the first sign-in is nothing new
	first.Took(first.Login(acc.Username, acc.Password).Want(http.StatusOK))
	s.NothingMore(t)
	if mails := s.Mails(t, acc.Email); len(mails) != 1 {
		t.Errorf("%d mails after sign-ins on the first device", len(mails))
	}
	s.SignIn(t, acc)
	s.Notice(t, acc.Email, "New sign-in to your account")
	s.SignIn(t, acc)
	s.NothingMore(t)
	if mails := s.Mails(t, acc.Email); len(mails) != 2 {
		t.Errorf("%d mails: more than one notice within the hour", len(mails))
	}
}

func TestTheRightPasswordWithAWrongCodeIsMailedAbout(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	app := s.SignIn(t, acc).Enrol(acc.ID, true)
	s.Notice(t, acc.Email, "An authenticator was added")
	s.Client(t).Post("/users/login", object{"username": acc.Username, "password": acc.Password, "token": app.Wrong()}).
		Refused(http.StatusUnauthorized, "invalid_code")
	s.Notice(t, acc.Email, "New sign-in to your account")
}
