package legion_test

import (
	"net/http"
	"testing"

	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/dialect/legion"
)

func TestUpdate(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Verified: true})
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	path := "/users/" + string(ada.ID)
	body := func(name, username, email string) string {
		return `{"success":true,"message":"User updated successfully!","data":{"id":"` + string(ada.ID) + `","name":"` + name +
			`","username":"` + username + `","email":` + email + `,"isActive":true,"createdAt":"` + created + `"}}`
	}
	got := s.do(t, http.MethodPut, path, string(ada.ID), `{"name":" Ada L. ","username":"Ada"}`)
	got.is(t, http.StatusOK, body("Ada L.", "Ada", `"ada@example.com"`))
	if tag := got.header.Get("ETag"); tag != `"2"` {
		t.Errorf("ETag %s", tag)
	}
	s.do(t, http.MethodPut, path, string(admin.ID), `{"name":"Ada","username":"ada","email":"new@example.com"}`).
		is(t, http.StatusOK, body("Ada", "ada", `"new@example.com"`))
	s.do(t, http.MethodPut, path, string(ada.ID), `{"name":"Ada","username":"ada","email":null}`).
		is(t, http.StatusOK, body("Ada", "ada", "null"))
}

func TestUpdateRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com"})
	bob := s.Add(t, coretest.Person{Username: "bob", Email: "bob@example.com"})
	eve := s.Add(t, coretest.Person{Username: "eve", Password: coretest.Password, Enabled: true, Required: true})
	const good = `{"name":"Ada","username":"ada"}`
	for _, c := range []struct {
		name, path, bearer, body string
		status                   int
		code                     string
		field                    []string
		header                   []string
	}{
		{"nobody", string(ada.ID), "", good, 401, "unauthenticated", nil, nil},
		{"another", string(ada.ID), string(bob.ID), good, 403, "forbidden", nil, nil},
		{"another whom nobody knows", "01JD0000000000000000000000", string(bob.ID), good, 403, "forbidden", nil, nil},
		{"no name", string(ada.ID), string(ada.ID), `{"username":"ada"}`, 400, "bad_request", []string{"name: missing"}, nil},
		{"no username", string(ada.ID), string(ada.ID), `{"name":"Ada"}`, 400, "bad_request", []string{"username: missing"}, nil},
		{"username null", string(ada.ID), string(ada.ID), `{"name":"Ada","username":null}`, 400, "bad_request", []string{"username: wrong_type"}, nil},
		{"email a number", string(ada.ID), string(ada.ID), `{"name":"Ada","username":"ada","email":1}`, 400, "bad_request", []string{"email: wrong_type"}, nil},
		{"email empty", string(ada.ID), string(ada.ID), `{"name":"Ada","username":"ada","email":""}`, 400, "email_malformed", []string{"email: wrong_format"}, nil},
		{"username's letters", string(ada.ID), string(ada.ID), `{"name":"Ada","username":"ädä"}`, 422, "username_refused", []string{"username: wrong_format"}, nil},
		{"taken username", string(ada.ID), string(ada.ID), `{"name":"Ada","username":"BOB"}`, 409, "username_taken", []string{"username: taken"}, nil},
		{"taken email", string(ada.ID), string(ada.ID), `{"name":"Ada","username":"ada","email":"BOB@example.com"}`, 409, "email_taken", []string{"email: taken"}, nil},
		{"an old version", string(ada.ID), string(ada.ID), good, 409, "version_conflict", nil, []string{`If-Match: "7"`}},
		{"a tag that is none of ours", string(ada.ID), string(ada.ID), good, 409, "version_conflict", nil, []string{`If-Match: 1`}},
		{"no code", string(eve.ID), string(eve.ID), `{"name":"Eve","username":"eve2"}`, 403, "two_factor_required", nil, nil},
		{"a wrong code", string(eve.ID), string(eve.ID), `{"name":"Eve","username":"eve2","token":"00000x"}`, 401, "invalid_code", nil, nil},
		{"form", string(ada.ID), string(ada.ID), good, 415, "unsupported_media_type", nil, []string{"Content-Type: application/x-www-form-urlencoded"}},
		{"no JSON wanted", string(ada.ID), string(ada.ID), good, 406, "not_acceptable", nil, []string{"Accept: text/html"}},
		{"no CSRF token", string(ada.ID), string(ada.ID), good, 403, "csrf_invalid", nil, []string{"X-CSRF-Token: x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s.do(t, http.MethodPut, "/users/"+c.path, c.bearer, c.body, c.header...).refuses(t, c.status, c.code, c.field...)
		})
	}
}

