package legion_test

import (
	"encoding/base32"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/limit"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/dialect/legion"
	"github.com/watchword/watchword/services/users/internal/totp"
)

// enrolled asks for an authenticator and gives its secret.
func enrolled(t *testing.T, s *server, account id.Account) totp.Secret {
	t.Helper()
	got := s.do(t, http.MethodPost, "/users/"+string(account)+"/otp/secret", string(account), "")
	var body struct {
		Success bool
		Message string
		Data    struct{ OTPAuthURL string }
	}
	check(t, json.Unmarshal([]byte(got.body), &body))
	if got.status != http.StatusOK || body.Message != "Otp url generated successfully" || got.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d, %s, %v", got.status, got.body, got.header)
	}
	u, err := url.Parse(body.Data.OTPAuthURL)
	check(t, err)
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(u.Query().Get("secret"))
	check(t, err)
	return raw
}

func confirm(t *testing.T, s *server, account id.Account, body string) answer {
	t.Helper()
	return s.do(t, http.MethodPut, "/users/"+string(account)+"/otp", "", body)
}

func TestEnrolAndConfirm(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	bob := s.Add(t, coretest.Person{Username: "bob", Admin: true})
	path := "/users/" + string(ada.ID) + "/otp"
	s.do(t, http.MethodPost, path+"/secret", "", "").refuses(t, http.StatusUnauthorized, "unauthenticated")
	s.do(t, http.MethodPost, path+"/secret", string(bob.ID), "").refuses(t, http.StatusForbidden, "forbidden")
	confirm(t, s, ada.ID, `{"token":"123456"}`).refuses(t, http.StatusConflict, "authenticator_none")

	old := enrolled(t, s, ada.ID)
	secret := enrolled(t, s, ada.ID)
	confirm(t, s, ada.ID, `{"token":"`+coretest.CodeAt(t, old, s.Clock.Now())+`"}`).refuses(t, http.StatusUnauthorized, "invalid_code")
	confirm(t, s, ada.ID, `{}`).refuses(t, http.StatusBadRequest, "bad_request", "token: missing")
	good := `{"token":"` + coretest.CodeAt(t, secret, s.Clock.Now()) + `"}`
	confirm(t, s, ada.ID, good).is(t, http.StatusOK, `{"success":true,"message":"User OTP enable successfully"}`)
	confirm(t, s, ada.ID, good).refuses(t, http.StatusConflict, "authenticator_active")
	s.do(t, http.MethodPost, path+"/secret", string(ada.ID), "").refuses(t, http.StatusConflict, "authenticator_active")
	if a := s.Get(t, ada.ID); !a.TOTP.Enabled || a.TOTP.Required {
		t.Errorf("enabled %v, required %v", a.TOTP.Enabled, a.TOTP.Required)
	}
}

func TestConfirmAsSecondFactor(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	secret := enrolled(t, s, ada.ID)
	confirm(t, s, ada.ID, `{"token":"`+coretest.CodeAt(t, secret, s.Clock.Now())+`","twoFactor":true}`).
		is(t, http.StatusOK, `{"success":true,"message":"User OTP enable successfully"}`)
	if a := s.Get(t, ada.ID); !a.SecondFactor() {
		t.Error("it is no second factor")
	}
}

func TestConfirmInTime(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	secret := enrolled(t, s, ada.ID)
	s.Clock.Advance(10 * time.Minute)
	confirm(t, s, ada.ID, `{"token":"`+coretest.CodeAt(t, secret, s.Clock.Now())+`"}`).refuses(t, http.StatusConflict, "authenticator_none")
}

func TestConfirmIsThrottledByAccount(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	enrolled(t, s, ada.ID)
	for range 5 {
		confirm(t, s, ada.ID, `{"token":"00000x"}`).refuses(t, http.StatusUnauthorized, "invalid_code")
	}
	got := confirm(t, s, ada.ID, `{"token":"00000x"}`)
	got.refuses(t, http.StatusTooManyRequests, "too_many_requests")
	if got.header.Get("Retry-After") != "900" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
}

