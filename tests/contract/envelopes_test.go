package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// posts are a route of each dialect, in each service that serves it, that takes a body, and a path below it that nobody has.
var posts = []struct{ dialect, path, unknown string }{
	{"legion", "/users/login", "/users/auth/nothing"},
	{"legion", "/users", "/users/01JEVAG858D9NP6A1NMTKXPRRA/nothing"},
	{"nerdcult", "/account/authenticate", "/account/nothing"},
	{"nerdcult", "/account/verify", "/account"},
	{"ild", "/sign/login", "/sign/nothing"},
	{"ild", "/user/community", "/user/01JEVAG858D9NP6A1NMTKXPRRA/nothing"},
	{"wolf", "/auth/two-factor", "/auth/nothing"},
	{"wolf", "/api/auth/refresh", "/api/auth"},
	{"lynx", "/auth/totp/recover", "/auth/nothing"},
	{"lynx", "/api/auth/totp/recover", "/api/auth"},
}

func TestEveryDialectRefusesInItsOwnEnvelope(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, post := range posts {
		t.Run(post.dialect+" "+post.path, func(t *testing.T) {
			t.Parallel()
			media, body := "application/json", `{"x":"`+strings.Repeat("x", 70<<10)+`"}`
			if post.dialect == "wolf" {
				media, body = mediaForm, "x="+strings.Repeat("x", 70<<10)
			}
			send := func(method, path, body string, header map[string]string) *kit.Answer {
				t.Helper()
				all := map[string]string{"Content-Type": media}
				for name, value := range header {
					all[name] = value
				}
				return s.Client(t).Do(kit.Request{Method: method, Path: path, Body: []byte(body), Header: all})
			}
			for _, method := range []string{"GET", "POST", "DELETE"} {
				send(method, post.unknown, "", nil).RefusedBy(post.dialect, http.StatusNotFound)
			}
			a := send("PROPFIND", post.path, "", nil).RefusedBy(post.dialect, http.StatusMethodNotAllowed)
			if !strings.Contains(a.Header.Get("Allow"), "POST") {
				t.Errorf("Allow %q", a.Header.Get("Allow"))
			}
			small := body[:4] + body[len(body)-2:]
			for _, accept := range []string{"text/html", "application/xml", "application/json;q=0", "*/*;q=0"} {
				send("POST", post.path, small, map[string]string{"Accept": accept}).RefusedBy(post.dialect, http.StatusNotAcceptable)
			}
			for _, other := range []string{"text/plain", "application/xml", "multipart/form-data; boundary=x", ""} {
				send("POST", post.path, small, map[string]string{"Content-Type": other}).RefusedBy(post.dialect, http.StatusUnsupportedMediaType)
			}
			send("POST", post.path, body, nil).RefusedBy(post.dialect, http.StatusRequestEntityTooLarge)
			send("POST", post.path, strings.Repeat(body, 4), nil).RefusedBy(post.dialect, http.StatusRequestEntityTooLarge)
		})
	}
}

// registrations are where each dialect takes one in JSON.
var registrations = map[string]string{"nerdcult": "/account/register", "ild": "/sign/register", "lynx": "/auth/register"}

