package abuse

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// nothing is the id of a thing that isn't there.
const nothing = "01JEVAG858D9NP6A1NMTKXPRRA"

// of is an operation's path with the thing that it names.
func of(op kit.Operation, id string) string { return strings.ReplaceAll(op.Example(), nothing, id) }

// changes are the operations that may change something, by their method.
func changes(s *kit.Suite) []kit.Operation {
	return slices.DeleteFunc(s.Operations(), func(op kit.Operation) bool {
		return op.Method == http.MethodGet || op.Method == http.MethodHead
	})
}

// takers are those of them that take a body in JSON.
func takers(t *testing.T, s *kit.Suite) []kit.Operation {
	t.Helper()
	ops := slices.DeleteFunc(changes(s), func(op kit.Operation) bool { return op.ExampleBody() == nil })
	if len(ops) < 12 {
		t.Fatalf("the documents have %d operations that take JSON", len(ops))
	}
	return ops
}

// bearer is what an answer that makes a session holds: a JWT, or nerdcult's opaque token.
var bearer = regexp.MustCompile(`"eyJ[\w-]+\.[\w-]+\.|"[0-9A-Z]{26}-[0-9A-Z]{26}\.`)

// With a second factor on, no route makes a session out of the password, or of what is mailed.
func TestTO10(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	s.SignIn(t, acc).Enrol(acc.ID, true)
	for _, op := range takers(t, s) {
		t.Run(op.Method+" "+op.Path, func(t *testing.T) {
			body := object{
				"username": acc.Username, "email": acc.Email, "password": acc.Password, "newPassword": acc.Password, "name": "Any",
				"firstName": "Any", "lastName": "Any", "backupCode": "",
			}
			if strings.HasSuffix(op.Path, "/reset") {
				body["token"] = s.Forgot(t, acc.Email, acc.Email)
			}
			path := of(op, acc.ID)
			a := s.Client(t).Do(kit.Request{Method: op.Method, Path: path, Body: body})
			if a.Cookie("refreshToken") != nil || a.Cookie("token") != nil || a.Status < http.StatusMultipleChoices && bearer.Match(a.Body) {
				t.Errorf("status %d makes a session: %s", a.Status, a.Body)
			}
		})
	}
}

// No route takes a body of another kind than its own: JSON, and where two dialects share the path a form too.
func TestCS01(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, _ := s.SignUp(t)
	for _, op := range takers(t, s) {
		for _, contentType := range []string{"text/plain", "text/plain+json", "", mediaForm, "multipart/form-data; boundary=x"} {
			if contentType == mediaForm && (op.Path == "/auth/login" || op.Path == "/auth/register") {
				continue
			}
			a := c.Clone().Do(kit.Request{
				Method: op.Method, Path: op.Example(), Body: object{"name": "J"}, Header: map[string]string{"Content-Type": contentType},
			})
			if a.Status != http.StatusUnsupportedMediaType {
				t.Errorf("%s %s takes %q: status %d", op.Method, op.Path, contentType, a.Status)
			}
		}
	}
	for _, r := range []kit.Request{
		{Method: "POST", Path: "/auth/two-factor"}, {Method: "POST", Path: "/auth/refresh"}, {Method: "PUT", Path: "/user/profile"},
	} {
		for _, contentType := range []string{"application/json", "text/plain", "", mediaForm + "+json", "multipart/mixed; boundary=x"} {
			r.Body, r.Header = object{"name": "J"}, map[string]string{"Content-Type": contentType}
			if a := c.Clone().Do(r); a.Status != http.StatusUnsupportedMediaType {
				t.Errorf("%s %s takes %q: status %d", r.Method, r.Path, contentType, a.Status)
			}
		}
	}
}

const mediaForm = "application/x-www-form-urlencoded"

