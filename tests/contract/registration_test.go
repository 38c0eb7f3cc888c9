package contract

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestRegistrationAnswersAsTheDocument(t *testing.T) {
	t.Parallel()
	c, name := kit.Shared(t).Client(t), kit.Name()
	email := name + "@example.com"
	a := c.Post("/users", object{
		"name": "John Doe", "username": name, "email": email, "password": kit.Password(), "isTotpEnable": "true",
	}).Says(http.StatusCreated, "User created successfully!")
	want := []string{"createdAt", "email", "id", "isActive", "name", "otpauth", "username"}
	if diff := cmp.Diff(want, members(t, a)); diff != "" {
		t.Errorf("members of data (-want +got):\n%s", diff)
	}
	u := kit.Data[kit.User](a)
	if u.Name != "John Doe" || u.Username != name || u.Email == nil || *u.Email != email || !u.IsActive {
		t.Errorf("data: %s", a.Body)
	}
	sample := regexp.MustCompile(`^otpauth://totp/` + name + `\?secret=[A-Z2-7]{32,}&issuer=Watchword&algorithm=SHA256&digits=6&period=30$`)
	if !sample.MatchString(u.OTPAuth) {
		t.Errorf("otpauth %q does not look like the document's", u.OTPAuth)
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("an answer with a secret has Cache-Control %q", got)
	}
}

func TestOTPAuthIsAnsweredOnlyWithAnAuthenticator(t *testing.T) {
	t.Parallel()
	a := kit.Shared(t).Client(t).Post("/users", object{
		"name": "John Doe", "username": kit.Name(), "password": kit.Password(), "isTotpEnable": false,
	}).Want(http.StatusCreated)
	if slices.Contains(members(t, a), "otpauth") {
		t.Errorf("body %s", a.Body)
	}
	if kit.Data[kit.User](a).Email != nil {
		t.Errorf("email is not null without one: %s", a.Body)
	}
}

func TestIsTotpEnableIsABooleanOrItsString(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		value  any
		enrols bool
	}{
		"true": {true, true}, "true as a string": {"true", true}, "false": {false, false}, "false as a string": {"false", false},
		"absent": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := object{"name": "John Doe", "username": kit.Name(), "password": kit.Password(), "isTotpEnable": test.value}
			if test.value == nil {
				delete(body, "isTotpEnable")
			}
			a := kit.Shared(t).Client(t).Post("/users", body).Want(http.StatusCreated)
			if got := kit.Data[kit.User](a).OTPAuth != ""; got != test.enrols {
				t.Errorf("enrols: %t, want %t", got, test.enrols)
			}
		})
	}
	for _, value := range []any{"yes", "", 1, nil, []any{true}, object{"$ne": false}} {
		body := object{"name": "John Doe", "username": kit.Name(), "password": kit.Password(), "isTotpEnable": value}
		a := kit.Shared(t).Client(t).Post("/users", body)
		if a.Status != http.StatusBadRequest {
			t.Errorf("isTotpEnable %v: status %d, want 400", value, a.Status)
		}
	}
}

func TestRegistrationNeedsAPasswordOrAnAuthenticator(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for _, value := range []any{false, "false"} {
		c.Post("/users", object{"name": "John Doe", "username": kit.Name(), "isTotpEnable": value}).
			Refused(http.StatusBadRequest, "bad_request").Field("password", "missing")
	}
	c.Post("/users", object{"name": "John Doe", "username": kit.Name()}).Refused(http.StatusBadRequest, "bad_request")
	c.Post("/users", object{"name": "John Doe", "username": kit.Name(), "isTotpEnable": true}).Want(http.StatusCreated)
}

func TestUsernamesAndEmailsAreUniqueWithoutRegardToCase(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	name := kit.Name()
	s.Client(t).Register(kit.Account{Username: name, Email: name + "@bücher.example"})
	for _, username := range []string{name, strings.ToUpper(name)} {
		s.Client(t).Post("/users", object{"name": "Other", "username": username, "isTotpEnable": true}).
			Refused(http.StatusConflict, "username_taken").Field("username", "taken")
	}
	for _, email := range []string{name + "@bücher.example", strings.ToUpper(name) + "@BÜCHER.example", name + "@xn--bcher-kva.example"} {
		s.Client(t).Post("/users", object{"name": "Other", "username": kit.Name(), "email": email, "isTotpEnable": true}).
			Refused(http.StatusConflict, "email_taken").Field("email", "taken")
	}
}

func TestNamesAreShownAsTyped(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	name := "Jhon." + kit.Name()
	a := s.Client(t).Register(kit.Account{Name: "  Élaine  Windler ", Username: name, Email: name + "@Example.COM"})
	c := s.Client(t)
	c.Took(c.Login(strings.ToUpper(name), a.Password).Want(http.StatusOK))
	u := kit.Data[kit.User](c.Get("/users/" + a.ID).Want(http.StatusOK))
	if u.Username != name || u.Email == nil || *u.Email != a.Email {
		t.Errorf("username %q and email %v are not as typed", u.Username, u.Email)
	}
	if u.Name != "Élaine  Windler" {
		t.Errorf("name %q is not trimmed, and no more", u.Name)
	}
}

func TestOneOfManyRegistrationsAtOnceGetsTheName(t *testing.T) {
	t.Parallel()
	s, name := kit.Shared(t), kit.Name()
	c := s.Client(t)
	c.Get("/csrf-token").Want(http.StatusOK)
	answers := make([]*kit.Answer, 30)
	kit.Parallel(len(answers), func(i int) {
		answers[i] = c.Clone().Post("/users", object{"name": "Racer", "username": name, "isTotpEnable": true})
	})
	want := map[int]int{http.StatusCreated: 1, http.StatusConflict: len(answers) - 1}
	if diff := cmp.Diff(want, statuses(answers)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestAnAccountExistsAtOnceAndIsNotVerified(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	a := s.RegisterEmail(t)
	if got := check(t, s.SignIn(t, a)); got.User.EmailVerified || got.User.Email == nil || *got.User.Email != a.Email {
		t.Errorf("session says %+v", got.User)
	}
}

func TestRegistrationGivesTheStandardRole(t *testing.T) {
	t.Parallel()
	c, _ := kit.Shared(t).SignUp(t)
	if got := check(t, c).User.Role; got != "standard" {
		t.Errorf("role %q", got)
	}
}

func TestNobodyBecomesAdminByRegisteringFirst(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_ADMIN_USERNAME": "", "WATCHWORD_ADMIN_PASSWORD": ""}})
	c, _ := s.SignUp(t)
	if got := check(t, c).User.Role; got != "standard" {
		t.Errorf("role %q", got)
	}
}
