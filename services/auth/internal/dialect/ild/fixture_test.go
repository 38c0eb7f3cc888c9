package ild_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/device"
	"github.com/watchword/watchword/services/auth/internal/dialect/ild"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

// Messages of refusals.
const (
	unauthenticated  = "Authentication required"
	wrongCredentials = "The credentials are not correct."
	staleRefresh     = "The refresh token is not valid."
	badToken         = "The token is unknown, spent or has lapsed."
	malformed        = "The request is not in the expected format"
)

// server is the dialect over coretest.
type server struct {
	*coretest.Fixture
	*webtest.Server
}

func serve(t *testing.T, with ...func(d *core.Deps)) server {
	t.Helper()
	f := coretest.New(t, with...)
	h := ild.Handler{Core: f.Core, Device: device.New(coretest.Keyring(t))}
	return server{f, webtest.Serve(t, f, h.Dialect())}
}

// post sends JSON; body empty: none.
func (s server) post(t *testing.T, path, body string, headers ...string) webtest.Answer {
	t.Helper()
	if body != "" {
		headers = append([]string{"Content-Type: application/json"}, headers...)
	}
	return s.Do(t, http.MethodPost, path, body, headers...)
}

func (s server) get(t *testing.T, path string, headers ...string) webtest.Answer {
	t.Helper()
	return s.Do(t, http.MethodGet, path, "", headers...)
}

// login signs the account of a name that Add made in.
func (s server) login(t *testing.T, name, password string) webtest.Answer {
	t.Helper()
	return s.post(t, "/sign/login", fmt.Sprintf(`{"email":"%s@example.com","password":%q}`, name, password))
}

// signedIn is what a sign-in or a refresh gave, as headers to send back.
type signedIn struct{ bearer, cookie string }

func tokens(t *testing.T, a webtest.Answer) signedIn {
	t.Helper()
	var body struct{ Token string }
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil || body.Token == "" || a.Status != http.StatusOK {
		t.Fatalf("status %d, no token in %s", a.Status, a.Body)
	}
	cookie, _, _ := strings.Cut(a.Cookie("refreshToken"), ";")
	return signedIn{bearer: "Authorization: Bearer " + body.Token, cookie: "Cookie: " + cookie}
}

// member makes an account and signs it in.
func (s server) member(t *testing.T, name string) signedIn {
	t.Helper()
	s.Add(name, userscontract.None)
	return tokens(t, s.login(t, name, coretest.Password))
}

// mailed is the token of the last mail.
func (s server) mailed(t *testing.T) string {
	t.Helper()
	mails := s.Mails.Messages()
	if len(mails) == 0 {
		t.Fatal("no mail")
	}
	return mails[len(mails)-1].Data["token"]
}

// refused demands a refusal, which carries no cookie.
func refused(t *testing.T, a webtest.Answer, status int, message string) {
	t.Helper()
	a.Is(t, status, fmt.Sprintf(`{"error":%q,"message":%q}`, http.StatusText(status), message))
	if cookies := a.Header.Values("Set-Cookie"); cookies != nil {
		t.Errorf("cookies %q", cookies)
	}
}
