package ild_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

const (
	verified  = `{"message":"The email is verified."}`
	forgotten = `{"message":"If the email belongs to a user, a link to reset the password was sent."}`
	hasReset  = `{"message":"The password was reset."}`
	fresh     = "staple battery horse correct"
)

func (s server) verify(t *testing.T, token string) webtest.Answer {
	t.Helper()
	return s.post(t, "/sign/verify", fmt.Sprintf(`{"token":%q}`, token))
}

func (s server) reset(t *testing.T, token, password string) webtest.Answer {
	t.Helper()
	return s.post(t, "/sign/reset/"+token, fmt.Sprintf(`{"password":%q}`, password))
}

// verification makes an account whose email waits to be verified, and gives the token that is mailed for it.
func (s server) verification(t *testing.T, name string) string {
	t.Helper()
	email := name + "@example.com"
	s.Users.Add(userscontract.Person{Username: name, Email: email, Password: coretest.Password})
	if err := s.ResendVerification(t.Context(), email, core.Client{}); err != nil {
		t.Fatal(err)
	}
	return s.mailed(t)
}

// attempt registers as a dialect does whose registrations wait for their link, and gives the token of it.
func (s server) attempt(t *testing.T, name, password string) string {
	t.Helper()
	err := s.Register(t.Context(), core.Registration{Username: name, Email: name + "@example.com", Password: secret.New(password)}, 10*time.Minute, core.Client{})
	if err != nil {
		t.Fatal(err)
	}
	return s.mailed(t)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	s := serve(t)
	token := s.verification(t, "ada")
	s.login(t, "ada", coretest.Password).Has(t, 200, `"emailVerified":false`)
	s.verify(t, token).Is(t, 200, verified)
	s.login(t, "ada", coretest.Password).Has(t, 200, `"emailVerified":true`)
	refused(t, s.verify(t, token), 400, badToken)
}

func TestVerifyRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	token := s.verification(t, "ada")
	s.post(t, "/sign/reset", `{"email":"ada@example.com"}`).Has(t, 200)
	reset := s.mailed(t)
	for _, bad := range []string{"x", "", token + "A", token[:len(token)-2], reset} {
		refused(t, s.verify(t, bad), 400, badToken)
	}
	refused(t, s.post(t, "/sign/verify", `{}`), 400, malformed+": token (missing).")
	refused(t, s.post(t, "/sign/verify", `{"token":1}`), 400, malformed+": token (wrong_type).")
	s.Clock.Advance(24 * time.Hour)
	refused(t, s.verify(t, token), 400, badToken)
}

// The link of a registration through another dialect makes its account here too.
func TestVerifyARegistration(t *testing.T) {
	t.Parallel()
	s := serve(t)
	token := s.attempt(t, "ada", coretest.Password)
	refused(t, s.login(t, "ada", coretest.Password), 401, wrongCredentials)
	s.verify(t, token).Is(t, 200, verified)
	refused(t, s.verify(t, token), 400, badToken)
	s.login(t, "ada", coretest.Password).Has(t, 200, `"emailVerified":true`)
	lapsed := s.attempt(t, "bob", coretest.Password)
	s.Clock.Advance(10 * time.Minute)
	refused(t, s.verify(t, lapsed), 400, badToken)
}

// While several attempts wait for one address, nobody confirms a stranger's password.
func TestVerifyOneOfSeveralRegistrations(t *testing.T) {
	t.Parallel()
	s := serve(t)
	stranger, owner := s.attempt(t, "ada", "the stranger's password"), s.attempt(t, "ada", coretest.Password)
	with := func(token, password string) webtest.Answer {
		return s.post(t, "/sign/verify", fmt.Sprintf(`{"token":%q,"password":%q}`, token, password))
	}
	refused(t, s.verify(t, stranger), 401, wrongCredentials)
	refused(t, s.verify(t, owner), 401, wrongCredentials)
	refused(t, with(stranger, coretest.Password), 401, wrongCredentials)
	with(owner, coretest.Password).Is(t, 200, verified)
	refused(t, with(stranger, "the stranger's password"), 400, badToken)
	s.login(t, "ada", coretest.Password).Has(t, 200)
}

// Whoever asks for a reset learns nothing of who has an account.
func TestForgot(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	for _, email := range []string{"ada@example.com", "ADA@example.com", "nobody@example.com"} {
		s.post(t, "/sign/reset", fmt.Sprintf(`{"email":%q}`, email)).Is(t, 200, forgotten)
	}
	refused(t, s.post(t, "/sign/reset", `{"email":"no address"}`), 400, "The email is not an address: email (wrong_format).")
	refused(t, s.post(t, "/sign/reset", `{}`), 400, malformed+": email (missing).")
}

func TestForgotWithoutMailer(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	s.Mails.Fail(fault.Outage(nil))
	for _, name := range []string{"ada", "nobody"} {
		a := s.post(t, "/sign/reset", fmt.Sprintf(`{"email":"%s@example.com"}`, name))
		refused(t, a, 503, "The service is not available: try again soon.")
		if a.Header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	s.post(t, "/sign/reset", `{"email":"ada@example.com"}`).Has(t, 200)
	token := s.mailed(t)
	refused(t, s.reset(t, token, "short"), 400, "This password can't be used: password (too_short).")
	refused(t, s.post(t, "/sign/reset/"+token, `{}`), 400, malformed+": password (missing).")
	done := s.reset(t, token, fresh)
	done.Is(t, 200, hasReset)
	if cookies := done.Header.Values("Set-Cookie"); cookies != nil {
		t.Errorf("a reset sets %q", cookies)
	}
	refused(t, s.reset(t, token, "another good password"), 400, badToken)
	refused(t, s.login(t, "ada", coretest.Password), 401, wrongCredentials)
	s.login(t, "ada", fresh).Has(t, 200)
}

func TestResetRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	verification := s.verification(t, "ada")
	s.post(t, "/sign/reset", `{"email":"ada@example.com"}`).Has(t, 200)
	token := s.mailed(t)
	for _, bad := range []string{"x", token + "A", token[:len(token)-2], verification} {
		refused(t, s.reset(t, bad, fresh), 400, badToken)
	}
	s.Clock.Advance(30 * time.Minute)
	refused(t, s.reset(t, token, fresh), 400, badToken)
	s.login(t, "ada", coretest.Password).Has(t, 200)
}