func TestUpdateWithCode(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	eve := s.Add(t, coretest.Person{Username: "eve", Password: coretest.Password, Enabled: true, Required: true})
	path := "/users/" + string(eve.ID)
	if got := s.do(t, http.MethodPut, path, string(eve.ID), `{"name":"Eve","username":"eve"}`); got.status != http.StatusOK {
		t.Errorf("a name alone needs no code: %s", got.body)
	}
	if got := s.do(t, http.MethodPut, path, string(eve.ID), `{"name":"Eve","username":"eve2","token":"`+s.Code(t, eve.ID)+`"}`); got.status != http.StatusOK {
		t.Errorf("with the code: %s", got.body)
	}
}

func TestUpdateIfMatch(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	path := "/users/" + string(ada.ID)
	for _, tag := range []string{`"1"`, `*`} {
		if got := s.do(t, http.MethodPut, path, string(ada.ID), `{"name":"Ada","username":"ada"}`, "If-Match: "+tag); got.status != http.StatusOK {
			t.Errorf("If-Match %s: %s", tag, got.body)
		}
	}
}

func TestUpdateIsLimitedByRecipient(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com"})
	s.Limits.Refuse(limit.MailHour())
	path := "/users/" + string(ada.ID)
	s.do(t, http.MethodPut, path, string(ada.ID), `{"name":"Ada","username":"ada","email":"new@example.com"}`).
		refuses(t, http.StatusTooManyRequests, "too_many_requests")
	if a := s.Get(t, ada.ID); a.Email != "ada@example.com" || a.Version != 1 {
		t.Errorf("changed all the same: %s", a.Email)
	}
	if got := s.do(t, http.MethodPut, path, string(ada.ID), `{"name":"Ada","username":"ada","email":"ADA@example.com"}`); got.status != http.StatusOK {
		t.Errorf("another spelling sends no mail: %s", got.body)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com"})
	bob := s.Add(t, coretest.Person{Username: "bob"})
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	path := "/users/" + string(ada.ID)
	s.do(t, http.MethodDelete, path, "", "").refuses(t, http.StatusUnauthorized, "unauthenticated")
	s.do(t, http.MethodDelete, path, string(bob.ID), "").refuses(t, http.StatusForbidden, "forbidden")
	s.do(t, http.MethodDelete, path, string(ada.ID), "", `If-Match: "0"`).refuses(t, http.StatusConflict, "version_conflict")
	s.do(t, http.MethodDelete, path, string(ada.ID), "").is(t, http.StatusOK,
		`{"success":true,"message":"User deleted successfully!","data":{"id":"`+string(ada.ID)+
			`","name":"ada","username":"ada","email":"ada@example.com","kats":0,"rank":null,"isActive":false,"deletedAt":"`+created+`","createdAt":"`+created+`"}}`)
	s.do(t, http.MethodDelete, path, string(ada.ID), "").refuses(t, http.StatusUnauthorized, "unauthenticated")
	s.do(t, http.MethodDelete, path, string(admin.ID), "").refuses(t, http.StatusNotFound, "user_not_found")
	post(t, s, `{"name":"Ada","username":"ada","isTotpEnable":true}`).refuses(t, http.StatusConflict, "username_taken", "username: taken")
	s.do(t, http.MethodDelete, "/users/"+string(admin.ID), string(admin.ID), "").refuses(t, http.StatusConflict, "last_admin")
}

func TestRestore(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	bob := s.Add(t, coretest.Person{Username: "bob"})
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	path := "/users/" + string(ada.ID) + "/restore"
	s.do(t, http.MethodPost, path, string(admin.ID), "").refuses(t, http.StatusConflict, "not_deleted")
	remove(t, s, ada)
	s.do(t, http.MethodPost, path, string(bob.ID), "").refuses(t, http.StatusForbidden, "forbidden")
	s.do(t, http.MethodPost, path, string(admin.ID), "").is(t, http.StatusOK,
		`{"success":true,"message":"User restored successfully!","data":{"id":"`+string(ada.ID)+`","isActive":true,"restoredAt":"`+created+`"}}`)
	if a := s.Get(t, ada.ID); a.Deleted() || a.APIKey.Hash == "" {
		t.Errorf("deleted %v, API key %q", a.DeletedAt, a.APIKey.Hash)
	}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	path := "/users/" + string(ada.ID) + "/standing"
	patch := func(body string, more ...string) answer {
		t.Helper()
		return s.do(t, http.MethodPatch, path, string(admin.ID), body, more...)
	}
	is := func(got answer, standing string) {
		t.Helper()
		got.is(t, http.StatusOK, `{"success":true,"message":"User standing updated successfully!","data":{"id":"`+string(ada.ID)+`",`+standing+`}}`)
	}
	is(patch(`{"kats":5}`), `"kats":5,"rank":null`)
	is(patch(`{"kats":-2,"rank":0}`, `If-Match: "2"`), `"kats":3,"rank":0`)
	is(patch(`{"rank":7}`), `"kats":3,"rank":7`)
	is(patch(`{"kats":0,"rank":null}`), `"kats":3,"rank":null`)
	patch(`{"kats":-4}`).refuses(t, http.StatusUnprocessableEntity, "value_refused", "kats: out_of_bounds")
	patch(`{"kats":1.5}`).refuses(t, http.StatusBadRequest, "bad_request", "kats: wrong_type")
	patch(`{"kats":1e99}`).refuses(t, http.StatusBadRequest, "bad_request", "kats: wrong_type")
	patch(`{"rank":-1}`).refuses(t, http.StatusBadRequest, "bad_request", "rank: wrong_format")
	patch(`{}`).refuses(t, http.StatusBadRequest, "bad_request", "kats: missing")
	patch(`{"kats":1}`, `If-Match: "1"`).refuses(t, http.StatusConflict, "version_conflict")
	s.do(t, http.MethodPatch, path, string(ada.ID), `{"kats":1}`).refuses(t, http.StatusForbidden, "forbidden")
	if a := s.Get(t, ada.ID); a.Kats != 3 {
		t.Errorf("refused changes left %d kats", a.Kats)
	}
}

func TestRole(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	put := func(of, by, body string) answer {
		t.Helper()
		return s.do(t, http.MethodPut, "/users/"+of+"/role", by, body)
	}
	put(string(ada.ID), string(ada.ID), `{"role":"admin"}`).refuses(t, http.StatusForbidden, "forbidden")
	put(string(admin.ID), string(admin.ID), `{"role":"standard"}`).refuses(t, http.StatusConflict, "last_admin")
	put(string(ada.ID), string(admin.ID), `{"role":"owner"}`).refuses(t, http.StatusBadRequest, "bad_request", "role: wrong_format")
	put(string(ada.ID), string(admin.ID), `{"role":"admin"}`).is(t, http.StatusOK,
		`{"success":true,"message":"User role updated successfully!","data":{"id":"`+string(ada.ID)+`","role":"admin"}}`)
	if got := put(string(admin.ID), string(ada.ID), `{"role":"standard"}`); got.status != http.StatusOK {
		t.Errorf("demoting one of two: %s", got.body)
	}
}
