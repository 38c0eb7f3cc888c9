package wolf_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/device"
	"github.com/watchword/watchword/services/auth/internal/dialect/wolf"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

type server struct {
	*coretest.Fixture
	*webtest.Server
}

func serve(t *testing.T, with ...func(d *core.Deps)) server {
	t.Helper()
	f := coretest.New(t, with...)
	h := wolf.Handler{Core: f.Core, Device: device.New(coretest.Keyring(t))}
	return server{f, webtest.Serve(t, f, h.Dialect())}
}

// post sends pairs of names and values as a form.
func (s server) post(t *testing.T, path string, fields ...string) webtest.Answer {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return s.Do(t, http.MethodPost, path, form.Encode(), "Content-Type: application/x-www-form-urlencoded")
}

// register asks for an account and gives the token that was mailed.
func (s server) register(t *testing.T, username, password string) string {
	t.Helper()
	s.post(t, "/api/auth/register", "username", username, "email", username+"@example.com", "password", password).Like(t, 201, "register")
	mails := s.Mails.Messages()
	return mails[len(mails)-1].Data["token"]
}

func (s server) login(t *testing.T, name, password string) webtest.Answer {
	t.Helper()
	return s.post(t, "/api/auth/login", "email", name+"@example.com", "password", password)
}

type pair struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Token   string `json:"token"`
}

func read(t *testing.T, a webtest.Answer) pair {
	t.Helper()
	var p pair
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil {
		t.Fatal(a.Body, err)
	}
	return p
}

func (s server) refresh(t *testing.T, token string) webtest.Answer {
	t.Helper()
	return s.post(t, "/api/auth/refresh", "refresh_token", token)
}

const invalidToken = `{"code":"INVALID_TOKEN","error":"The token is unknown, spent or has lapsed."}`

func TestRegistrationWaitsForItsLink(t *testing.T) {
	t.Parallel()
	s := serve(t)
	token := s.register(t, "usermrdemonwolfgithubio", coretest.Password)
	unconfirmed := `{"code":"EMAIL_NOT_CONFIRMED","error":"Please confirm your email address to complete the registration."}`
	s.login(t, "usermrdemonwolfgithubio", coretest.Password).Is(t, 403, unconfirmed)
	s.Clock.Advance(24*time.Hour - time.Second)
	if _, err := s.Verify(t.Context(), secret.New(token), secret.New(""), core.Client{Address: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	s.login(t, "usermrdemonwolfgithubio", coretest.Password).Like(t, 200, "login", "access_token", "refresh_token")
}

func TestRegistrationRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	s.post(t, "/auth/register", "username", "ada", "email", "new@example.com", "password", coretest.Password).Has(t, 409, `"code":"ALREADY_EXISTS"`)
	s.post(t, "/auth/register", "username", "eve", "email", "ada@example.com", "password", coretest.Password).Has(t, 409, `"code":"ALREADY_EXISTS"`)
	s.post(t, "/auth/register", "username", "eve", "password", coretest.Password).Is(t, 400,
		`{"code":"INVALID_FIELDS","error":"Some fields are missing or not in the expected format.","codes":{"email":"MISSING"},"errors":{"email":"This field is refused: missing."}}`)
	// The document's own sample has the email for a password.
	s.post(t, "/auth/register", "username", "eve", "email", "eve@example.com", "password", "eve@example.com").Has(t, 400, `"code":"INVALID_PASSWORD"`, `"codes":{"password":`)
}

func TestRegistrationWithoutMailer(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Mails.Fail(fault.Outage(errors.New("down")))
	s.post(t, "/auth/register", "username", "ada", "email", "ada@example.com", "password", coretest.Password).Has(t, 503, `"code":"UNAVAILABLE"`)
	s.login(t, "ada", coretest.Password).Has(t, 401, `"code":"INVALID_CREDENTIALS"`)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	a := s.login(t, "ada", coretest.Password)
	a.Like(t, 200, "login", "access_token", "refresh_token")
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Error("an answer with tokens may be stored")
	}
	wrong := `{"code":"INVALID_CREDENTIALS","error":"Invalid email or password."}`
	s.login(t, "ada", "wrong").Is(t, 401, wrong)
	s.login(t, "nobody", coretest.Password).Is(t, 401, wrong)
	s.post(t, "/auth/login", "password", "x").Has(t, 400, `"codes":{"email":"MISSING"}`)
}

