package contract

import (
	"net/http"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestAChallengeIsMetByACode(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, app := withFactor(t, s)
	token := challenge(t, s, acc)
	c := s.Client(t)
	body := object{"username": acc.Username, "token": app.Code(), "challenge": token}
	c.Took(otpLogin(c, body).Says(http.StatusOK, "User authenticated successfully!"))
	if !c.Alive() {
		t.Error("the sign-in is not complete")
	}
	body["token"] = app.Code()
	if a := otpLogin(c, body); a.Status != http.StatusUnauthorized {
		t.Errorf("a challenge that was met answers %d again", a.Status)
	}
}

func TestAChallengeIsItsOwnAccounts(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, app := withFactor(t, s)
	_, other, otherApp := withFactor(t, s)
	token, code := challenge(t, s, acc), app.Code()
	c := s.Client(t)
	for name, body := range map[string]object{
		"another name":               {"username": other.Username, "token": code, "challenge": token},
		"another name, its own code": {"username": other.Username, "token": otherApp.Code(), "challenge": token},
		"an unknown name":            {"username": kit.Name(), "token": code, "challenge": token},
		"an unknown challenge":       {"username": acc.Username, "token": code, "challenge": token + "x"},
	} {
		if a := otpLogin(c, body); a.Status != http.StatusUnauthorized {
			t.Errorf("%s: status %d, body %s", name, a.Status, a.Body)
		}
	}
	otpLogin(c, object{"username": acc.Username, "token": code, "challenge": token}).Want(http.StatusOK)
}

func TestAChallengeEndsWithTheSessionsOfItsAccount(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc, app := withFactor(t, s)
	token := challenge(t, s, acc)
	c.Put("/users/"+acc.ID+"/password", object{"password": acc.Password, "newPassword": kit.Password(), "token": app.Code()}).Want(http.StatusOK)
	a := otpLogin(s.Client(t), object{"username": acc.Username, "token": app.Code(), "challenge": token})
	if a.Status != http.StatusUnauthorized {
		t.Errorf("a challenge of the old password answers %d", a.Status)
	}
}
