package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestMalformedJSON(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	deep := strings.Repeat(`{"a":`, 9) + "1" + strings.Repeat("}", 9)
	for name, test := range map[string]struct{ body, field, word string }{
		"nothing":             {"", "body", "missing"},
		"not JSON":            {"name=John", "body", "wrong_format"},
		"cut short":           {`{"name":"John"`, "body", "wrong_format"},
		"trailing comma":      {`{"name":"John",}`, "body", "wrong_format"},
		"trailing data":       {`{"name":"J","username":"u"} {}`, "body", "wrong_format"},
		"two objects":         {`{"name":"J"}{"name":"J"}`, "body", "wrong_format"},
		"an array":            {`[{"name":"J"}]`, "body", "wrong_type"},
		"a string":            {`"name"`, "body", "wrong_type"},
		"null":                {`null`, "body", "wrong_type"},
		"a number":            {`1`, "body", "wrong_type"},
		"a comment":           {`{/**/"name":"J"}`, "body", "wrong_format"},
		"NaN":                 {`{"name":NaN}`, "body", "wrong_format"},
		"byte order mark":     {"\ufeff" + `{"name":"J"}`, "body", "wrong_format"},
		"invalid UTF-8":       {"{\"name\":\"J\xff\",\"username\":\"u\"}", "body", "wrong_format"},
		"duplicate member":    {`{"name":"J","username":"a","username":"b"}`, "username", "duplicate"},
		"escaped duplicate":   {`{"name":"J","username":"a","usern\u0061me":"b"}`, "username", "duplicate"},
		"duplicate unknown":   {`{"name":"J","username":"a","x":1,"x":2}`, "x", "duplicate"},
		"nested duplicate":    {`{"name":"J","username":"a","x":{"y":1,"y":2}}`, "x.y", "duplicate"},
		"NUL":                 {`{"name":"J\u0000","username":"a"}`, "name", "wrong_format"},
		"NUL in an unknown":   {`{"name":"J","username":"a","x":"\u0000"}`, "x", "wrong_format"},
		"lone surrogate":      {`{"name":"\ud800","username":"a"}`, "name", "wrong_format"},
		"name a number":       {`{"name":1,"username":"a"}`, "name", "wrong_type"},
		"name null":           {`{"name":null,"username":"a"}`, "name", "wrong_type"},
		"name an object":      {`{"name":{"$ne":null},"username":"a"}`, "name", "wrong_type"},
		"username an array":   {`{"name":"J","username":["a"]}`, "username", "wrong_type"},
		"email an object":     {`{"name":"J","username":"a","email":{"$gt":""}}`, "email", "wrong_type"},
		"name absent":         {`{"username":"a"}`, "name", "missing"},
		"username absent":     {`{"name":"J"}`, "username", "missing"},
		"name in capitals":    {`{"NAME":"J","username":"a"}`, "name", "missing"},
		"email a boolean":     {`{"name":"J","username":"a","email":true}`, "email", "wrong_type"},
		"control in a string": {"{\"name\":\"J\n\",\"username\":\"a\"}", "body", "wrong_format"},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.Do(kit.Request{
				Method: "PUT", Path: "/users/" + acc.ID, Body: []byte(test.body), Header: map[string]string{"Content-Type": "application/json"},
			})
			a.Refused(http.StatusBadRequest, "bad_request").Field(test.field, test.word)
		})
	}
	t.Run("too deep", func(t *testing.T) {
		body := []byte(`{"name":"J","username":"a","x":` + deep + `}`)
		c.Do(kit.Request{Method: "PUT", Path: "/users/" + acc.ID, Body: body}).Refused(http.StatusBadRequest, "bad_request")
	})
	u := kit.Data[kit.User](c.Get("/users/" + acc.ID).Want(http.StatusOK))
	if u.Name != acc.Name || u.Username != acc.Username {
		t.Errorf("a refused change changed %+v", u)
	}
}

func TestUnknownMembersAreIgnored(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	c.Put("/users/"+acc.ID, object{
		"name": "Changed", "username": acc.Username, "unknown": object{"$set": object{"role": "admin"}}, "$where": "1", "a.b": 1, "Name": "No",
	}).Want(http.StatusOK)
	if got := kit.Data[kit.User](c.Get("/users/" + acc.ID)).Name; got != "Changed" {
		t.Errorf("name %q", got)
	}
}

