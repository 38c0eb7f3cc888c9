package legion_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	dialect "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/device"
	"github.com/watchword/watchword/services/auth/internal/dialect/legion"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

// server is the dialect over coretest.
type server struct {
	*coretest.Fixture
	*webtest.Server
	csrf string // a good pair
}

func serve(t *testing.T, with ...func(d *core.Deps)) *server {
	t.Helper()
	f := coretest.New(t, with...)
	keys := coretest.Keyring(t)
	h := legion.Handler{Core: f.Core, CSRF: dialect.NewCSRF(keys, f.Clock.Now, rand.Reader), Device: device.New(keys)}
	s := &server{Fixture: f, Server: webtest.Serve(t, f, h.Dialect())}
	s.askCSRF(t)
	return s
}

// askCSRF gets a good pair, for 24 hours.
func (s *server) askCSRF(t *testing.T) {
	t.Helper()
	a := s.Do(t, http.MethodGet, "/csrf-token", "")
	pair, attributes, _ := strings.Cut(a.Cookie("__Host-csrf"), ";")
	if want := " Max-Age=86400; Path=/; HttpOnly; Secure; SameSite=Strict"; attributes != want {
		t.Fatalf("cookie's attributes %q, want %q", attributes, want)
	}
	s.csrf = strings.TrimPrefix(pair, "__Host-csrf=")
	a.Is(t, 200, fmt.Sprintf(`{"success":true,"message":"CSRF token issued successfully!","data":{"csrfToken":%q}}`, s.csrf))
}

// post sends JSON with a good CSRF pair; cookies come beside it.
func (s *server) post(t *testing.T, path, body string, more ...string) webtest.Answer {
	t.Helper()
	return s.send(t, http.MethodPost, path, body, more...)
}

func (s *server) send(t *testing.T, method, path, body string, more ...string) webtest.Answer {
	t.Helper()
	headers := []string{"X-CSRF-Token: " + s.csrf}
	if body != "" {
		headers = append(headers, "Content-Type: application/json")
	}
	cookies := "__Host-csrf=" + s.csrf
	for _, line := range more {
		if rest, ok := strings.CutPrefix(line, "Cookie: "); ok {
			cookies += "; " + rest
			continue
		}
		headers = append(headers, line)
	}
	return s.Do(t, method, path, body, append(headers, "Cookie: "+cookies)...)
}

// signedIn are the tokens of an answer, as headers to send back.
type signedIn struct{ bearer, refresh, device string }

func tokens(t *testing.T, a webtest.Answer) signedIn {
	t.Helper()
	var body struct {
		Data struct{ Token struct{ AccessToken string } }
	}
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil || body.Data.Token.AccessToken == "" {
		t.Fatalf("no access token in %s", a.Body)
	}
	return signedIn{
		bearer:  "Authorization: Bearer " + body.Data.Token.AccessToken,
		refresh: "Cookie: " + strings.SplitN(a.Cookie("refreshToken"), ";", 2)[0],
		device:  "Cookie: " + strings.SplitN(a.Cookie("__Host-device"), ";", 2)[0],
	}
}

func (s *server) signIn(t *testing.T, username string) signedIn {
	t.Helper()
	a := s.post(t, "/users/login", fmt.Sprintf(`{"username":%q,"password":%q}`, username, coretest.Password))
	a.Has(t, 200)
	return tokens(t, a)
}

// is demands a status and a body in which … stands for a value that differs from run to run.
func is(t *testing.T, a webtest.Answer, status int, body string) {
	t.Helper()
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(body), "…", `[^",{}]+`) + "$"
	if a.Status != status || !regexp.MustCompile(pattern).MatchString(a.Body) {
		t.Fatalf("status %d, want %d; body\n%s\nwant\n%s", a.Status, status, a.Body, body)
	}
}

// refused demands a refusal, with the fields at fault where some are given as JSON.
func refused(t *testing.T, a webtest.Answer, status int, code, message string, fields ...string) {
	t.Helper()
	at := ""
	if len(fields) > 0 {
		at = `,"fields":` + fields[0]
	}
	a.Is(t, status, fmt.Sprintf(`{"success":false,"message":%q,"error":{"code":%q%s}}`, message, code, at))
}
