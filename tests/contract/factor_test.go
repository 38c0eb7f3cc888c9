package contract

import (
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

// withFactor is an account with a password whose second factor is on, and a client that is signed in to it.
func withFactor(t *testing.T, s *kit.Suite) (*kit.Client, kit.Account, *kit.Authenticator) {
	t.Helper()
	c, acc := s.SignUp(t)
	return c, acc, c.Enrol(acc.ID, true)
}

func otpLogin(c *kit.Client, body object) *kit.Answer { return c.Post("/users/otp/login", body) }

func TestAPasswordAloneIsNotEnoughWhileASecondFactorIsOn(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, _ := withFactor(t, s)
	a := s.Client(t).Login(acc.Username, acc.Password).Refused(http.StatusForbidden, "two_factor_required")
	got := kit.Data[struct {
		Challenge struct{ Token, ExpiresIn string }
	}](a).Challenge
	if _, err := strconv.ParseInt(got.ExpiresIn, 10, 64); err != nil || len(got.Token) < 32 {
		t.Errorf("challenge %+v", got)
	}
	if a.Cookie("refreshToken") != nil || a.Cookie("__Host-device") != nil {
		t.Errorf("half a sign-in sets cookies: %q", a.Header.Values("Set-Cookie"))
	}
	if cc := a.Header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("Cache-Control %q", cc)
	}
}

func TestPasswordAndCodeInOneRequestSignIn(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, app := withFactor(t, s)
	c := s.Client(t)
	c.Took(c.Post("/users/login", object{"username": acc.Username, "password": acc.Password, "token": app.Code()}).
		Says(http.StatusOK, "User authenticated successfully!"))
	_, claims := payload(t, c.Bearer)
	amr, _ := claims["amr"].([]any)
	if !slices.Contains(amr, "mfa") || !slices.Contains(amr, "pwd") || !slices.Contains(amr, "otp") {
		t.Errorf("amr %v", amr)
	}
}

func TestAWrongCodeBesideTheRightPassword(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, app := withFactor(t, s)
	for _, code := range []string{app.Wrong(), "12345", "abcdef", "1234567", " " + app.Wrong()} {
		a := s.Client(t).Post("/users/login", object{"username": acc.Username, "password": acc.Password, "token": code})
		if a.Status != http.StatusUnauthorized || a.Cookie("refreshToken") != nil {
			t.Errorf("code %q: status %d, body %s", code, a.Status, a.Body)
		}
		if code == "1234567" {
			break // the fourth; the fifth is TestFiveWrongCodes' business
		}
	}
}

func TestAWrongPasswordBesideTheRightCodeSpendsNoCode(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, app := withFactor(t, s)
	code := app.Code()
	c := s.Client(t)
	c.Post("/users/login", object{"username": acc.Username, "password": kit.Password(), "token": code}).
		Refused(http.StatusUnauthorized, "invalid_credentials")
	c.Post("/users/login", object{"username": acc.Username, "password": acc.Password, "token": code}).Want(http.StatusOK)
}

func TestACodeAloneIsRefusedUnlookedAtWhileASecondFactorIsOn(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, app := withFactor(t, s)
	code := app.Code()
	c := s.Client(t)
	for range 8 { // more than five wrong ones would make the account wait
		otpLogin(c, object{"username": acc.Username, "token": code}).Refused(http.StatusUnauthorized, "invalid_credentials")
		otpLogin(c, object{"username": acc.Username, "token": app.Wrong()}).Refused(http.StatusUnauthorized, "invalid_credentials")
	}
	c.Post("/users/login", object{"username": acc.Username, "password": acc.Password, "token": code}).Want(http.StatusOK)
}

func TestACodeAloneSignsInWhereItIsNotRequired(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc := s.SignUp(t)
	app := owner.Enrol(acc.ID, false)
	c := s.Client(t)
	c.Login(acc.Username, acc.Password).Want(http.StatusOK)
	c.Took(otpLogin(c, object{"username": acc.Username, "token": app.Code()}).Says(http.StatusOK, "User authenticated successfully!"))
	_, claims := payload(t, c.Bearer)
	if diff := cmp.Diff([]any{"otp"}, claims["amr"]); diff != "" {
		t.Errorf("amr (-want +got):\n%s", diff)
	}
}

func TestACodeIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc := s.SignUp(t)
	app := owner.Pending(acc.ID)
	code := app.Code()
	owner.Confirm(acc.ID, code, false).Want(http.StatusOK)
	c := s.Client(t)
	otpLogin(c, object{"username": acc.Username, "token": code}).Refused(http.StatusUnauthorized, "invalid_credentials")
	next := app.Code()
	otpLogin(c, object{"username": acc.Username, "token": next}).Want(http.StatusOK)
	otpLogin(c, object{"username": acc.Username, "token": next}).Refused(http.StatusUnauthorized, "invalid_credentials")
	otpLogin(c, object{"username": acc.Username, "token": code}).Refused(http.StatusUnauthorized, "invalid_credentials")
}

func TestACodeUsedManyTimesAtOnceIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc := s.SignUp(t)
	code := owner.Enrol(acc.ID, false).Code()
	c := s.Client(t)
	c.Get("/csrf-token")
	answers := make([]*kit.Answer, 50)
	kit.Parallel(len(answers), func(i int) {
		answers[i] = otpLogin(c.Clone(), object{"username": acc.Username, "token": code})
	})
	want := map[int]int{http.StatusOK: 1, http.StatusUnauthorized: len(answers) - 1}
	if diff := cmp.Diff(want, statuses(answers)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestFiveWrongCodesMakeEveryRouteWait(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc, app := withFactor(t, s)
	token := challenge(t, s, acc)
	anyone := s.Client(t)
	login := func(code string) *kit.Answer {
		return anyone.Post("/users/login", object{"username": acc.Username, "password": acc.Password, "token": code})
	}
	guesses := []func(code string) *kit.Answer{
		login,
		func(code string) *kit.Answer {
			return otpLogin(anyone, object{"username": acc.Username, "token": code, "challenge": token})
		},
		func(code string) *kit.Answer { return owner.Delete("/users/"+acc.ID+"/otp", object{"token": code}) },
		func(code string) *kit.Answer {
			return owner.Put("/users/"+acc.ID, object{"name": "J", "username": kit.Name(), "token": code})
		},
		func(code string) *kit.Answer {
			return owner.Put("/users/"+acc.ID+"/password", object{"password": acc.Password, "newPassword": kit.Password(), "token": code})
		},
	}
	for _, guess := range guesses {
		guess(app.Wrong()).Refused(http.StatusUnauthorized, "invalid_code")
	}
	code := app.Code()
	for i, guess := range guesses {
		a := guess(code)
		if a.Status != http.StatusTooManyRequests {
			t.Errorf("route %d takes a sixth code: status %d, body %s", i, a.Status, a.Body)
			continue
		}
		if wait := a.Waits(); wait <= 14*60 || wait > 15*60 {
			t.Errorf("route %d says to wait %d s", i, wait)
		}
	}
	if !owner.Alive() {
		t.Error("the owner's session ended")
	}
}

func TestGuessesAtOnceDoNotWidenTheBudget(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc, app := withFactor(t, s)
	wrong := app.Wrong()
	answers := make([]*kit.Answer, 40)
	kit.Parallel(len(answers), func(i int) {
		answers[i] = owner.Clone().Delete("/users/"+acc.ID+"/otp", object{"token": wrong})
	})
	count := statuses(answers)
	if count[http.StatusUnauthorized] > 5 || count[http.StatusUnauthorized]+count[http.StatusTooManyRequests] != len(answers) {
		t.Errorf("statuses %v, want at most five guesses looked at", count)
	}
}

func TestSuccessClearsTheCountOfWrongCodes(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, app := withFactor(t, s)
	c := s.Client(t)
	login := func(code string) *kit.Answer {
		return c.Post("/users/login", object{"username": acc.Username, "password": acc.Password, "token": code})
	}
	for range 2 {
		for range 4 {
			login(app.Wrong()).Refused(http.StatusUnauthorized, "invalid_code")
		}
		login(app.Code()).Want(http.StatusOK)
	}
}
