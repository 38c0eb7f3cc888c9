package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/web"
)

type named struct {
	Username *string `json:"username"`
}

type inner struct {
	City string `json:"city" required:"true"`
}

// optional takes notice of null.
type optional struct {
	Given bool
	Value *string
}

func (o *optional) UnmarshalJSON(b []byte) error {
	o.Given = true
	return json.Unmarshal(b, &o.Value)
}

type body struct {
	named
	Password secret.String   `json:"password" required:"true"`
	Age      int8            `json:"age"`
	Admin    bool            `json:"admin,omitempty"`
	Email    optional        `json:"email"`
	Born     time.Time       `json:"born"`
	Raw      json.RawMessage `json:"raw"`
	Inner    inner           `json:"inner"`
	List     []inner         `json:"list"`
	Hidden   string          `json:"-"`
}

// decodes serves a route that answers what it decoded, the password revealed.
func decodes(t *testing.T, kind web.Body) server {
	t.Helper()
	r := route(http.MethodPost, "/x", func(c *fiber.Ctx) error {
		b, err := web.Decode[body](c)
		if err != nil {
			return err
		}
		return c.JSON(map[string]any{
			"username": b.Username, "password": b.Password.Reveal(), "age": b.Age, "admin": b.Admin,
			"emailGiven": b.Email.Given, "email": b.Email.Value, "raw": string(b.Raw), "inner": b.Inner, "list": b.List,
			"hidden": b.Hidden, "born": b.Born,
		})
	})
	r.Body = kind
	return start(t, nil, dialect("d", nil, r))
}

