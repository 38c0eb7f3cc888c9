package contract

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestCodeSignInSwitchedOff(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_CODE_SIGNIN": "false"}})
	owner, acc := s.SignUp(t)
	app := owner.Enrol(acc.ID, true)
	otpLogin(s.Client(t), object{"username": acc.Username, "token": app.Code()}).Refused(http.StatusForbidden, "code_signin_disabled")
	otpLogin(s.Client(t), object{"username": acc.Username, "token": app.Code(), "challenge": challenge(t, s, acc)}).Want(http.StatusOK)
}

func TestLeastLengthOfAPassword(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_PASSWORD_MIN": "15"}})
	for length, status := range map[int]int{14: http.StatusUnprocessableEntity, 15: http.StatusCreated} {
		s.Client(t).Post("/users", object{"name": "J", "username": kit.Name(), "password": strings.Repeat("ü", length)}).Want(status)
	}
}

func TestIssuerOfAuthenticators(t *testing.T) {
	t.Parallel()
	t.Run("legion", func(t *testing.T) {
		t.Parallel()
		s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_TOTP_ISSUER": "LegionKimitri"}})
		a := s.Client(t).Post("/users", object{"name": "John Doe", "username": "johndoe123", "isTotpEnable": "true"}).Want(http.StatusCreated)
		sample := regexp.MustCompile(`^otpauth://totp/johndoe123\?secret=[A-Z2-7]+&issuer=LegionKimitri&algorithm=SHA256&digits=6&period=30$`)
		if got := kit.Data[kit.User](a).OTPAuth; !sample.MatchString(got) {
			t.Errorf("otpauth %q is not the document's sample", got)
		}
	})
	t.Run("lynx", func(t *testing.T) {
		t.Parallel()
		s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_TOTP_ISSUER": "Lynx"}})
		c := signInBy(t, s, "lynx", s.Client(t).Register(kit.Account{Username: "admin"}), "")
		enrolled := kit.Object[struct{ Result struct{ Secret, URI string } }](c.Get("/auth/totp").Want(http.StatusOK)).Result
		if want := "otpauth://totp/Lynx:admin?issuer=Lynx&secret=" + enrolled.Secret + "&algorithm=SHA1&digits=6&period=30"; enrolled.URI != want {
			t.Errorf("uri %q is not the document's sample", enrolled.URI)
		}
	})
}

func TestPagesElsewhere(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{
		"WATCHWORD_VERIFY_URL": "https://app.example.com/confirm", "WATCHWORD_RESET_URL": "https://app.example.com/forgotten",
	}})
	acc := s.RegisterEmail(t)
	verify := s.Mail(t, acc.Email, func(m kit.Mail) bool { return m.Is(kit.Verify) })
	s.Forgot(t, acc.Email, acc.Email)
	reset := s.Mail(t, acc.Email, func(m kit.Mail) bool { return m.Is(kit.Reset) })
	if !strings.HasPrefix(verify.Link(), "https://app.example.com/confirm?token=v") || !strings.HasPrefix(reset.Link(), "https://app.example.com/forgotten?token=r") {
		t.Errorf("links %q and %q", verify.Link(), reset.Link())
	}
}

func TestTheConfiguredAdmin(t *testing.T) {
	t.Parallel()
	email, password := kit.Name()+"@example.com", kit.Password()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_ADMIN_EMAIL": email, "WATCHWORD_ADMIN_PASSWORD": password}})
	c := s.Client(t)
	c.Took(c.Post("/users/login", object{"email": email, "password": password}).Want(http.StatusOK))
	if got := check(t, c).User.Role; got != "admin" {
		t.Errorf("role %q", got)
	}
}
