package lynx_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/device"
	"github.com/watchword/watchword/services/auth/internal/dialect/lynx"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

// minute is enough for the authenticator to show another code.
const minute = time.Minute

type server struct {
	*coretest.Fixture
	*webtest.Server
}

func serve(t *testing.T, with ...func(d *core.Deps)) server {
	t.Helper()
	f := coretest.New(t, with...)
	h := lynx.Handler{Core: f.Core, Device: device.New(coretest.Keyring(t))}
	return server{f, webtest.Serve(t, f, h.Dialect())}
}

// send sends JSON; body empty: none.
func (s server) send(t *testing.T, method, path string, headers []string, body string) webtest.Answer {
	t.Helper()
	if body != "" {
		headers = append([]string{"Content-Type: application/json"}, headers...)
	}
	return s.Do(t, method, path, body, headers...)
}

func (s server) login(t *testing.T, name, password, code string) webtest.Answer {
	t.Helper()
	return s.send(t, http.MethodPost, "/api/auth/login", nil, fmt.Sprintf(`{"username":%q,"password":%q,"token":%q}`, name, password, code))
}

// signIn gives the cookie of a sign-in as a header.
func (s server) signIn(t *testing.T, name, code string) []string {
	t.Helper()
	a := s.login(t, name, coretest.Password, code)
	a.Like(t, 200, "login")
	return cookie(t, a)
}

func cookie(t *testing.T, a webtest.Answer) []string {
	t.Helper()
	text, _, _ := strings.Cut(a.Cookie("token"), ";")
	if text == "" || text == "token=" {
		t.Fatalf("no cookie in %v", a.Header)
	}
	return []string{"Cookie: " + text}
}

// refused demands a refusal without details.
func refused(t *testing.T, a webtest.Answer, status int, message string) {
	t.Helper()
	a.Is(t, status, fmt.Sprintf(`{"success":false,"message":%q}`, message))
}

// result reads an answer's result.
func result[T any](t *testing.T, a webtest.Answer) T {
	t.Helper()
	var body struct{ Result T }
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil {
		t.Fatal(a.Body, err)
	}
	return body.Result
}