func TestDisable(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Password: coretest.Password, Enabled: true, Required: true})
	bob := s.Add(t, coretest.Person{Username: "bob", Enabled: true})
	eve := s.Add(t, coretest.Person{Username: "eve", Password: coretest.Password, Enabled: true})
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	disable := func(account id.Account, by id.Account, body string) answer {
		t.Helper()
		return s.do(t, http.MethodDelete, "/users/"+string(account)+"/otp", string(by), body)
	}
	disable(ada.ID, admin.ID, `{"token":"123456"}`).refuses(t, http.StatusForbidden, "forbidden")
	disable(admin.ID, admin.ID, `{}`).refuses(t, http.StatusConflict, "authenticator_none")
	disable(ada.ID, ada.ID, "").refuses(t, http.StatusForbidden, "two_factor_required")
	disable(ada.ID, ada.ID, `{"token":"00000x"}`).refuses(t, http.StatusUnauthorized, "invalid_code")
	disable(ada.ID, ada.ID, `{"token":"`+s.Code(t, ada.ID)+`"}`).is(t, http.StatusOK,
		`{"success":true,"message":"User OTP disabled successfully!","data":{"id":"`+string(ada.ID)+`"}}`)
	disable(bob.ID, bob.ID, `{"token":"`+s.Code(t, bob.ID)+`"}`).refuses(t, http.StatusConflict, "last_way_in")
	if got := disable(eve.ID, eve.ID, ""); got.status != http.StatusOK {
		t.Errorf("one that is no second factor needs no code: %s", got.body)
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	eve := s.Add(t, coretest.Person{Username: "eve", Password: coretest.Password, Enabled: true, Required: true})
	put := func(account, by id.Account, body string) answer {
		t.Helper()
		return s.do(t, http.MethodPut, "/users/"+string(account)+"/password", string(by), body)
	}
	const (
		good  = `{"password":"` + coretest.Password + `","newPassword":"another horse battery"}`
		wrong = `{"password":"a wrong one","newPassword":"another horse battery"}`
	)
	put(ada.ID, admin.ID, good).refuses(t, http.StatusForbidden, "forbidden")
	put(ada.ID, ada.ID, `{"password":"x"}`).refuses(t, http.StatusBadRequest, "bad_request", "newPassword: missing")
	put(ada.ID, ada.ID, `{"password":"`+coretest.Password+`","newPassword":"password123"}`).
		refuses(t, http.StatusUnprocessableEntity, "password_refused", "newPassword: too_common")
	put(ada.ID, ada.ID, wrong).refuses(t, http.StatusUnauthorized, "invalid_credentials")
	put(ada.ID, ada.ID, good).is(t, http.StatusOK,
		`{"success":true,"message":"Password changed successfully!","data":{"id":"`+string(ada.ID)+`"}}`)
	put(ada.ID, ada.ID, good).refuses(t, http.StatusUnauthorized, "invalid_credentials")
	put(eve.ID, eve.ID, good).refuses(t, http.StatusForbidden, "two_factor_required")
	put(eve.ID, eve.ID, good[:len(good)-1]+`,"token":"00000x"}`).refuses(t, http.StatusUnauthorized, "invalid_code")
	if got := put(eve.ID, eve.ID, good[:len(good)-1]+`,"token":"`+s.Code(t, eve.ID)+`"}`); got.status != http.StatusOK {
		t.Errorf("with the code: %s", got.body)
	}
}

func TestConfirmIsLimitedByAddress(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	enrolled(t, s, ada.ID)
	s.Limits.Refuse(limit.SignIn())
	confirm(t, s, ada.ID, `{"token":"00000x"}`).refuses(t, http.StatusTooManyRequests, "too_many_requests")
	if n := s.Get(t, ada.ID).TOTP.Failures.Count; n != 0 {
		t.Errorf("%d guesses were counted", n)
	}
}
