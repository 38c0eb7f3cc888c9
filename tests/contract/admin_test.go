package contract

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestDeleteAnswersAsTheDocument(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	a := s.SignIn(t, acc).Delete("/users/"+acc.ID, nil).Says(http.StatusOK, "User deleted successfully!")
	want := []string{"createdAt", "deletedAt", "email", "id", "isActive", "kats", "name", "rank", "username"}
	if diff := cmp.Diff(want, members(t, a)); diff != "" {
		t.Errorf("members of data (-want +got):\n%s", diff)
	}
	u := kit.Data[kit.User](a)
	if u.IsActive || u.DeletedAt == nil || u.ID != acc.ID || u.Email == nil || *u.Email != acc.Email {
		t.Errorf("data %s", a.Body)
	}
}

func TestADeletedAccountIsGoneButForItsNames(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	c, other := s.SignIn(t, acc), s.SignIn(t, acc)
	token := s.Forgot(t, acc.Email, acc.Email)
	c.Delete("/users/"+acc.ID, nil).Want(http.StatusOK)
	for _, session := range []*kit.Client{c, other} {
		if session.Alive() {
			t.Error("a session lives on")
		}
		session.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	}
	s.Client(t).Login(acc.Username, acc.Password).Refused(http.StatusUnauthorized, "invalid_credentials")
	s.Client(t).Get("/users/"+acc.ID).Refused(http.StatusNotFound, "user_not_found")
	reset(s.Client(t), token, kit.Password()).Refused(http.StatusUnprocessableEntity, "invalid_token")
	s.Client(t).Post("/users", object{"name": "J", "username": acc.Username, "isTotpEnable": true}).Refused(http.StatusConflict, "username_taken")
	s.Client(t).Post("/users", object{"name": "J", "username": kit.Name(), "email": acc.Email, "isTotpEnable": true}).
		Refused(http.StatusConflict, "email_taken")
	s.Admin(t).Delete("/users/"+acc.ID, nil).Refused(http.StatusNotFound, "user_not_found")
	s.Admin(t).Put("/users/"+acc.ID, object{"name": "J", "username": acc.Username}).Refused(http.StatusNotFound, "user_not_found")
}

