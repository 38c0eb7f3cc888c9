package contract

import (
	"net/http"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestAnAccountWithoutAPasswordSignsInByItsCode(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc, app := withoutPassword(t, s)
	c := s.Client(t)
	got := c.Took(otpLogin(c, object{"username": acc.Username, "token": app.Code()}).Want(http.StatusOK))
	if got.ID != acc.ID || got.Email != nil {
		t.Errorf("data %+v", got)
	}
}

func TestItsAuthenticatorIsNoWayInUntilConfirmed(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, name := s.Client(t), kit.Name()
	body := object{"name": "No Password", "username": name, "isTotpEnable": true}
	u := kit.Data[kit.User](c.Post("/users", body).Want(http.StatusCreated))
	app := kit.NewAuthenticator(t, u.OTPAuth)
	otpLogin(c, object{"username": name, "token": app.Code()}).Refused(http.StatusUnauthorized, "invalid_credentials")
	c.Confirm(u.ID, app.Code(), false).Want(http.StatusOK)
}

func TestTheOnlyWayInCannotBeRemoved(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc, app := withoutPassword(t, s)
	c := s.Client(t)
	c.Took(otpLogin(c, object{"username": acc.Username, "token": app.Code()}).Want(http.StatusOK))
	c.Delete("/users/"+acc.ID+"/otp", nil).Refused(http.StatusConflict, "last_way_in")
	c.Delete("/users/"+acc.ID+"/otp", object{"token": app.Wrong()}).Refused(http.StatusConflict, "last_way_in")
}

func TestRequiringACodeLocksNobodyOutWhoHasNoPassword(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, name := s.Client(t), kit.Name()
	body := object{"name": "No Password", "username": name, "isTotpEnable": true}
	u := kit.Data[kit.User](c.Post("/users", body).Want(http.StatusCreated))
	app := kit.NewAuthenticator(t, u.OTPAuth)
	if a := c.Confirm(u.ID, app.Code(), true); a.Status != http.StatusOK {
		c.Confirm(u.ID, app.Code(), false).Want(http.StatusOK)
	}
	otpLogin(c, object{"username": name, "token": app.Code()}).Want(http.StatusOK)
}