// A page elsewhere can't have a browser change anything: not sign in, not register, not sign out.
func TestCS04(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, _ := s.SignUp(t)
	for _, op := range changes(s) {
		for _, header := range []map[string]string{
			{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
		} {
			a := c.Clone().Do(kit.Request{Method: op.Method, Path: op.Example(), Body: op.ExampleBody(), Header: header})
			if a.Status != http.StatusForbidden || len(a.Header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s %s with %v: status %d, cookies %q", op.Method, op.Path, header, a.Status, a.Header.Values("Set-Cookie"))
			}
		}
	}
	if !c.Alive() {
		t.Error("the session ended")
	}
}

// A person may do nothing to another one, by no route that names one; and not to another one's session.
func TestAZ02(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	victim := s.RegisterVerified(t)
	owner := s.SignIn(t, victim)
	session := owner.Sessions()[0].ID
	stranger, own := s.SignUp(t)
	before := string(s.Admin(t).Get("/users/" + victim.ID).Want(http.StatusOK).Body)
	seen := 0
	for _, op := range changes(s) {
		if !strings.Contains(op.Path, "{") {
			continue
		}
		seen++
		id := victim.ID
		if strings.HasPrefix(op.Path, "/users/auth/sessions/") {
			id = session
		}
		for name, body := range map[string]any{"nothing": nil, "everything": object{
			"name": "Stolen", "username": kit.Name(), "email": kit.Name() + "@example.com", "password": victim.Password,
			"newPassword": kit.Password(), "token": "123456", "role": "admin", "kats": 5, "rank": 1, "twoFactor": true,
		}} {
			path := of(op, id)
			a := stranger.Do(kit.Request{Method: op.Method, Path: path, Body: body})
			if a.Status < 400 || a.Status >= 500 {
				t.Errorf("%s %s with %s: status %d, body %s", op.Method, op.Path, name, a.Status, a.Body)
			}
		}
	}
	if seen < 8 {
		t.Errorf("the documents name %d such routes only", seen)
	}
	if after := string(s.Admin(t).Get("/users/" + victim.ID).Want(http.StatusOK).Body); after != before {
		t.Errorf("the account was\n%s\nand is\n%s", before, after)
	}
	if !owner.Alive() {
		t.Error("the owner's session ended")
	}
	s.SignIn(t, victim)
	if a := stranger.Get("/users/" + victim.ID).Want(http.StatusOK); strings.Contains(string(a.Body), victim.Email) {
		t.Errorf("a stranger reads the email: %s", a.Body)
	}
	s.SignIn(t, own)
}

// What a database would read as an operator is a value of the wrong type, in every member of every body.
func TestIN01(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	c := s.SignIn(t, acc)
	members := []string{
		"username", "email", "password", "newPassword", "currentPassword", "newEmail", "newUsername", "token", "code", "backupCode", "challenge", "name",
		"firstName", "categories", "plan", "role", "kats", "rank", "twoFactor", "isTotpEnable",
	}
	for _, op := range takers(t, s) {
		for _, value := range []any{
			object{"$ne": nil}, object{"$gt": ""}, object{"$regex": ".*"}, object{"$where": "1"}, []any{"a", "b"}, []any{object{"$ne": 1}},
		} {
			body := object{}
			for _, name := range members {
				body[name] = value
			}
			path := of(op, acc.ID)
			a := c.Do(kit.Request{Method: op.Method, Path: path, Body: body})
			if a.Status != http.StatusBadRequest && a.Status != http.StatusForbidden {
				t.Errorf("%s %s with %v: status %d, body %s", op.Method, op.Path, value, a.Status, a.Body)
			}
		}
	}
	for _, path := range []string{"/auth/login", "/auth/register", "/auth/two-factor", "/auth/refresh"} {
		for _, name := range []string{"username", "email", "password", "token", "code", "refresh_token"} {
			for _, form := range []string{name + "[$ne]=", name + "[]=a", name + "[$gt]=&" + name + "=a", name + "=a&" + name + "=b"} {
				a := c.Do(kit.Request{Method: "POST", Path: path, Body: []byte(form), Header: map[string]string{"Content-Type": mediaForm}})
				a.RefusedBy("wolf", http.StatusBadRequest)
			}
		}
	}
	s.SignIn(t, acc)
}
