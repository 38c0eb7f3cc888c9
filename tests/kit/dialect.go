package kit

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Dialects are all that a suite serves by default.
var Dialects = []string{"legion", "nerdcult", "ild", "wolf", "lynx"}

// choose leaves out what a suite with these settings does not serve.
func (d *Documents) choose(env map[string]string) {
	d.off, d.hosts = map[string]bool{}, map[string]string{}
	if on := env["WATCHWORD_DIALECTS"]; on != "" {
		for _, name := range Dialects {
			d.off[name] = !slices.Contains(strings.Split(on, ","), name)
		}
	}
	for pair := range strings.SplitSeq(env["WATCHWORD_DIALECT_HOSTS"], ",") {
		if host, name, ok := strings.Cut(pair, "="); ok {
			d.hosts[host] = name
		}
	}
}

// names are those of the documents that are served.
func (d *Documents) names() []string {
	return slices.DeleteFunc(slices.Clone(DocumentNames), func(name string) bool { return d.off[name] })
}

// envelopes are the members of each dialect's refusals, and patterns of their values; what may be there besides has none.
var envelopes = map[string]map[string]string{
	"legion":   {"success": `false`, "message": `"[A-Z].+"`, "error": `\{"code":"[a-z_]+".*\}`},
	"nerdcult": {"error": `"[a-z_]+"`, "fields": ""},
	"ild":      {"error": `"[A-Z][A-Za-z ]+"`, "message": `".+"`},
	"wolf":     {"code": `"[A-Z_]+"`, "error": `".+"`, "codes": "", "errors": ""},
	"lynx":     {"success": `false`, "message": `".+"`, "details": ""},
}

// RefusedBy fails the test unless the answer has that status and is a refusal in that dialect's envelope.
func (a *Answer) RefusedBy(dialect string, status int) *Answer {
	a.t.Helper()
	body := Object[map[string]json.RawMessage](a.Want(status))
	for name, pattern := range envelopes[dialect] {
		value, there := body[name]
		delete(body, name)
		if pattern != "" && (!there || !regexp.MustCompile(`(?s)^`+pattern+`$`).Match(value)) {
			a.t.Errorf("%s: status %d, %s's %s is %.100s; body %.300s", a.what, status, dialect, name, value, a.Body)
		}
	}
	if len(body) > 0 {
		a.t.Errorf("%s: status %d, body is not %s's: %.300s", a.what, status, dialect, a.Body)
	}
	return a
}

// Form sends a POST of pairs of names and values.
func (c *Client) Form(path string, fields ...string) *Answer {
	c.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return c.Do(Request{
		Method: http.MethodPost, Path: path, Body: []byte(form.Encode()), Header: map[string]string{"Content-Type": mediaForm},
	})
}

// Object reads a body that is no envelope of legion's.
func Object[T any](a *Answer) T {
	a.t.Helper()
	var out T
	if err := json.Unmarshal(a.Body, &out); err != nil {
		a.t.Fatalf("%s: status %d, body %.300s: %v", a.what, a.Status, a.Body, err)
	}
	return out
}

// RegisterBy makes an account through a dialect, and follows the mailed link where there is no account without it. Its
// email is verified only then.
func (s *Suite) RegisterBy(t testing.TB, dialect string) Account {
	t.Helper()
	c, a := s.Client(t), Account{Username: Name(), Password: Password()}
	a.Email = a.Username + "@example.com"
	c.Attempt(dialect, a)
	if dialect == "nerdcult" || dialect == "wolf" {
		c.VerifyEmail(s.Token(t, a.Email, Pending)).Want(http.StatusOK)
	}
	if dialect == "ild" { // it makes the username of the email
		a.Username = Object[struct{ User struct{ Username string } }](c.SignInBy("ild", a, "")).User.Username
	}
	return a
}

// granted is what a registration is answered with.
var granted = map[string]int{
	"legion": http.StatusCreated, "nerdcult": http.StatusOK, "ild": http.StatusCreated, "wolf": http.StatusCreated, "lynx": http.StatusOK,
}

// Attempt is RegisterBy where nothing stands against it.
func (c *Client) Attempt(dialect string, a Account) *Answer {
	c.t.Helper()
	return c.RegisterBy(dialect, a).Want(granted[dialect])
}

// RegisterBy asks for an account through a dialect.
func (c *Client) RegisterBy(dialect string, a Account) *Answer {
	c.t.Helper()
	body := map[string]any{"username": a.Username, "email": a.Email, "password": a.Password}
	switch dialect {
	case "legion":
		body["name"], body["isTotpEnable"] = "Test Person", false
		return c.Post("/users", body)
	case "nerdcult":
		return c.Post("/account/register", body)
	case "ild":
		return c.Post("/sign/register", map[string]any{
			"email": a.Email, "password": a.Password, "firstName": "Test", "lastName": "Person",
		})
	case "wolf":
		return c.Form("/api/auth/register", "username", a.Username, "email", a.Email, "password", a.Password)
	default:
		return c.Post("/api/auth/register", body)
	}
}

// SignInBy asks to sign in through a dialect, and keeps what it gives as a Bearer token. code "": none.
func (c *Client) SignInBy(dialect string, a Account, code string) *Answer {
	c.t.Helper()
	var answer *Answer
	switch dialect {
	case "legion":
		answer = c.Post("/users/login", withCode(map[string]any{"username": a.Username, "password": a.Password}, "token", code))
	case "nerdcult":
		answer = c.Post("/account/authenticate", withCode(map[string]any{"username": a.Username, "password": a.Password}, "code", code))
	case "ild":
		answer = c.Post("/sign/login", withCode(map[string]any{"email": a.Email, "password": a.Password}, "code", code))
	case "wolf":
		answer = c.Form("/api/auth/login", "email", a.Email, "password", a.Password)
		if asked := Object[struct{ Code, Token string }](answer); code != "" && asked.Code == "TWO_FACTOR_REQUIRED" {
			answer = c.Form("/api/auth/two-factor", "token", asked.Token, "code", code)
		}
	case "lynx":
		answer = c.Post("/api/auth/login", withCode(map[string]any{"username": a.Username, "password": a.Password}, "token", code))
	}
	c.Bearer = bearerOf(answer)
	return answer
}

func withCode(body map[string]any, name, code string) map[string]any {
	if code != "" {
		body[name] = code
	}
	return body
}

// bearerOf finds the token of a sign-in, wherever a dialect puts it; "" where there is none.
func bearerOf(a *Answer) string {
	a.t.Helper()
	if a.Status != http.StatusOK {
		return ""
	}
	if cookie := a.Cookie("token"); cookie != nil {
		return cookie.Value
	}
	body := Object[struct {
		Data struct {
			Token struct {
				AccessToken string `json:"accessToken"`
			} `json:"token"`
		} `json:"data"`
		Code        string `json:"code"`
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}](a)
	switch {
	case body.Code != "": // wolf asks for a second factor
		return ""
	case body.AccessToken != "":
		return body.AccessToken
	case body.Token != "":
		return body.Token
	}
	return body.Data.Token.AccessToken
}
