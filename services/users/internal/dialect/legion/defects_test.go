package legion_test

import (
	"net/http"
	"testing"

	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/dialect/legion"
)

// A defect is told without its text, by every route.
func TestDefects(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked, func(d *core.Deps) { d.Store = struct{ core.Store }{} }) // whatever is asked of it panics
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	user := "/users/" + string(root.ID)
	for _, r := range []struct{ method, path, body string }{
		{http.MethodGet, "/users", ""},
		{http.MethodGet, user, ""},
		{http.MethodPost, "/users", `{"name":"Ada","username":"ada","password":"correct horse battery"}`},
		{http.MethodPut, user, `{"name":"Ada","username":"ada"}`},
		{http.MethodDelete, user, ""},
		{http.MethodPost, user + "/restore", ""},
		{http.MethodPut, user + "/password", `{"password":"correct horse","newPassword":"another horse battery"}`},
		{http.MethodPost, user + "/otp/secret", ""},
		{http.MethodPut, user + "/otp", `{"token":"123456"}`},
		{http.MethodDelete, user + "/otp", `{"token":"123456"}`},
		{http.MethodPatch, user + "/standing", `{"kats":1}`},
		{http.MethodPut, user + "/role", `{"role":"admin"}`},
	} {
		t.Log(r.method, r.path)
		s.do(t, r.method, r.path, string(root.ID), r.body).is(t, http.StatusInternalServerError,
			`{"success":false,"message":"Something went wrong.","error":{"code":"internal"}}`)
	}
}
