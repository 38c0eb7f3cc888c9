package ild_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

// whole gives an account everything that the dialect tells, and everything that it must not.
func (s *server) whole(t testing.TB, p coretest.Person) core.Account {
	t.Helper()
	p.Email, p.Verified, p.Password = p.Username+"@example.com", true, coretest.Password
	before := s.Add(t, p)
	after := before
	at := s.Clock.Now()
	after.Profile = core.Profile{
		FirstName: "Ada", LastName: "Lovelace", Bio: "Wrote a program.", Image: "01JD0000000000000000000001", TutorialFinishedAt: at,
		Communities: []string{"01JD0000000000000000000002"}, Categories: []string{"art", "music"},
		Subscription: core.Subscription{Plan: "pro", Status: usersapi.StatusActive, StartsAt: at, ExpiresAt: at.Add(time.Hour)},
	}
	after.APIKey = core.APIKey{Hash: "hash of the API key", Sealed: []byte("sealed")}
	after.Version++
	check(t, s.Store.Update(t.Context(), before, after))
	return after
}

func TestProfile(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.whole(t, coretest.Person{Username: "ada"})
	bob := s.Add(t, coretest.Person{Username: "bob"})
	s.do(t, http.MethodGet, "/user/profile", ada.ID, "").like(t, "profile-whole", map[string]string{string(ada.ID): "ada"})
	s.do(t, http.MethodGet, "/user/profile", bob.ID, "").like(t, "profile-bare", map[string]string{string(bob.ID): "bob"})
	s.do(t, http.MethodGet, "/user/profile", "", "").like(t, "unauthorized", nil)
	s.do(t, http.MethodHead, "/user/profile", ada.ID, "").is(t, http.StatusOK, "")
}

func TestPublicProfile(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.whole(t, coretest.Person{Username: "ada"})
	bob := s.Add(t, coretest.Person{Username: "bob", Email: "bob@example.com"})
	gone := s.Add(t, coretest.Person{Username: "gone"})
	s.remove(t, gone)
	path := func(account id.Account) string { return "/user/profile/" + string(account) }
	s.do(t, http.MethodGet, path(ada.ID), "", "").like(t, "public-whole", map[string]string{string(ada.ID): "ada"})
	s.do(t, http.MethodGet, path(bob.ID), "", "").like(t, "public-bare", map[string]string{string(bob.ID): "bob"})
	for _, unknown := range []id.Account{gone.ID, nobody, "x", "%00"} {
		s.do(t, http.MethodGet, path(unknown), "", "").like(t, "not-found", nil)
	}
}

func (s *server) remove(t testing.TB, a core.Account) {
	t.Helper()
	_, err := s.Core.Delete(t.Context(), coretest.Actor(a), a.ID, nil)
	check(t, err)
}

func TestUser(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.whole(t, coretest.Person{Username: "ada"})
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	gone := s.Add(t, coretest.Person{Username: "gone"})
	s.remove(t, gone)
	s.do(t, http.MethodGet, "/user/"+string(ada.ID), root.ID, "").like(t, "user-whole", map[string]string{string(ada.ID): "ada"})
	s.do(t, http.MethodGet, "/user/"+string(ada.ID), ada.ID, "").like(t, "forbidden", nil)
	s.do(t, http.MethodGet, "/user/"+nobody, ada.ID, "").like(t, "forbidden", nil)
	s.do(t, http.MethodGet, "/user/"+string(ada.ID), "", "").like(t, "unauthorized", nil)
	for _, unknown := range []id.Account{gone.ID, nobody, "x"} {
		s.do(t, http.MethodGet, "/user/"+string(unknown), root.ID, "").like(t, "not-found", nil)
	}
}