func TestTwoFactor(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.Required)
	asked := s.login(t, "ada", coretest.Password)
	asked.Like(t, 200, "challenge", "token")
	token := read(t, asked).Token
	if len(token) != 64 || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != "" {
		t.Errorf("the token is %q", token)
	}
	s.post(t, "/auth/two-factor", "token", token, "code", "000000").Has(t, 401, `"code":"INVALID_CODE"`)
	// The document writes the names with a capital, its sample without.
	done := s.post(t, "/auth/two-factor", "Token", token, "Code", s.Users.Code(a.ID))
	done.Like(t, 200, "two-factor", "access_token", "refresh_token")
	s.post(t, "/auth/two-factor", "token", token, "code", "000000").Is(t, 401, invalidToken)
}

func TestTwoFactorEndsAfterFiveTries(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.Required)
	token := read(t, s.login(t, "ada", coretest.Password)).Token
	for range 5 {
		s.post(t, "/auth/two-factor", "token", token, "code", "000000")
	}
	s.post(t, "/auth/two-factor", "token", token, "code", s.Users.Code(a.ID)).Is(t, 401, invalidToken)
}

func TestTwoFactorLapsesAfterFiveMinutes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.Required)
	token := read(t, s.login(t, "ada", coretest.Password)).Token
	s.Clock.Advance(5 * time.Minute)
	s.post(t, "/auth/two-factor", "token", token, "code", s.Users.Code(a.ID)).Is(t, 401, invalidToken)
}

func TestRefreshRotatesBoth(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	first := read(t, s.login(t, "ada", coretest.Password))
	a := s.refresh(t, first.Refresh)
	a.Like(t, 200, "refresh", "access_token", "refresh_token")
	second := read(t, a)
	if second.Refresh == first.Refresh || second.Access == first.Access {
		t.Error("a token is the old one")
	}
	if again := read(t, s.refresh(t, first.Refresh)); again.Refresh != second.Refresh {
		t.Error("a second tab gets another successor")
	}
	s.Clock.Advance(11 * time.Second)
	s.refresh(t, first.Refresh).Is(t, 401, invalidToken)
	s.refresh(t, second.Refresh).Is(t, 401, invalidToken) // reuse has ended the session
	s.refresh(t, second.Access).Is(t, 401, invalidToken)
}

func TestLogout(t *testing.T) {
	t.Parallel()
	for name, prefix := range map[string]string{"with Bearer": "Bearer ", "without": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			s.Add("ada", userscontract.None)
			tokens := read(t, s.login(t, "ada", coretest.Password))
			out := func() webtest.Answer {
				return s.Do(t, http.MethodPost, "/api/auth/logout", "", "Content-Type: application/x-www-form-urlencoded", "Authorization: "+prefix+tokens.Access)
			}
			out().Like(t, 200, "logout")
			out().Is(t, 401, `{"code":"UNAUTHORIZED","error":"A valid token is needed."}`)
			s.refresh(t, tokens.Refresh).Is(t, 401, invalidToken)
		})
	}
}

func TestOutsideTheRoutes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const form = "Content-Type: application/x-www-form-urlencoded"
	s.Do(t, http.MethodPost, "/auth/nothing", "a=b", form).Has(t, 404, `"code":"NOT_FOUND"`)
	s.Do(t, http.MethodPut, "/auth/login", "a=b", form).Has(t, 405, `"code":"METHOD_NOT_ALLOWED"`)
	s.Do(t, http.MethodPost, "/auth/refresh", `{}`, "Content-Type: application/json").Has(t, 415, `"code":"UNSUPPORTED_MEDIA_TYPE"`)
	s.Do(t, http.MethodPost, "/auth/login", "email=a&email=b&password=c", form).Has(t, 400, `"codes":{"email":"DUPLICATE"}`)
	s.Do(t, http.MethodPost, "/auth/login", "email=%ZZ", form).Has(t, 400, `"code":"INVALID_FIELDS"`)
	s.Do(t, http.MethodPost, "/auth/login", "email="+strings.Repeat("x", 64<<10), form).Has(t, 413, `"code":"BODY_TOO_LARGE"`)
}
