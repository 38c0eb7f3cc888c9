package page_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/auth/internal/core"
)

// attempt registers ann with the address of ada's friend, and gives the token that was mailed.
func (s *server) attempt(t *testing.T, password string) string {
	t.Helper()
	in := core.Registration{Username: "ann", Email: "ann@example.com", Password: secret.New(password)}
	if err := s.Register(t.Context(), in, time.Hour, core.Client{Address: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	mails := s.Mails.Messages()
	return mails[len(mails)-1].Data["token"]
}

// signsIn tells whether ann exists, with that password.
func (s *server) signsIn(t *testing.T, password string) bool {
	t.Helper()
	_, err := s.Login(t.Context(), usersapi.Login{Username: "ann"}, secret.New(password), "", core.Client{Dialect: session.Legion})
	if err != nil && !fault.Has(err, fault.CredentialsWrong) {
		t.Fatal(err)
	}
	return err == nil
}

func TestARegistrationIsConfirmed(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	token := s.attempt(t, "battery staple horse")
	asked := s.Do(t, http.MethodGet, "/verify?token="+token, "")
	asked.Has(t, 200, "<h1>Confirm your registration</h1>", ">ann</dd>", ">ann@example.com</dd>", s.Clock.Now().Format("2 January 2006, 15:04 UTC"),
		`value="confirm"`, `value="disown"`, "This button drops the registration")
	if strings.Contains(asked.Body, `type="password"`) {
		t.Error("the page asks for a password, with one registration alone")
	}
	isPage(t, asked)
	s.submit(t, "/verify", "token="+hidden(t, asked), "action=confirm").
		Has(t, 200, "<h1>Your account is made</h1>", "sign in as ann now, and ann@example.com is")
	if !s.signsIn(t, "battery staple horse") {
		t.Error("the account does not exist")
	}
	s.submit(t, "/verify", "token="+token, "action=confirm").Has(t, 422, "<h1>This link is not valid</h1>")
}

func TestARegistrationIsDropped(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	token := s.attempt(t, "battery staple horse")
	s.submit(t, "/verify", "token="+token, "action=disown").Has(t, 200, "<h1>The registration is dropped</h1>")
	s.submit(t, "/verify", "token="+token, "action=confirm").Has(t, 422, "<h1>This link is not valid</h1>")
	if s.signsIn(t, "battery staple horse") {
		t.Error("the account exists")
	}
}

func TestOneOfSeveralRegistrationsNeedsItsPassword(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	s.attempt(t, "the stranger's password")
	token := s.attempt(t, "battery staple horse")
	asked := s.Do(t, http.MethodGet, "/verify?token="+token, "")
	asked.Has(t, 200, `autocomplete="current-password"`, "Several registrations wait for your address.")
	isPage(t, asked)
	for password, why := range map[string]string{
		"":                        "Enter the password that was chosen at this registration.",
		"the stranger's password": "This is not the password that was chosen at this registration.",
	} {
		again := s.submit(t, "/verify", "token="+token, "action=confirm", "password="+password)
		again.Has(t, 422, `<p class="error" id="error">`+why, `aria-invalid="true"`, ">ann</dd>")
		if diff := cmp.Diff(token, hidden(t, again)); diff != "" {
			t.Errorf("token (-want +got):\n%s", diff)
		}
		isPage(t, again)
	}
	s.submit(t, "/verify", "token="+token, "action=confirm", "password=battery staple horse").Has(t, 200, "<h1>Your account is made</h1>")
	if !s.signsIn(t, "battery staple horse") {
		t.Error("the account does not exist")
	}
}

// The second button needs no password: nobody has to know a stranger's.
func TestOneOfSeveralRegistrationsIsDropped(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	strangers := s.attempt(t, "the stranger's password")
	own := s.attempt(t, "battery staple horse")
	s.submit(t, "/verify", "token="+strangers, "action=disown", "password=").Has(t, 200, "<h1>The registration is dropped</h1>")
	asked := s.Do(t, http.MethodGet, "/verify?token="+own, "")
	if asked.Has(t, 200); strings.Contains(asked.Body, `type="password"`) {
		t.Error("the page asks for a password, with one registration left")
	}
	s.submit(t, "/verify", "token="+own, "action=confirm").Has(t, 200)
}
