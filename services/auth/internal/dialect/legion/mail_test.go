package legion_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

const (
	badToken  = "The token is unknown, spent or has lapsed."
	forgotten = `{"success":true,"message":"If the email belongs to a user, a link to reset the password was sent."}`
	resent    = `{"success":true,"message":"If the email waits to be verified, a new link was sent."}`
)

// mailed is the token of the last mail.
func (s *server) mailed(t *testing.T) string {
	t.Helper()
	mails := s.Mails.Messages()
	if len(mails) == 0 {
		t.Fatal("no mail")
	}
	return mails[len(mails)-1].Data["token"]
}

func TestForgotAndReset(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	s.post(t, "/users/auth/password/forgot", `{"email":"ada@example.com"}`).Is(t, 200, forgotten)
	s.post(t, "/users/auth/password/forgot", `{"email":"nobody@example.com"}`).Is(t, 200, forgotten)
	token := s.mailed(t)
	refused(t, s.post(t, "/users/auth/password/reset", fmt.Sprintf(`{"token":%q,"password":"short"}`, token)),
		422, "password_refused", "This password can't be used.", `{"password":"too_short"}`)
	reset := fmt.Sprintf(`{"token":%q,"password":"staple battery horse correct"}`, token)
	done := s.post(t, "/users/auth/password/reset", reset)
	done.Is(t, 200, `{"success":true,"message":"Password reset successfully!"}`)
	if cookies := done.Header.Values("Set-Cookie"); cookies != nil {
		t.Errorf("a reset sets %q", cookies)
	}
	refused(t, s.post(t, "/users/auth/password/reset", reset), 422, "invalid_token", badToken)
	refused(t, s.post(t, "/users/login", login("ada")), 401, "invalid_credentials", wrongCredentials)
}

func TestResendAndVerify(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Users.Add(userscontract.Person{Username: "ada", Email: "ada@example.com", Password: coretest.Password})
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		s.post(t, "/users/auth/email/resend", fmt.Sprintf(`{"email":%q}`, email)).Is(t, 200, resent)
	}
	verify := fmt.Sprintf(`{"token":%q}`, s.mailed(t))
	s.post(t, "/users/auth/email/verify", verify).Is(t, 200, fmt.Sprintf(
		`{"success":true,"message":"Email verified successfully!","data":{"id":%q,"email":"ada@example.com","emailVerified":true}}`, a.ID))
	refused(t, s.post(t, "/users/auth/email/verify", verify), 422, "invalid_token", badToken)
	s.post(t, "/users/auth/email/resend", `{"email":"ada@example.com"}`).Is(t, 200, resent)
}

func TestUndoOfAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Users.Add(userscontract.Person{Username: "ada", Email: "new@example.com"})
	s.Users.Add(userscontract.Person{Username: "bob", Email: "old@example.com"})
	token, err := code.New(code.Undo, a.ID, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Codes.Put(t.Context(), token, code.Record{Purpose: code.Undo, Account: a.ID, Address: "old@example.com", Issued: s.Clock.Now()}); err != nil {
		t.Fatal(err)
	}
	refused(t, s.post(t, "/users/auth/email/verify", fmt.Sprintf(`{"token":%q}`, token.Reveal())), 409, "email_taken", "The email is taken.")
}

func TestMailRoutesRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, path := range []string{"/users/auth/password/forgot", "/users/auth/email/resend"} {
		refused(t, s.post(t, path, `{"email":"no address"}`), 400, "email_malformed", "The email is not an address.", `{"email":"wrong_format"}`)
		refused(t, s.post(t, path, `{}`), 400, "bad_request", malformed, `{"email":"missing"}`)
		refused(t, s.post(t, path, ""), 400, "bad_request", malformed, `{"body":"missing"}`)
	}
	refused(t, s.post(t, "/users/auth/email/verify", `{"token":"vx"}`), 422, "invalid_token", badToken)
	refused(t, s.post(t, "/users/auth/email/verify", `{"token":1}`), 400, "bad_request", malformed, `{"token":"wrong_type"}`)
	refused(t, s.post(t, "/users/auth/password/reset", `{"token":"rx"}`), 400, "bad_request", malformed, `{"password":"missing"}`)
}

func TestMailerDown(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Users.Add(userscontract.Person{Username: "ada", Email: "ada@example.com"})
	s.Mails.Fail(fault.Outage(nil))
	for _, path := range []string{"/users/auth/password/forgot", "/users/auth/email/resend"} {
		for _, email := range []string{"ada@example.com", "nobody@example.com"} {
			refused(t, s.post(t, path, fmt.Sprintf(`{"email":%q}`, email)), 503, "unavailable", "The service is not available: try again soon.")
		}
	}
}

// A fourth mail within the hour is refused for a known address as for an unknown one.
func TestFourthMail(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		body := fmt.Sprintf(`{"email":%q}`, email)
		for range 3 {
			s.post(t, "/users/auth/password/forgot", body).Is(t, 200, forgotten)
		}
		refused(t, s.post(t, "/users/auth/password/forgot", body), 429, "too_many_requests", "Too many requests: wait before trying again.")
	}
}