func TestMalformedJSONInEveryDialect(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	const others = `"username":"somebody","email":"somebody@example.com","firstName":"Some","lastName":"Body"`
	for name, test := range map[string]struct{ body, field, word string }{
		"nothing":           {"", "body", "missing"},
		"not JSON":          {"password=x", "body", "wrong_format"},
		"cut short":         {"{" + others, "body", "wrong_format"},
		"trailing data":     {"{" + others + `,"password":"whatever1"} {}`, "body", "wrong_format"},
		"an array":          {"[{" + others + "}]", "body", "wrong_type"},
		"null":              {"null", "body", "wrong_type"},
		"invalid UTF-8":     {"{" + others + ",\"password\":\"\xff\"}", "body", "wrong_format"},
		"duplicate":         {"{" + others + `,"password":"a","password":"b"}`, "password", "duplicate"},
		"escaped duplicate": {"{" + others + `,"password":"a","p\u0061ssword":"b"}`, "password", "duplicate"},
		"unknown duplicate": {"{" + others + `,"password":"a","x":1,"x":2}`, "x", "duplicate"},
		"NUL":               {"{" + others + `,"password":"what\u0000ever"}`, "password", "wrong_format"},
		"a number":          {"{" + others + `,"password":12345678}`, "password", "wrong_type"},
		"an object":         {"{" + others + `,"password":{"$ne":null}}`, "password", "wrong_type"},
		"null password":     {"{" + others + `,"password":null}`, "password", "wrong_type"},
		"absent":            {"{" + others + "}", "password", "missing"},
		"in capitals":       {"{" + others + `,"PASSWORD":"whatever1"}`, "password", "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for dialect, path := range registrations {
				a := s.Client(t).Do(kit.Request{
					Method: "POST", Path: path, Body: []byte(test.body), Header: map[string]string{"Content-Type": "application/json"},
				}).RefusedBy(dialect, http.StatusBadRequest)
				if !namesField(t, a, dialect, test.field, test.word) {
					t.Errorf("%s does not name %s (%s): %s", dialect, test.field, test.word, a.Body)
				}
			}
		})
	}
	for dialect, path := range registrations { // unknown members are ignored
		acc := newcomer()
		s.Client(t).Post(path, object{
			"username": acc.Username, "email": acc.Email, "password": acc.Password, "firstName": "Some", "lastName": "Body",
			"role": "admin", "emailVerified": true, "$where": "1", "secret": "x", "totp": object{"enabled": true},
		})
		if dialect == "nerdcult" {
			s.Client(t).VerifyEmail(s.Token(t, acc.Email, kit.Pending)).Want(http.StatusOK)
		}
		user := check(t, signInBy(t, s, "ild", acc, "")).User
		if user.Role != "standard" || user.EmailVerified != (dialect == "nerdcult") {
			t.Errorf("%s: a registration sets %+v", dialect, user)
		}
	}
}

// namesField tells whether a refusal says of a field what is wrong with it, as its dialect does.
func namesField(t *testing.T, a *kit.Answer, dialect, field, word string) bool {
	t.Helper()
	switch dialect {
	case "nerdcult":
		return kit.Object[struct{ Fields map[string]string }](a).Fields[field] == word
	case "ild":
		return strings.Contains(kit.Object[struct{ Message string }](a).Message, field+" ("+word+")")
	case "wolf":
		return kit.Object[struct{ Codes map[string]string }](a).Codes[field] == strings.ToUpper(word)
	}
	return details(a).Invalid == fields{Password: field == "password"} // the three of the document are all it can name
}

func TestMalformedForms(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	const others = "username=somebody&email=somebody%40example.com"
	for name, test := range map[string]struct{ body, field, word string }{
		"nothing":            {"", "username", "missing"},
		"JSON":               {`{"username":"somebody"}`, "username", "missing"},
		"half an escape":     {others + "&password=%4", "body", "wrong_format"},
		"no escape":          {others + "&password=%zz", "body", "wrong_format"},
		"a semicolon":        {others + ";password=whatever1", "body", "wrong_format"},
		"invalid UTF-8":      {others + "&password=%ff", "password", "wrong_format"},
		"NUL":                {others + "&password=what%00ever", "password", "wrong_format"},
		"duplicate":          {others + "&password=a&password=b", "password", "duplicate"},
		"escaped duplicate":  {others + "&password=a&p%61ssword=b", "password", "duplicate"},
		"unknown duplicate":  {others + "&password=whatever1&x=1&x=2", "x", "duplicate"},
		"an operator":        {others + "&password[$ne]=x", "password", "wrong_type"},
		"absent":             {others, "password", "missing"},
		"in capitals":        {others + "&PASSWORD=whatever1", "password", "missing"},
		"NUL in another one": {others + "&password=whatever1&x=%00", "x", "wrong_format"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.Client(t).Do(kit.Request{
				Method: "POST", Path: "/auth/register", Body: []byte(test.body), Header: map[string]string{"Content-Type": mediaForm},
			}).RefusedBy("wolf", http.StatusBadRequest)
			if !namesField(t, a, "wolf", test.field, test.word) {
				t.Errorf("does not name %s (%s): %s", test.field, test.word, a.Body)
			}
		})
	}
}

func TestParametersGivenTwiceInILD(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	admin := s.Admin(t)
	for query, field := range map[string]string{
		"limit=1&limit=2": "limit (duplicate)", "limit=1&limit=1": "limit (duplicate)", "after=x&after=y": "after (duplicate)",
		"limit=x": "limit (", "limit=1%00": "limit (", "limit[$gt]=1": "limit (",
	} {
		a := admin.Get("/user?"+query).RefusedBy("ild", http.StatusBadRequest)
		if got := kit.Object[struct{ Message string }](a).Message; !strings.Contains(got, field) {
			t.Errorf("%s: message %q", query, got)
		}
	}
	admin.Get("/user?limit=1&unknown=1&unknown=2").Want(http.StatusOK)
}