const jsonType = "Content-Type: application/json"

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	s := decodes(t, web.JSON)
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for name, tc := range map[string]struct {
		body   string
		fields map[string]string
	}{
		"nothing":                       {``, map[string]string{"body": "missing"}},
		"white space":                   {` `, map[string]string{"body": "wrong_format"}},
		"no JSON":                       {`{`, map[string]string{"body": "wrong_format"}},
		"bare words":                    {`{password:"x"}`, map[string]string{"body": "wrong_format"}},
		"single quotes":                 {`{'password':'x'}`, map[string]string{"body": "wrong_format"}},
		"trailing comma":                {`{"password":"x",}`, map[string]string{"body": "wrong_format"}},
		"comment":                       {`{"password":"x"/**/}`, map[string]string{"body": "wrong_format"}},
		"NaN":                           {`{"password":"x","age":NaN}`, map[string]string{"body": "wrong_format"}},
		"byte order mark":               {"\ufeff" + `{"password":"x"}`, map[string]string{"body": "wrong_format"}},
		"bytes behind":                  {`{"password":"x"} x`, map[string]string{"body": "wrong_format"}},
		"a second object":               {`{"password":"x"}{"password":"y"}`, map[string]string{"body": "wrong_format"}},
		"NUL behind":                    {`{"password":"x"}` + "\x00", map[string]string{"body": "wrong_format"}},
		"array":                         {`[{"password":"x"}]`, map[string]string{"body": "wrong_type"}},
		"null":                          {`null`, map[string]string{"body": "wrong_type"}},
		"string":                        {`"x"`, map[string]string{"body": "wrong_type"}},
		"invalid UTF-8":                 {"{\"password\":\"\xff\"}", map[string]string{"body": "wrong_format"}},
		"invalid UTF-8 in a name":       {"{\"password\":\"x\",\"\xc3\":1}", map[string]string{"body": "wrong_format"}},
		"overlong UTF-8":                {"{\"password\":\"\xc0\x80\"}", map[string]string{"body": "wrong_format"}},
		"raw NUL":                       {"{\"password\":\"a\x00b\"}", map[string]string{"body": "wrong_format"}},
		"raw line end":                  {"{\"password\":\"a\nb\"}", map[string]string{"body": "wrong_format"}},
		"escaped NUL":                   {`{"password":"a\u0000b"}`, map[string]string{"password": "wrong_format"}},
		"escaped NUL, ignored member":   {`{"password":"x","other":"\u0000"}`, map[string]string{"other": "wrong_format"}},
		"escaped NUL in a name":         {`{"password":"x","a\u0000":1}`, map[string]string{"a\x00": "wrong_format"}},
		"lone high surrogate":           {`{"password":"\ud83d"}`, map[string]string{"password": "wrong_format"}},
		"lone low surrogate":            {`{"password":"\ude00"}`, map[string]string{"password": "wrong_format"}},
		"surrogates in the wrong order": {`{"password":"\ude00\ud83d"}`, map[string]string{"password": "wrong_format"}},
		"surrogate, then another":       {`{"password":"\ud83d\u0041"}`, map[string]string{"password": "wrong_format"}},
		"surrogate, then a backslash":   {`{"password":"\ud83d\\u0041"}`, map[string]string{"password": "wrong_format"}},
		"duplicate":                     {`{"password":"x","password":"y"}`, map[string]string{"password": "duplicate"}},
		"duplicate by escape":           {`{"password":"x","p\u0061ssword":"y"}`, map[string]string{"password": "duplicate"}},
		"duplicate, ignored member":     {`{"password":"x","other":1,"other":1}`, map[string]string{"other": "duplicate"}},
		"duplicate within":              {`{"password":"x","list":[{"city":"a"},{"city":"b","city":"c"}]}`, map[string]string{"list.1.city": "duplicate"}},
		"missing":                       {`{}`, map[string]string{"password": "missing"}},
		"another case":                  {`{"Password":"x"}`, map[string]string{"password": "missing"}},
		"folded case":                   {`{"paſſword":"x"}`, map[string]string{"password": "missing"}},
		"null for a secret":             {`{"password":null}`, map[string]string{"password": "wrong_type"}},
		"number for a secret":           {`{"password":1}`, map[string]string{"password": "wrong_type"}},
		"object for a secret":           {`{"password":{"$ne":null}}`, map[string]string{"password": "wrong_type"}},
		"object for a string":           {`{"password":"x","username":{"$gt":""}}`, map[string]string{"username": "wrong_type"}},
		"array for a string":            {`{"password":"x","username":["a"]}`, map[string]string{"username": "wrong_type"}},
		"string for a number":           {`{"password":"x","age":"1"}`, map[string]string{"age": "wrong_type"}},
		"fraction for a whole number":   {`{"password":"x","age":1.5}`, map[string]string{"age": "wrong_type"}},
		"number out of range":           {`{"password":"x","age":128}`, map[string]string{"age": "wrong_type"}},
		"number out of any range":       {`{"password":"x","age":1e999}`, map[string]string{"age": "wrong_type"}},
		"null for a number":             {`{"password":"x","age":null}`, map[string]string{"age": "wrong_type"}},
		"number for a truth":            {`{"password":"x","admin":1}`, map[string]string{"admin": "wrong_type"}},
		"null for an object":            {`{"password":"x","inner":null}`, map[string]string{"inner": "wrong_type"}},
		"string for an object":          {`{"password":"x","inner":"y"}`, map[string]string{"inner": "wrong_type"}},
		"missing within":                {`{"password":"x","inner":{}}`, map[string]string{"inner.city": "missing"}},
		"object for a list":             {`{"password":"x","list":{"0":{"city":"a"}}}`, map[string]string{"list": "wrong_type"}},
		"wrong within a list":           {`{"password":"x","list":[{"city":"a"},{"city":2}]}`, map[string]string{"list.1.city": "wrong_type"}},
		"no time":                       {`{"password":"x","born":"yesterday"}`, map[string]string{"born": "wrong_format"}},
		"several":                       {`{"age":"1","admin":"2"}`, map[string]string{"password": "missing", "age": "wrong_type", "admin": "wrong_type"}},
		"too deep":                      {deep(9), map[string]string{"a.a.a.a.a.a.a.a": "too_deep"}},
		"far too deep":                  {strings.Repeat("[", 9000) + strings.Repeat("]", 9000), map[string]string{"body": "wrong_type"}},
		"far too deep within":           {`{"a":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`, map[string]string{"a.0.0.0.0.0.0.0": "too_deep"}},
		"name too long to repeat":       {`{"` + strings.Repeat("n", 101) + `":"\u0000"}`, map[string]string{"body": "wrong_format"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.send(t, "POST", "/x", tc.body, jsonType)
			want := rendered{"d", fault.Malformed, tc.fields}
			if diff := cmp.Diff(want, got.fault(t)); diff != "" || got.status != http.StatusBadRequest {
				t.Error(got.status, diff)
			}
		})
	}
}

