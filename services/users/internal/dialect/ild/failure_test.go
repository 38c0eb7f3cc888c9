package ild_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

// requests is one for each route, good but for what the ids name.
var requests = []struct{ method, path, body string }{
	{http.MethodGet, "/user/profile", ""},
	{http.MethodGet, "/user/profile/" + nobody, ""},
	{http.MethodGet, "/user/profile/stream/" + nobody, ""},
	{http.MethodPut, "/user/changepassword", `{"currentPassword":"correct horse","newPassword":"another horse battery"}`},
	{http.MethodPut, "/user/tutorial", ""},
	{http.MethodGet, "/user/community", ""},
	{http.MethodPost, "/user/community", `{"name":"Jazz"}`},
	{http.MethodPatch, "/user/community/join/" + nobody, ""},
	{http.MethodPatch, "/user/community/leave/" + nobody, ""},
	{http.MethodGet, "/user", ""},
	{http.MethodGet, "/user/" + nobody, ""},
	{http.MethodPatch, "/user/" + nobody + "/index", ""},
	{http.MethodPut, "/user/" + nobody + "/subscription", `{"plan":"pro","startsAt":"2025-01-01T00:00:00Z","expiresAt":"2026-01-01T00:00:00Z"}`},
	{http.MethodPut, "/user/" + nobody + "/recalculate-subscription", ""},
}

// A defect is told without its text, by every route.
func TestDefects(t *testing.T) {
	t.Parallel()
	s := serve(t, func(d *core.Deps) { d.Store = struct{ core.Store }{} }) // whatever is asked of it panics
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	for _, r := range requests {
		s.do(t, r.method, r.path, root.ID, r.body).like(t, "internal", nil)
	}
}

// An outage is told as one, by every route.
func TestOutages(t *testing.T) {
	t.Parallel()
	s := serve(t)
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	s.Store.Break(errDown)
	for _, r := range requests {
		got := s.do(t, r.method, r.path, root.ID, r.body)
		got.like(t, "unavailable", nil)
		if wait := got.header.Get("Retry-After"); wait != "1" {
			t.Errorf("%s %s: Retry-After %q", r.method, r.path, wait)
		}
	}
}

func TestRequestsThatFitNoRoute(t *testing.T) {
	t.Parallel()
	s := serve(t)
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	for _, path := range []string{"/user/", "/user/a/b", "/user/community/join", "/users"} {
		s.do(t, http.MethodPut, path, root.ID, "").like(t, "not-found", nil)
	}
	got := s.do(t, http.MethodDelete, "/user/profile", root.ID, "")
	got.like(t, "method-not-allowed", nil)
	if allow := got.header.Get("Allow"); !strings.Contains(allow, "PUT") || !strings.Contains(allow, "GET") {
		t.Errorf("Allow: %s", allow)
	}
	s.do(t, http.MethodGet, "/user/profile", root.ID, "", "Accept: text/html").like(t, "not-acceptable", nil)
	s.do(t, http.MethodPut, "/user/tutorial", root.ID, "", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site").
		refuses(t, http.StatusForbidden, "Requests from this origin are not allowed.")
	s.do(t, http.MethodPost, "/user/community", root.ID, `{"name":"`+strings.Repeat("x", 65<<10)+`"}`).
		refuses(t, http.StatusRequestEntityTooLarge)
}