func TestIncludeDeletedShowsTheShortForm(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	gone := deleted(t, s)
	live := s.Register(t)
	restored := deleted(t, s)
	admin := s.Admin(t)
	admin.Post("/users/"+restored.ID+"/restore", nil).Want(http.StatusOK)
	short := []string{"deletedAt", "id", "isActive"}
	for name, c := range map[string]*kit.Client{"a stranger": s.Client(t), "a member": s.SignIn(t, live)} {
		a := c.Get("/users/"+gone.ID+"?includeDeleted=true").Says(http.StatusOK, "User retrieved successfully!")
		if diff := cmp.Diff(short, members(t, a)); diff != "" {
			t.Errorf("%s sees (-want +got):\n%s", name, diff)
		}
		if u := kit.Data[kit.User](a); u.IsActive || u.DeletedAt == nil {
			t.Errorf("%s sees %s", name, a.Body)
		}
		for _, query := range []string{"", "?includeDeleted=false"} {
			c.Get("/users/"+gone.ID+query).Refused(http.StatusNotFound, "user_not_found")
		}
	}
	u := kit.Data[kit.User](admin.Get("/users/" + gone.ID + "?includeDeleted=true").Want(http.StatusOK))
	if u.Username != gone.Username || u.DeletedAt == nil || u.Email == nil || *u.Email != gone.Email {
		t.Errorf("an admin sees %+v", u)
	}

	listed := func(c *kit.Client, query string) map[string]kit.User {
		out := map[string]kit.User{}
		for _, u := range kit.Data[page](c.Get("/users" + query).Want(http.StatusOK)).Users {
			out[u.ID] = u
		}
		return out
	}
	for _, query := range []string{"", "?includeDeleted=false"} {
		if _, there := listed(s.Client(t), query)[gone.ID]; there {
			t.Errorf("%q lists a deleted user", query)
		}
	}
	list := listed(s.Client(t), "?includeDeleted=true")
	if u := list[gone.ID]; u.IsActive || u.Username != "" || u.Name != "" || u.Email != nil || u.DeletedAt == nil {
		t.Errorf("a stranger's list has %+v", u)
	}
	if u := list[live.ID]; u.Username != live.Username || u.DeletedAt != nil {
		t.Errorf("a stranger's list has %+v", u)
	}
	if u := list[restored.ID]; u.Username != restored.Username || u.RestoredAt == nil || u.DeletedAt != nil {
		t.Errorf("a stranger's list has %+v", u)
	}
	if u := listed(admin, "?includeDeleted=true")[gone.ID]; u.Username != gone.Username || u.DeletedAt == nil {
		t.Errorf("an admin's list has %+v", u)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	c := s.SignIn(t, acc)
	c.Delete("/users/"+acc.ID, nil).Want(http.StatusOK)
	admin, member := s.Admin(t), s.SignIn(t, s.Register(t))
	path := "/users/" + acc.ID + "/restore"
	member.Post(path, nil).Refused(http.StatusForbidden, "forbidden")
	u := kit.Data[kit.User](admin.Post(path, nil).Says(http.StatusOK, "User restored successfully!"))
	if u.ID != acc.ID || !u.IsActive || u.RestoredAt == nil {
		t.Errorf("data %+v", u)
	}
	admin.Post(path, nil).Refused(http.StatusConflict, "not_deleted")
	admin.Post("/users/01JEVAG858D9NP6A1NMTKXPRRA/restore", nil).Refused(http.StatusNotFound, "user_not_found")
	if c.Alive() {
		t.Error("a session of before is alive again")
	}
	again := kit.Data[kit.User](s.SignIn(t, acc).Get("/users/" + acc.ID).Want(http.StatusOK))
	if !again.IsActive || again.DeletedAt != nil || again.Email == nil {
		t.Errorf("user %+v", again)
	}
}

func TestADeletedAccountIsPurgedAfterTheRetention(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_RETENTION": "1s"}})
	acc := deleted(t, s)
	admin := s.Admin(t)
	kit.Eventually(t, "the purge", func() bool {
		return admin.Get("/users/"+acc.ID+"?includeDeleted=true").Status == http.StatusNotFound
	})
	again := s.Client(t).Register(kit.Account{Username: acc.Username, Email: acc.Email})
	if again.ID == acc.ID {
		t.Error("an id is given again")
	}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	admin, path := s.Admin(t), "/users/"+acc.ID+"/standing"
	a := admin.Patch(path, object{"kats": 5, "rank": 3}).Says(http.StatusOK, "User standing updated successfully!")
	if u := kit.Data[kit.User](a); u.ID != acc.ID || u.Kats != 5 || u.Rank == nil || *u.Rank != 3 {
		t.Errorf("data %s", a.Body)
	}
	if u := kit.Data[kit.User](admin.Patch(path, object{"kats": -2}).Want(http.StatusOK)); u.Kats != 3 || u.Rank == nil || *u.Rank != 3 {
		t.Errorf("an absent rank does not stay: %+v", u)
	}
	if u := kit.Data[kit.User](admin.Patch(path, object{"rank": nil}).Want(http.StatusOK)); u.Kats != 3 || u.Rank != nil {
		t.Errorf("null does not unset the rank: %+v", u)
	}
	for name, body := range map[string]object{
		"a fraction": {"kats": 1.5}, "a string": {"kats": "1"}, "nothing": {}, "null": {"kats": nil},
		"too many": {"kats": 1e18}, "rank a string": {"rank": "1"}, "rank below 0": {"rank": -1},
	} {
		if a := admin.Patch(path, body); a.Status != http.StatusBadRequest {
			t.Errorf("%s: status %d, body %s", name, a.Status, a.Body)
		}
	}
	admin.Patch(path, object{"kats": -4}).Refused(http.StatusUnprocessableEntity, "value_refused").Field("kats", "out_of_bounds")
	if u := kit.Data[kit.User](s.Client(t).Get("/users/" + acc.ID)); u.Kats != 3 || u.Rank != nil {
		t.Errorf("a refused change changed %+v", u)
	}
	admin.Patch("/users/01JEVAG858D9NP6A1NMTKXPRRA/standing", object{"kats": 1}).Refused(http.StatusNotFound, "user_not_found")
}

func TestKatsAreAddedAtomicallyAndNeverBelowZero(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	admin, path := s.Admin(t), "/users/"+acc.ID+"/standing"
	change := func(n, by int) map[int]int {
		answers := make([]*kit.Answer, n)
		kit.Parallel(n, func(i int) { answers[i] = admin.Clone().Patch(path, object{"kats": by}) })
		return statuses(answers)
	}
	if diff := cmp.Diff(map[int]int{http.StatusOK: 30}, change(30, 1)); diff != "" {
		t.Errorf("adding (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[int]int{http.StatusOK: 10, http.StatusUnprocessableEntity: 20}, change(30, -3)); diff != "" {
		t.Errorf("taking (-want +got):\n%s", diff)
	}
	if u := kit.Data[kit.User](s.Client(t).Get("/users/" + acc.ID)); u.Kats != 0 {
		t.Errorf("%d kats", u.Kats)
	}
}

func TestARoleChangeEndsSessionsAndCountsAtOnce(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	admin, path := s.Admin(t), "/users/"+acc.ID+"/role"
	a := admin.Put(path, object{"role": "admin"}).Says(http.StatusOK, "User role updated successfully!")
	if got := kit.Data[struct{ ID, Role string }](a); got.ID != acc.ID || got.Role != "admin" {
		t.Errorf("data %s", a.Body)
	}
	if c.Alive() {
		t.Error("a session of the old role lives on")
	}
	c.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	promoted := s.SignIn(t, acc)
	if got := check(t, promoted).User.Role; got != "admin" {
		t.Errorf("role %q", got)
	}
	promoted.Patch("/users/"+acc.ID+"/standing", object{"kats": 1}).Want(http.StatusOK)
	admin.Put(path, object{"role": "standard"}).Want(http.StatusOK)
	promoted.Patch("/users/"+acc.ID+"/standing", object{"kats": 1}).Refused(http.StatusUnauthorized, "unauthenticated")
	s.SignIn(t, acc).Patch("/users/"+acc.ID+"/standing", object{"kats": 1}).Refused(http.StatusForbidden, "forbidden")
	for _, role := range []any{"root", "", "Admin", nil, 1, []any{"admin"}} {
		if a := admin.Put(path, object{"role": role}); a.Status != http.StatusBadRequest {
			t.Errorf("role %v: status %d", role, a.Status)
		}
	}
}

func TestTheLastAdminCannotBeDemotedOrDeleted(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	admin := s.Admin(t)
	me := check(t, admin).User.ID
	admin.Put("/users/"+me+"/role", object{"role": "standard"}).Refused(http.StatusConflict, "last_admin")
	admin.Delete("/users/"+me, nil).Refused(http.StatusConflict, "last_admin")
	if !admin.Alive() {
		t.Fatal("a refused demotion ended the session")
	}
	second := s.Register(t)
	admin.Put("/users/"+second.ID+"/role", object{"role": "admin"}).Want(http.StatusOK)
	other := s.SignIn(t, second)
	clients, answers := []*kit.Client{admin, other}, make([]*kit.Answer, 2)
	targets := []string{second.ID, me}
	kit.Parallel(2, func(i int) { answers[i] = clients[i].Put("/users/"+targets[i]+"/role", object{"role": "standard"}) })
	if count := statuses(answers); count[http.StatusOK] != 1 {
		t.Errorf("two admins who demote each other get %v", count)
	}
}
