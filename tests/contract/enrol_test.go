package contract

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestOTPSecretAnswersAsTheDocument(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	a := c.Post("/users/"+acc.ID+"/otp/secret", nil).Says(http.StatusOK, "Otp url generated successfully")
	if diff := cmp.Diff([]string{"otpauthUrl"}, members(t, a)); diff != "" {
		t.Errorf("members of data (-want +got):\n%s", diff)
	}
	uri := kit.Data[struct {
		OTPAuthURL string `json:"otpauthUrl"`
	}](a).OTPAuthURL
	sample := regexp.MustCompile(`^otpauth://totp/` + acc.Username + `\?secret=[A-Z2-7]{32,}&issuer=Watchword&algorithm=SHA256&digits=6&period=30$`)
	if !sample.MatchString(uri) {
		t.Errorf("%q does not look like the document's", uri)
	}
	if cc := a.Header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("Cache-Control %q", cc)
	}
}

func TestEnableOTPAnswersAsTheDocument(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	a := c.Confirm(acc.ID, c.Pending(acc.ID).Code(), false).Says(http.StatusOK, "User OTP enable successfully")
	if want := `{"success":true,"message":"User OTP enable successfully"}`; string(a.Body) != want {
		t.Errorf("body %s, want %s", a.Body, want)
	}
}

func TestOTPSecretIsTheOwnersAlone(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc := s.SignUp(t)
	other, _ := s.SignUp(t)
	path := "/users/" + acc.ID + "/otp/secret"
	s.Client(t).Post(path, nil).Refused(http.StatusUnauthorized, "unauthenticated")
	other.Post(path, nil).Refused(http.StatusForbidden, "forbidden")
	s.Admin(t).Post(path, nil).Refused(http.StatusForbidden, "forbidden")
	app := owner.Pending(acc.ID)
	other.Post(path, nil).Refused(http.StatusForbidden, "forbidden")
	owner.Confirm(acc.ID, app.Code(), false).Want(http.StatusOK) // the others' attempts replaced nothing
}

func TestANewSecretReplacesOneThatWaits(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	first, second := c.Pending(acc.ID), c.Pending(acc.ID)
	if first.Secret == second.Secret {
		t.Fatal("the same secret again")
	}
	c.Confirm(acc.ID, first.Code(), false).Refused(http.StatusUnauthorized, "invalid_code")
	c.Confirm(acc.ID, second.Code(), false).Want(http.StatusOK)
}

func TestNoNewSecretWhileAnAuthenticatorIsEnabled(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	app := c.Enrol(acc.ID, false)
	c.Post("/users/"+acc.ID+"/otp/secret", nil).Refused(http.StatusConflict, "authenticator_active")
	c.Confirm(acc.ID, app.Code(), true).Refused(http.StatusConflict, "authenticator_active")
	c.Login(acc.Username, acc.Password).Want(http.StatusOK) // which did not make it required either
}

func TestConfirmingNeedsAnAuthenticatorThatWaits(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	c := s.Client(t)
	c.Confirm(acc.ID, "123456", false).Refused(http.StatusConflict, "authenticator_none")
	c.Confirm("01JEVAG858D9NP6A1NMTKXPRRA", "123456", false).Refused(http.StatusNotFound, "user_not_found")
	c.Confirm("nonsense", "123456", false).Refused(http.StatusNotFound, "user_not_found")
	c.Put("/users/"+acc.ID+"/otp", object{}).Refused(http.StatusBadRequest, "bad_request").Field("token", "missing")
	c.Put("/users/"+acc.ID+"/otp", object{"token": 123456}).Refused(http.StatusBadRequest, "bad_request").Field("token", "wrong_type")
	c.Put("/users/"+acc.ID+"/otp", object{"token": "123456", "twoFactor": "true"}).Refused(http.StatusBadRequest, "bad_request").Field("twoFactor", "wrong_type")
}

func TestConfirmingIsThrottledPerAccount(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	app := c.Pending(acc.ID)
	for range 5 {
		s.Client(t).Confirm(acc.ID, app.Wrong(), false).Refused(http.StatusUnauthorized, "invalid_code")
	}
	s.Client(t).Confirm(acc.ID, app.Code(), false).Refused(http.StatusTooManyRequests, "too_many_requests").Waits()
}

