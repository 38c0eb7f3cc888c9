package nerdcult_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/device"
	"github.com/watchword/watchword/services/auth/internal/dialect/nerdcult"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

type server struct {
	*coretest.Fixture
	*webtest.Server
}

func serve(t *testing.T, with ...func(d *core.Deps)) server {
	t.Helper()
	f := coretest.New(t, with...)
	h := nerdcult.Handler{Core: f.Core, Device: device.New(coretest.Keyring(t))}
	return server{f, webtest.Serve(t, f, h.Dialect())}
}

func (s server) send(t *testing.T, method, path, body string, headers ...string) webtest.Answer {
	t.Helper()
	if body != "" {
		headers = append(headers, "Content-Type: application/json")
	}
	return s.Do(t, method, path, body, headers...)
}

func (s server) post(t *testing.T, path, body string) webtest.Answer {
	t.Helper()
	return s.send(t, http.MethodPost, path, body)
}

// register asks for an account and gives the token that was mailed.
func (s server) register(t *testing.T, username, email, password string) string {
	t.Helper()
	s.post(t, "/account/register", fmt.Sprintf(`{"username":%q,"email":%q,"password":%q}`, username, email, password)).Is(t, 200, `{}`)
	mails := s.Mails.Messages()
	return mails[len(mails)-1].Data["token"]
}

func (s server) verify(t *testing.T, token string) webtest.Answer {
	t.Helper()
	return s.post(t, "/account/verify", fmt.Sprintf(`{"token":%q}`, token))
}

func (s server) authenticate(t *testing.T, username, password string) webtest.Answer {
	t.Helper()
	return s.post(t, "/account/authenticate", fmt.Sprintf(`{"username":%q,"password":%q}`, username, password))
}

// signIn gives a Bearer header and the token in it.
func (s server) signIn(t *testing.T, username string) (bearer, token string) {
	t.Helper()
	a := s.authenticate(t, username, coretest.Password)
	a.Has(t, 200)
	var body struct{ Token string }
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil || body.Token == "" {
		t.Fatal(a.Body)
	}
	return "Authorization: Bearer " + body.Token, body.Token
}

func TestRegistrationBecomesAnAccountByItsLink(t *testing.T) {
	t.Parallel()
	s := serve(t)
	token := s.register(t, "ada", "ada@example.com", coretest.Password)
	s.authenticate(t, "ada", coretest.Password).Is(t, 424, `{"error":"not_verified"}`)
	s.authenticate(t, "ada", "not the password of it").Is(t, 404, `{"error":"username_unknown"}`)
	s.verify(t, token).Is(t, 200, `{}`)
	s.verify(t, token).Is(t, 404, `{"error":"token_unknown"}`)
	s.signIn(t, "ada")
}

func TestALinkLapsesAfterTenMinutes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	token := s.register(t, "ada", "ada@example.com", coretest.Password)
	s.Clock.Advance(10 * time.Minute)
	s.verify(t, token).Is(t, 404, `{"error":"token_unknown"}`)
	s.authenticate(t, "ada", coretest.Password).Is(t, 404, `{"error":"username_unknown"}`)
}

// Whoever holds the mailbox can't be made to confirm a stranger's password.
func TestSeveralAttemptsNeedThePassword(t *testing.T) {
	t.Parallel()
	s := serve(t)
	stranger := s.register(t, "ada", "ada@example.com", "the stranger's password")
	owner := s.register(t, "ada", "ada@example.com", coretest.Password)
	s.verify(t, stranger).Is(t, 401, `{"error":"invalid_credentials"}`)
	s.verify(t, owner).Is(t, 401, `{"error":"invalid_credentials"}`)
	with := func(token, password string) webtest.Answer {
		return s.post(t, "/account/verify", fmt.Sprintf(`{"token":%q,"password":%q}`, token, password))
	}
	with(stranger, coretest.Password).Is(t, 401, `{"error":"invalid_credentials"}`)
	with(owner, coretest.Password).Is(t, 200, `{}`)
	with(stranger, "the stranger's password").Is(t, 404, `{"error":"token_unknown"}`)
	s.signIn(t, "ada")
}

func TestRegistrationRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	for name, test := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"username taken":   {`{"username":"Ada","email":"new@example.com","password":"%s"}`, 409, `{"conflict":"username"}`},
		"email taken":      {`{"username":"eve","email":"ADA@example.com","password":"%s"}`, 409, `{"conflict":"email"}`},
		"no email":         {`{"username":"eve","email":"nobody","password":"%s"}`, 422, `{"error":"email_malformed","fields":{"email":"wrong_format"}}`},
		"missing":          {`{"username":"eve","password":"%s"}`, 400, `{"error":"malformed","fields":{"email":"missing"}}`},
		"wrong type":       {`{"username":1,"email":"new@example.com","password":"%s"}`, 400, `{"error":"malformed","fields":{"username":"wrong_type"}}`},
		"refused password": {`{"username":"eve","email":"new@example.com","password":"%.5s"}`, 400, `{"error":"password_refused","fields":{"password":"too_short"}}`},
		"not JSON":         {`{%.0s`, 400, `{"error":"malformed","fields":{"body":"wrong_format"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.post(t, "/account/register", fmt.Sprintf(test.body, coretest.Password)).Is(t, test.status, test.want)
		})
	}
}

// Where the mail can't be had nothing is kept, and the request may be repeated.
func TestRegistrationWithoutMailer(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Mails.Fail(fault.Outage(errors.New("down")))
	body := fmt.Sprintf(`{"username":"ada","email":"ada@example.com","password":%q}`, coretest.Password)
	a := s.post(t, "/account/register", body)
	a.Is(t, 503, `{"error":"unavailable"}`)
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.authenticate(t, "ada", coretest.Password).Is(t, 404, `{"error":"username_unknown"}`)
	s.Mails.Fail(nil)
	s.verify(t, s.register(t, "ada", "ada@example.com", coretest.Password)).Is(t, 200, `{}`)
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	a := s.authenticate(t, "ADA", coretest.Password)
	a.Has(t, 200)
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Error("an answer with a token may be stored")
	}
	s.authenticate(t, "ada", "wrong").Is(t, 401, `{"error":"invalid_credentials"}`)
	s.authenticate(t, "bob", coretest.Password).Is(t, 404, `{"error":"username_unknown"}`)
	s.post(t, "/account/authenticate", `{"username":"ada"}`).Is(t, 400, `{"error":"malformed","fields":{"password":"missing"}}`)
	s.post(t, "/account/authenticate", "").Is(t, 400, `{"error":"malformed","fields":{"body":"missing"}}`)
}

func TestAuthenticateThrottled(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	for range 100 {
		a := s.authenticate(t, "ada", "wrong")
		if a.Status == 401 {
			continue
		}
		a.Is(t, 403, `{"error":"throttled"}`)
		if a.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		return
	}
	t.Error("never throttled")
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Add("ada", userscontract.Required)
	s.authenticate(t, "ada", coretest.Password).Is(t, 403, `{"error":"two_factor_required"}`)
	with := func(code string) webtest.Answer {
		return s.post(t, "/account/authenticate", fmt.Sprintf(`{"username":"ada","password":%q,"code":%q}`, coretest.Password, code))
	}
	with("000000").Is(t, 401, `{"error":"invalid_code"}`)
	with(s.Users.Code(a.ID)).Has(t, 200, `"token"`)
}

// list gives the listed tokens, by the first 20 letters where they are whole.
func (s server) list(t *testing.T, bearer string) map[string]float64 {
	t.Helper()
	a := s.send(t, http.MethodGet, "/account/tokens", "", bearer)
	a.Has(t, 200)
	var body struct{ Tokens [][2]any }
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil {
		t.Fatal(a.Body, err)
	}
	tokens := map[string]float64{}
	for _, pair := range body.Tokens {
		tokens[pair[0].(string)] = pair[1].(float64)
	}
	return tokens
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	bearer, token := s.signIn(t, "ada")
	other, otherToken := s.signIn(t, "ada")
	idPart, _, _ := strings.Cut(otherToken, ".")
	expires := float64(s.Clock.Now().Add(30 * 24 * time.Hour).Unix())
	if diff := cmp.Diff(map[string]float64{token: expires, idPart: expires}, s.list(t, bearer)); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	end := func(text string) webtest.Answer {
		return s.send(t, http.MethodDelete, "/account/tokens", fmt.Sprintf(`{"token":%q}`, text), bearer)
	}
	end(idPart).Is(t, 200, `{}`)
	end(idPart).Is(t, 404, `{"error":"token_not_found"}`)
	end("nonsense").Is(t, 404, `{"error":"token_not_found"}`)
	s.send(t, http.MethodGet, "/account/tokens", "", other).Is(t, 401, `{"error":"unauthorized"}`)
	_, third := s.signIn(t, "ada")
	end(third).Is(t, 200, `{}`)
	s.Add("bob", userscontract.None)
	_, bobs := s.signIn(t, "bob")
	end(bobs).Is(t, 404, `{"error":"token_not_found"}`)
	end(token).Is(t, 200, `{}`)
	end(token).Is(t, 401, `{"error":"unauthorized"}`)
}

func TestATokenIsComparedWhole(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	_, token := s.signIn(t, "ada")
	last := "A"
	if strings.HasSuffix(token, "A") {
		last = "E"
	}
	for _, forged := range []string{token[:len(token)-1] + last, token + "A", strings.ToLower(token), token[:strings.Index(token, ".")+1]} {
		s.send(t, http.MethodGet, "/account/tokens", "", "Authorization: Bearer "+forged).Is(t, 401, `{"error":"unauthorized"}`)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Add("ada", userscontract.None)
	bearer, _ := s.signIn(t, "ada")
	s.send(t, http.MethodDelete, "/account/delete", "").Is(t, 401, `{"error":"unauthorized"}`)
	s.send(t, http.MethodDelete, "/account/delete", "", bearer).Is(t, 200, `{}`)
	s.authenticate(t, "ada", coretest.Password).Is(t, 404, `{"error":"username_unknown"}`)
}

func TestConcealedAccounts(t *testing.T) {
	t.Parallel()
	s := serve(t, func(d *core.Deps) { d.Settings.Conceal = true })
	s.register(t, "ada", "ada@example.com", coretest.Password)
	for name, password := range map[string]string{"ada": coretest.Password, "nobody": coretest.Password} {
		s.authenticate(t, name, password).Is(t, 401, `{"error":"invalid_credentials"}`)
	}
}

func TestOutsideTheRoutes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.send(t, http.MethodGet, "/account/nothing", "").Is(t, 404, `{"error":"not_found"}`)
	s.send(t, http.MethodPut, "/account/tokens", "").Is(t, 405, `{"error":"method_not_allowed"}`)
	s.Do(t, http.MethodPost, "/account/verify", "token=x", "Content-Type: application/x-www-form-urlencoded").Is(t, 415, `{"error":"unsupported_media_type"}`)
	s.send(t, http.MethodPost, "/account/verify", `{}`, "Accept: text/html").Is(t, 406, `{"error":"not_acceptable"}`)
	s.post(t, "/account/verify", `{"token":"`+strings.Repeat("x", 64<<10)+`"}`).Is(t, 413, `{"error":"body_too_large"}`)
}