func TestMembersThatAreNobodysToSetAreNeverStored(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c := s.Client(t)
	extra := object{
		"role": "admin", "kats": 1000, "rank": 1, "deletedAt": "2020-01-01T00:00:00.000Z", "restoredAt": "2020-01-01T00:00:00.000Z",
		"isActive": false, "emailVerified": true, "emailVerifiedAt": "2020-01-01T00:00:00.000Z", "_id": "x", "id": "01JEVAG858D9NP6A1NMTKXPRRA",
		"createdAt": "2020-01-01T00:00:00.000Z", "version": 99, "epoch": 99, "totp": object{"enabled": true}, "apiKey": "x", "outbox": []any{},
	}
	with := func(body object) object {
		for name, value := range extra {
			body[name] = value
		}
		return body
	}
	acc := kit.Account{Username: kit.Name(), Password: kit.Password()}
	acc.Email = acc.Username + "@example.com"
	acc.ID = kit.Data[kit.User](c.Post("/users", with(object{
		"name": "Mass", "username": acc.Username, "password": acc.Password, "email": acc.Email,
	})).Want(http.StatusCreated)).ID
	c.Took(c.Post("/users/login", with(object{"username": acc.Username, "password": acc.Password})).Want(http.StatusOK))
	c.Put("/users/"+acc.ID, with(object{"name": "Mass", "username": acc.Username, "password": "not-" + acc.Password})).Want(http.StatusOK)

	u := kit.Data[kit.User](c.Get("/users/" + acc.ID).Want(http.StatusOK))
	if acc.ID == extra["id"] || u.Kats != 0 || u.Rank != nil || !u.IsActive || u.DeletedAt != nil || strings.HasPrefix(u.CreatedAt, "2020") {
		t.Errorf("stored: %+v", u)
	}
	if got := check(t, s.SignIn(t, acc)).User; got.Role != "standard" || got.EmailVerified {
		t.Errorf("session says %+v", got)
	}
	a := s.Admin(t).Get("/users/" + acc.ID + "?includeDeleted=true").Want(http.StatusOK)
	if kit.Data[kit.User](a).DeletedAt != nil {
		t.Errorf("stored: %s", a.Body)
	}
}

func TestContentTypeOfABody(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	send := func(contentType string) *kit.Answer {
		return c.Do(kit.Request{
			Method: "PUT", Path: "/users/" + acc.ID, Body: object{"name": "Changed", "username": acc.Username},
			Header: map[string]string{"Content-Type": contentType},
		})
	}
	for _, refused := range []string{
		"", "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json",
		"application/json+x", "text/plain+json", "application/problem+json", "application/json; charset=utf-16", "application/json, text/plain", "json",
	} {
		a := send(refused)
		if a.Status != http.StatusUnsupportedMediaType {
			t.Errorf("%q: status %d", refused, a.Status)
		}
	}
	for _, taken := range []string{"application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"} {
		if a := send(taken); a.Status != http.StatusOK {
			t.Errorf("%q: status %d, body %s", taken, a.Status, a.Body)
		}
	}
}

func TestARequestWithoutABodyNeedsNoContentType(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	c.Do(kit.Request{Method: "POST", Path: "/users/" + acc.ID + "/otp/secret"}).Want(http.StatusOK)
	c.Do(kit.Request{Method: "DELETE", Path: "/users/" + acc.ID}).Want(http.StatusOK)
}

func TestAcceptThatAdmitsNoJSON(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for accept, admitted := range map[string]bool{
		"application/xml": false, "text/html": false, "application/json;q=0": false, "*/*;q=0": false, "text/*": false,
		"application/json;q=0, */*": false, "image/png, text/html;q=0.5": false,
		"application/json": true, "*/*": true, "application/*": true, "text/html, application/json;q=0.1": true, "text/html,*/*;q=0.8": true, "": true,
	} {
		for _, r := range []kit.Request{
			{Method: "GET", Path: "/users"},
			{Method: "GET", Path: "/csrf-token"},
			{Method: "GET", Path: "/sign/check"},
			{Method: "POST", Path: "/users/login", Body: object{"username": kit.Name(), "password": "whatever1"}},
		} {
			r.Header = map[string]string{"Accept": accept}
			a := c.Do(r)
			if refused := a.Status == http.StatusNotAcceptable; refused == admitted {
				t.Errorf("%s %s with Accept %q: status %d", r.Method, r.Path, accept, a.Status)
			}
		}
	}
}

func TestABodyOverTheLimit(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	for _, size := range []int{70 << 10, 2 << 20} {
		body := object{"name": "Changed", "username": acc.Username, "x": strings.Repeat("x", size)}
		c.Put("/users/"+acc.ID, body).Refused(http.StatusRequestEntityTooLarge, "body_too_large")
		c.Post("/users/login", body).Refused(http.StatusRequestEntityTooLarge, "body_too_large")
	}
	c.Put("/users/"+acc.ID, object{"name": "Changed", "username": acc.Username, "x": strings.Repeat("x", 60<<10)}).Want(http.StatusOK)
}

func TestParametersGivenTwiceOrAsObjects(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	for query, test := range map[string]struct{ field, word string }{
		"page=1&page=2": {"page", "duplicate"},
		"page=1&page=1": {"page", "duplicate"},
		"page[$gt]=1":   {"page", "wrong_type"},
		"page=%ff":      {"page", "wrong_format"},
		"page=1%00":     {"page", "wrong_format"},
		"includeDeleted=true&includeDeleted=false": {"includeDeleted", "duplicate"},
		"includeDeleted[$ne]=true":                 {"includeDeleted", "wrong_type"},
		"includeDeleted=":                          {"includeDeleted", "wrong_format"},
		"includeDeleted=1":                         {"includeDeleted", "wrong_format"},
		"includeDeleted=yes":                       {"includeDeleted", "wrong_format"},
		"includeDeleted=TRUE":                      {"includeDeleted", "wrong_format"},
	} {
		t.Run(query, func(t *testing.T) {
			c.Get("/users?"+query).Refused(http.StatusBadRequest, "bad_request").Field(test.field, test.word)
			if strings.HasPrefix(query, "includeDeleted") {
				c.Get("/users/"+acc.ID+"?"+query).Refused(http.StatusBadRequest, "bad_request").Field(test.field, test.word)
			}
		})
	}
	c.Get("/users?unknown=1&unknown=2").Want(http.StatusOK)
}