func TestDecodeTakes(t *testing.T) {
	t.Parallel()
	s := decodes(t, web.JSON)
	empty := func(change map[string]any) map[string]any {
		m := map[string]any{
			"username": nil, "password": "x", "age": 0., "admin": false, "emailGiven": false, "email": nil, "raw": "",
			"inner": map[string]any{"city": ""}, "list": nil, "hidden": "", "born": "0001-01-01T00:00:00Z",
		}
		for k, v := range change {
			m[k] = v
		}
		return m
	}
	for name, tc := range map[string]struct {
		body string
		want map[string]any
	}{
		"the least":        {`{"password":"x"}`, nil},
		"white space":      {" \t\r\n{ \"password\" : \"x\" }\n", nil},
		"empty password":   {`{"password":""}`, map[string]any{"password": ""}},
		"escapes":          {`{"password":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\\u0000"}`, map[string]any{"password": "\"\\/\b\f\n\r\té😀\\u0000"}},
		"replacement":      {`{"password":"\ufffd` + "\ufffd" + `"}`, map[string]any{"password": "\ufffd\ufffd"}},
		"embedded":         {`{"password":"x","username":"ada"}`, map[string]any{"username": "ada"}},
		"null pointer":     {`{"password":"x","username":null}`, nil},
		"noticed null":     {`{"password":"x","email":null}`, map[string]any{"emailGiven": true}},
		"noticed value":    {`{"password":"x","email":"a@b"}`, map[string]any{"emailGiven": true, "email": "a@b"}},
		"raw null":         {`{"password":"x","raw":null}`, map[string]any{"raw": "null"}},
		"numbers":          {`{"password":"x","age":-128,"admin":true}`, map[string]any{"age": -128., "admin": true}},
		"objects":          {`{"password":"x","inner":{"city":"a","City":"b"},"list":[{"city":"c"}]}`, map[string]any{"inner": map[string]any{"city": "a"}, "list": []any{map[string]any{"city": "c"}}}},
		"unknown members":  {`{"password":"x","role":"admin","$where":1,"big":1e999,"__proto__":{"a":[null]}}`, nil},
		"other cases":      {`{"password":"x","PASSWORD":"y","Age":3,"Username":"eve"}`, nil},
		"hidden":           {`{"password":"x","Hidden":"y","-":"z"}`, nil},
		"the depth's edge": {`{"password":"x","a":` + strings.Repeat("[", 7) + strings.Repeat("]", 7) + `}`, nil},
		"time":             {`{"password":"x","born":"1815-12-10T00:00:00Z"}`, map[string]any{"born": "1815-12-10T00:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.send(t, "POST", "/x", tc.body, jsonType)
			var decoded map[string]any
			if err := json.Unmarshal([]byte(got.body), &decoded); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(empty(tc.want), decoded); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOptionalBody(t *testing.T) {
	t.Parallel()
	s := decodes(t, web.OptionalJSON)
	if got := s.send(t, "POST", "/x", "").fault(t); got.Fields["password"] != fault.FieldMissing {
		t.Errorf("without a body: %+v", got)
	}
	if got := s.send(t, "POST", "/x", `{"password":"x"}`, jsonType); got.status != http.StatusOK {
		t.Errorf("with a body: %+v", got)
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	var routes []web.Route
	for path, kind := range map[string]web.Body{"/json": web.JSON, "/optional": web.OptionalJSON, "/form": web.Form, "/none": web.NoBody} {
		r := route(http.MethodPost, path, ok)
		r.Body = kind
		routes = append(routes, r)
	}
	s := start(t, nil, dialect("d", nil, routes...))
	const form = "application/x-www-form-urlencoded"
	for _, tc := range []struct {
		contentType, body                string
		json, optional, formRoute, nobdy int
	}{
		{"application/json", "{}", 200, 200, 415, 200},
		{"APPLICATION/JSON", "{}", 200, 200, 415, 200},
		{"application/json; charset=utf-8", "{}", 200, 200, 415, 200},
		{`application/json;charset="UTF-8"`, "{}", 200, 200, 415, 200},
		{"application/json; charset=latin1", "{}", 415, 415, 415, 200},
		{"application/json; version=1", "{}", 415, 415, 415, 200},
		{"application/json;", "{}", 200, 200, 415, 200},
		{"application/json, text/plain", "{}", 415, 415, 415, 200},
		{"application/jsonp", "{}", 415, 415, 415, 200},
		{"application/merge-patch+json", "{}", 415, 415, 415, 200},
		{"text/plain", "{}", 415, 415, 415, 200},
		{"text/plain+json", "{}", 415, 415, 415, 200},
		{"text/plain; application/json", "{}", 415, 415, 415, 200},
		{"multipart/form-data; boundary=x", "--x--", 415, 415, 415, 200},
		{"multipart/form-data; boundary=x", "no parts", 415, 415, 415, 200}, // nothing parses it unasked
		{form, "a=b", 415, 415, 200, 200},
		{form + "; charset=UTF-8", "a=b", 415, 415, 200, 200},
		{"", "{}", 415, 415, 415, 200},
		{"", "", 200, 200, 200, 200}, // a handler that decodes finds nothing
		{"application/json", "", 200, 200, 200, 200},
		{"text/plain", "", 200, 200, 200, 200},
	} {
		var headers []string
		if tc.contentType != "" {
			headers = []string{"Content-Type: " + tc.contentType}
		}
		for path, want := range map[string]int{"/json": tc.json, "/optional": tc.optional, "/form": tc.formRoute, "/none": tc.nobdy} {
			if got := s.send(t, "POST", path, tc.body, headers...); got.status != want {
				t.Errorf("%s, %q, %q: %d, want %d", path, tc.contentType, tc.body, got.status, want)
			}
		}
	}
}

func TestAccept(t *testing.T) {
	t.Parallel()
	page := route(http.MethodGet, "/page", ok)
	page.HTML = true
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/json", ok), page))
	for accept, want := range map[string]int{
		"":                                 200,
		"*/*":                              200,
		"application/*":                    200,
		"application/json":                 200,
		"Application/JSON":                 200,
		"application/json; q=0.1":          200,
		"text/html, application/json;q=.5": 200,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": 200,
		"text/html, */*;q=0":            406,
		"*/*;q=0":                       406,
		"application/json;q=0":          406,
		"application/json;q=0, */*":     406,
		"*/*, application/*;q=0":        406,
		"application/*;q=0, */*;q=1":    406,
		"application/json, */*;q=0":     200,
		"text/html":                     406,
		"application/xml":               406,
		"application/jsonp":             406,
		"application/json;q=x":          406,
		"garbage":                       406,
		" , ,":                          200,
		"text/html;level=1, */*;q=0.01": 200,
	} {
		var headers []string
		if accept != "" {
			headers = []string{"Accept: " + accept}
		}
		if got := s.send(t, "GET", "/json", "", headers...); got.status != want {
			t.Errorf("%q: %d, want %d", accept, got.status, want)
		}
		if got := s.send(t, "GET", "/page", "", headers...); got.status != http.StatusOK {
			t.Errorf("a page, %q: %d", accept, got.status)
		}
	}
	if got := s.send(t, "GET", "/json", "", "Accept: text/html", "Accept: application/json"); got.status != http.StatusOK {
		t.Errorf("two lines: %d", got.status)
	}
}

func TestLocale(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/x", func(c *fiber.Ctx) error { return c.SendString(web.Locale(c)) })))
	for header, want := range map[string]string{
		"": "en", "de": "de", "de-AT, en;q=0.5": "de-AT", "*": "en", "*, fr;q=0.5": "fr", "zh-Hant-TW;q=0.9": "zh-Hant-TW",
		"../../etc, nl": "nl", "d": "en", "12": "en", "de-": "en", "-de": "en", "toolonglanguage, sv": "sv", "es-419": "es-419",
		"'; drop, it": "it", "de_DE": "en", strings.Repeat("ab-", 20) + "ab": "en",
	} {
		if got := s.send(t, "GET", "/x", "", "Accept-Language: "+header).body; got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	size := func(c *fiber.Ctx) error { return c.JSON(len(c.Request().Body())) }
	usual, larger, smaller := route("POST", "/x/:id", ok), route("PUT", "/large", size), route("POST", "/small", ok)
	usual.Body, smaller.Body, smaller.Limit = web.JSON, web.JSON, 100
	larger.Body, larger.Limit = web.JSON, 1<<20
	s := start(t, nil, dialect("d", nil, usual, larger, smaller, route("POST", "/large", size), route("PUT", "/large/x", size)))
	for _, tc := range []struct {
		method, path string
		size, status int
	}{
		{"POST", "/x/1", 64 << 10, 200},
		{"POST", "/x/1", 64<<10 + 1, 413},
		{"POST", "/x/large", 64<<10 + 1, 413},
		{"POST", "/small", 100, 200},
		{"POST", "/small", 101, 413},
		{"PUT", "/large", 1 << 20, 200},
		{"PUT", "/large?a=b", 1 << 20, 200},
		{"PUT", "/large", 1<<20 + 1, 413},
		{"PUT", "/large/x", 64<<10 + 1, 413},
		{"PUT", "/nowhere", 64<<10 + 1, 413},
		{"POST", "/large", 64<<10 + 1, 413},
	} {
		got := s.send(t, tc.method, tc.path, strings.Repeat(" ", tc.size), jsonType)
		if got.status != tc.status {
			t.Errorf("%s %s, %d bytes: %d", tc.method, tc.path, tc.size, got.status)
		}
		if tc.status == 413 {
			if f := got.fault(t); f.Reason != fault.TooLarge {
				t.Error(f)
			}
		}
	}
	chunks := " HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
		strings.Repeat("4000\r\n"+strings.Repeat("a", 0x4000)+"\r\n", 5) + "0\r\n\r\n"
	if answers, closed := s.raw(t, "POST /large"+chunks); len(answers) != 1 || answers[0].status != 413 || !closed {
		t.Errorf("chunked: %v", answers)
	}
	// a connection's next request has the limit of its own route
	if answers, _ := s.raw(t, "PUT /large"+chunks+"POST /large"+chunks); len(answers) != 2 || answers[0].status != 200 || answers[1].status != 413 {
		t.Errorf("one after the other: %v", answers)
	}
}
