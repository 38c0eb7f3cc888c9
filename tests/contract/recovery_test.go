package contract

import (
	"net/http"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

func TestTheDocumentedManualRecoveryTurnsTheSecondFactorOff(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc, _ := withFactor(t, s)
	s.SetAccount(t, acc.Username, map[string]any{"totp.enabled": false})
	s.Client(t).Login(acc.Username, acc.Password).Want(http.StatusOK)
	c.Put("/users/"+acc.ID, object{"name": "J", "username": kit.Name()}).Want(http.StatusOK) // without a code
	c.Enrol(acc.ID, true)
}

// locked are the fields of an authenticator after so many wrong codes, the last of them long ago.
func locked(failures int64) map[string]any {
	return map[string]any{"totp.failures": failures, "totp.failedAt": time.Now().Add(-time.Hour).UTC()}
}

func TestAHundredWrongCodesLockTheFactorUntilRecovery(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	app := s.SignIn(t, acc).Enrol(acc.ID, true)
	login := func(password, code string) *kit.Answer {
		return s.Client(t).Post("/users/login", object{"username": acc.Username, "password": password, "token": code})
	}
	s.SetAccount(t, acc.Username, locked(99))
	login(acc.Password, app.Wrong()).Refused(http.StatusUnauthorized, "invalid_code")
	s.SetAccount(t, acc.Username, locked(100)) // whose wait is over
	login(acc.Password, app.Code()).Refused(http.StatusForbidden, "two_factor_locked")
	fresh := kit.Password()
	reset(s.Client(t), s.Forgot(t, acc.Email, acc.Email), fresh).Want(http.StatusOK)
	login(fresh, app.Code()).Want(http.StatusOK)
}

func TestAnAccountWithNoOtherWayInIsNeverLocked(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc, app := withoutPassword(t, s)
	s.SetAccount(t, acc.Username, locked(250))
	otpLogin(s.Client(t), object{"username": acc.Username, "token": app.Code()}).Want(http.StatusOK)
}

func TestAnAuthenticatorThatIsNotConfirmedInTimeLapses(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	app := c.Pending(acc.ID)
	s.SetAccount(t, acc.Username, map[string]any{"totp.pending.at": time.Now().Add(-11 * time.Minute).UTC()})
	c.Confirm(acc.ID, app.Code(), false).Refused(http.StatusConflict, "authenticator_none")
	c.Enrol(acc.ID, false)
}

func TestAnAccountWhoseOnlyWayInIsNotConfirmedInTimeIsRemoved(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, name := s.Client(t), kit.Name()
	body := object{"name": "No Password", "username": name, "isTotpEnable": true}
	u := kit.Data[kit.User](c.Post("/users", body).Want(http.StatusCreated))
	s.SetAccount(t, name, map[string]any{"unconfirmedUntil": time.Now().Add(-time.Second).UTC()})
	kit.Eventually(t, "the removal", func() bool { return c.Get("/users/"+u.ID).Status == http.StatusNotFound })
	c.Get("/users/"+u.ID+"?includeDeleted=true").Refused(http.StatusNotFound, "user_not_found")
	again := kit.Data[kit.User](c.Post("/users", body).Want(http.StatusCreated))
	if again.ID == u.ID {
		t.Error("an id is given again")
	}
}
