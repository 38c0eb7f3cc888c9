package contract

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

// told is all that an answer tells but for what is new with every answer.
func told(a *kit.Answer) map[string]any {
	h := a.Header.Clone()
	h.Del("X-Request-Id")
	h.Del("Date")
	return map[string]any{"status": a.Status, "header": h, "body": string(a.Body)}
}

// alike fails where two of the answers differ.
func alike(t *testing.T, answers map[string]*kit.Answer) {
	t.Helper()
	var first string
	for name, a := range answers {
		if first == "" {
			first = name
			continue
		}
		if diff := cmp.Diff(told(answers[first]), told(a)); diff != "" {
			t.Errorf("%s and %s differ:\n%s", first, name, diff)
		}
	}
}

// deleted is an account that its owner has deleted.
func deleted(t *testing.T, s *kit.Suite) kit.Account {
	t.Helper()
	a := s.RegisterEmail(t)
	s.SignIn(t, a).Delete("/users/"+a.ID, nil).Want(http.StatusOK)
	return a
}

// withoutPassword is an account whose only way in is an authenticator.
func withoutPassword(t *testing.T, s *kit.Suite) (kit.Account, *kit.Authenticator) {
	t.Helper()
	c, name := s.Client(t), kit.Name()
	body := object{"name": "No Password", "username": name, "isTotpEnable": true}
	u := kit.Data[kit.User](c.Post("/users", body).Want(http.StatusCreated))
	app := kit.NewAuthenticator(t, u.OTPAuth)
	c.Confirm(u.ID, app.Code(), false).Want(http.StatusOK)
	return kit.Account{ID: u.ID, Username: name}, app
}

func TestAFailedSignInTellsNotWhetherTheAccountExists(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	live, gone, unverified := s.RegisterVerified(t), deleted(t, s), s.RegisterEmail(t)
	noPassword, _ := withoutPassword(t, s)
	second := s.RegisterEmail(t)
	owner := s.SignIn(t, second)
	owner.Enrol(second.ID, true)
	wrong := kit.Password()
	c := s.Client(t)
	answers := map[string]*kit.Answer{
		"unknown username":      c.Login(kit.Name(), wrong),
		"no username at all":    c.Login("not a username", wrong),
		"wrong password":        c.Login(live.Username, wrong),
		"deleted":               c.Login(gone.Username, wrong),
		"deleted, right":        c.Login(gone.Username, gone.Password),
		"without a password":    c.Login(noPassword.Username, wrong),
		"second factor on":      c.Login(second.Username, wrong),
		"unverified":            c.Login(unverified.Username, wrong),
		"unknown email":         c.Post("/users/login", object{"email": kit.Name() + "@example.com", "password": wrong}),
		"no email at all":       c.Post("/users/login", object{"email": "nonsense", "password": wrong}),
		"wrong, by email":       c.Post("/users/login", object{"email": live.Email, "password": wrong}),
		"deleted, by email":     c.Post("/users/login", object{"email": gone.Email, "password": gone.Password}),
		"email in the username": c.Login(live.Email, live.Password),
	}
	for name, a := range answers {
		if a.Status != http.StatusUnauthorized || a.Code() != "invalid_credentials" {
			t.Errorf("%s: status %d %s", name, a.Status, a.Body)
		}
	}
	alike(t, answers)
}

func TestAFailedSignInByCodeTellsNotWhetherTheAccountExists(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	const stray = "271828"
	plain := s.Register(t)
	gone := deleted(t, s)
	enrolled, own := withoutPassword(t, s)
	second := s.Register(t)
	on := s.SignIn(t, second).Enrol(second.ID, true)
	c := s.Client(t)
	login := func(username, code string) *kit.Answer {
		return c.Post("/users/otp/login", object{"username": username, "token": code})
	}
	answers := map[string]*kit.Answer{
		"unknown":               login(kit.Name(), stray),
		"no authenticator":      login(plain.Username, stray),
		"wrong code":            login(enrolled.Username, own.Wrong()),
		"deleted":               login(gone.Username, stray),
		"second factor on":      login(second.Username, on.Code()),
		"not six digits":        login(enrolled.Username, "12345"),
		"no digits":             login(enrolled.Username, "abcdef"),
		"a space before":        login(enrolled.Username, " "+own.Wrong()),
		"unknown, by email":     c.Post("/users/otp/login", object{"email": kit.Name() + "@example.com", "token": stray}),
		"nonsense for an email": c.Post("/users/otp/login", object{"email": "nonsense", "token": stray}),
	}
	for name, a := range answers {
		if a.Status != http.StatusUnauthorized || a.Code() != "invalid_credentials" {
			t.Errorf("%s: status %d %s", name, a.Status, a.Body)
		}
	}
	alike(t, answers)
}

func TestAskingForAResetTellsNotWhetherTheAccountExists(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	live, unverified, gone := s.RegisterVerified(t), s.RegisterEmail(t), deleted(t, s)
	forgot := func(email string) *kit.Answer {
		return s.Client(t).Post("/users/auth/password/forgot", object{"email": email}).Want(http.StatusOK)
	}
	alike(t, map[string]*kit.Answer{
		"known": forgot(live.Email), "unverified": forgot(unverified.Email), "deleted": forgot(gone.Email),
		"unknown": forgot(kit.Name() + "@example.com"),
	})
}

func TestAskingForAnotherLinkTellsNotWhetherTheAccountExists(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	verified, waiting, gone := s.RegisterVerified(t), s.RegisterEmail(t), deleted(t, s)
	resend := func(email string) *kit.Answer {
		return s.Client(t).Post("/users/auth/email/resend", object{"email": email}).Want(http.StatusOK)
	}
	alike(t, map[string]*kit.Answer{
		"waiting": resend(waiting.Email), "verified": resend(verified.Email), "deleted": resend(gone.Email),
		"unknown": resend(kit.Name() + "@example.com"),
	})
}

func TestOneHashIsComputedWhoeverIsAskedFor(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	live, gone := s.Register(t), deleted(t, s)
	noPassword, _ := withoutPassword(t, s)
	c := s.Client(t)
	for name, username := range map[string]string{
		"known": live.Username, "unknown": kit.Name(), "deleted": gone.Username, "without a password": noPassword.Username,
	} {
		before := s.Metric(t, "users", "watchword_hash_wait_seconds_count")
		c.Login(username, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
		if n := s.Metric(t, "users", "watchword_hash_wait_seconds_count") - before; n != 1 {
			t.Errorf("%s: %v hashes", name, n)
		}
	}
}