func TestTwoFactorTrueRequiresTheCode(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for required, status := range map[bool]int{true: http.StatusForbidden, false: http.StatusOK} {
		c, acc := s.SignUp(t)
		c.Enrol(acc.ID, required)
		s.Client(t).Login(acc.Username, acc.Password).Want(status)
	}
}

func TestEnrolmentAndRemovalEndNoSession(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	other := s.SignIn(t, acc)
	app := c.Enrol(acc.ID, true)
	c.Delete("/users/"+acc.ID+"/otp", object{"token": app.Code()}).Want(http.StatusOK)
	if !c.Alive() || !other.Alive() {
		t.Error("a session ended")
	}
}

func TestRemovingAnAuthenticator(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc, app := withFactor(t, s)
	other, _ := s.SignUp(t)
	path := "/users/" + acc.ID + "/otp"
	s.Client(t).Delete(path, object{"token": "123456"}).Refused(http.StatusUnauthorized, "unauthenticated")
	other.Delete(path, object{"token": "123456"}).Refused(http.StatusForbidden, "forbidden")
	s.Admin(t).Delete(path, object{"token": "123456"}).Refused(http.StatusForbidden, "forbidden")
	c.Delete(path, nil).Refused(http.StatusForbidden, "two_factor_required")
	c.Delete(path, object{}).Refused(http.StatusForbidden, "two_factor_required")
	c.Delete(path, object{"token": app.Wrong()}).Refused(http.StatusUnauthorized, "invalid_code")
	c.Delete(path, object{"token": app.Code()}).Says(http.StatusOK, "User OTP disabled successfully!")
	s.Client(t).Login(acc.Username, acc.Password).Want(http.StatusOK)
	c.Delete(path, nil).Refused(http.StatusConflict, "authenticator_none")
}

func TestRemovingOneThatIsNotRequiredNeedsNoCode(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	app := c.Enrol(acc.ID, false)
	c.Delete("/users/"+acc.ID+"/otp", nil).Want(http.StatusOK)
	otpLogin(c, object{"username": acc.Username, "token": app.Code()}).Refused(http.StatusUnauthorized, "invalid_credentials")
}

func TestEnrolmentAndRemovalMailANotice(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	c := s.SignIn(t, acc)
	app := c.Enrol(acc.ID, true)
	s.Notice(t, acc.Email, "An authenticator was added")
	c.Delete("/users/"+acc.ID+"/otp", object{"token": app.Code()}).Want(http.StatusOK)
	s.Notice(t, acc.Email, "Your authenticator was removed")
}

func TestChangesNeedACodeWhileASecondFactorIsOn(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc, app := withFactor(t, s)
	path, renamed := "/users/"+acc.ID, kit.Name()
	for name, body := range map[string]object{
		"username": {"name": "J", "username": renamed}, "email": {"name": "J", "username": acc.Username, "email": kit.Name() + "@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			c.Put(path, body).Refused(http.StatusForbidden, "two_factor_required")
			body["token"] = app.Wrong()
			c.Put(path, body).Refused(http.StatusUnauthorized, "invalid_code")
		})
	}
	password := object{"password": acc.Password, "newPassword": kit.Password()}
	c.Put(path+"/password", password).Refused(http.StatusForbidden, "two_factor_required")
	c.Put(path, object{"name": "Only The Name", "username": acc.Username}).Want(http.StatusOK)
	c.Put(path, object{"name": "J", "username": renamed, "token": app.Code()}).Want(http.StatusOK)
	if got := kit.Data[kit.User](c.Get(path)).Username; got != renamed {
		t.Errorf("username %q", got)
	}
}

func TestARefusedChangeHandsOutNoChallenge(t *testing.T) {
	t.Parallel()
	c, acc, _ := withFactor(t, kit.Shared(t))
	a := c.Put("/users/"+acc.ID, object{"name": "J", "username": kit.Name()}).Refused(http.StatusForbidden, "two_factor_required")
	if strings.Contains(string(a.Body), "challenge") {
		t.Errorf("body %s", a.Body)
	}
}
