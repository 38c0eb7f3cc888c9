package contract

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

// page is a page of users, and what the document says beside it.
type page struct {
	Users      []kit.User
	Pagination struct {
		TotalPages, TotalItems int
		IsLastPage             bool
	}
}

// populate makes accounts without passwords, as that costs no hash, and gives their ids in order.
func populate(t *testing.T, s *kit.Suite, n int) []string {
	t.Helper()
	c := s.Client(t)
	ids := make([]string, n)
	for i := range ids {
		body := object{"name": fmt.Sprintf("Person %d", i), "username": kit.Name(), "isTotpEnable": true}
		ids[i] = kit.Data[kit.User](c.Post("/users", body).Want(http.StatusCreated)).ID
	}
	return ids
}

func TestListUsers(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	ids := populate(t, s, 44) // and the admin before them
	c := s.Client(t)
	t.Run("answers as the document", func(t *testing.T) {
		a := c.Get("/users?page=1").Says(http.StatusOK, "Users list retrieved successfully!")
		if diff := cmp.Diff([]string{"pagination", "users"}, members(t, a)); diff != "" {
			t.Errorf("members of data (-want +got):\n%s", diff)
		}
		got := kit.Data[page](a)
		u := got.Users[1]
		if u.ID != ids[0] || u.Kats != 0 || u.Rank != nil || !u.IsActive || u.CreatedAt == "" {
			t.Errorf("user %+v", u)
		}
		if got.Pagination.TotalPages != 3 || got.Pagination.TotalItems != 45 || got.Pagination.IsLastPage {
			t.Errorf("pagination %+v", got.Pagination)
		}
	})
	t.Run("20 a page, the newest last", func(t *testing.T) {
		var walked []string
		for n, size := range []int{20, 20, 5} {
			got := kit.Data[page](c.Get(fmt.Sprintf("/users?page=%d", n+1)).Want(http.StatusOK))
			if len(got.Users) != size || got.Pagination.IsLastPage != (n == 2) {
				t.Errorf("page %d: %d users, last %t", n+1, len(got.Users), got.Pagination.IsLastPage)
			}
			for _, u := range got.Users {
				walked = append(walked, u.ID)
			}
		}
		if diff := cmp.Diff(ids, walked[1:]); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	})
	t.Run("the first page by default", func(t *testing.T) {
		if got := kit.Data[page](c.Get("/users").Want(http.StatusOK)); got.Users[1].ID != ids[0] {
			t.Errorf("first user %s", got.Users[1].ID)
		}
	})
	t.Run("a page past the end is empty", func(t *testing.T) {
		for _, n := range []string{"4", "500"} {
			got := kit.Data[page](c.Get("/users?page=" + n).Want(http.StatusOK))
			if len(got.Users) != 0 || !got.Pagination.IsLastPage {
				t.Errorf("page %s: %+v", n, got)
			}
		}
	})
	t.Run("pages past the 500th are for admins", func(t *testing.T) {
		owner, _ := s.SignUp(t)
		for _, n := range []string{"501", "2147483647"} {
			c.Get("/users?page="+n).Refused(http.StatusForbidden, "forbidden")
			owner.Get("/users?page="+n).Refused(http.StatusForbidden, "forbidden")
			if got := kit.Data[page](s.Admin(t).Get("/users?page=" + n).Want(http.StatusOK)); len(got.Users) != 0 || !got.Pagination.IsLastPage {
				t.Errorf("page %s: %+v", n, got)
			}
		}
	})
}

func TestPageIsAWholeNumber(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, text := range []string{"0", "-1", "1.5", "abc", "", "2147483648", "99999999999999999999", "1e3", "0x1", "+1", "01", "1%20", "%31%00", "١"} {
		for _, c := range []*kit.Client{s.Client(t), s.Admin(t)} {
			c.Get("/users?page="+text).Refused(http.StatusBadRequest, "bad_request").Field("page", "wrong_format")
		}
	}
}

func TestGetUserAnswersAsTheDocument(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	a := s.SignIn(t, acc).Get("/users/"+acc.ID).Says(http.StatusOK, "User retrieved successfully!")
	want := []string{"createdAt", "deletedAt", "email", "id", "isActive", "kats", "name", "rank", "username"}
	if diff := cmp.Diff(want, members(t, a)); diff != "" {
		t.Errorf("members of data (-want +got):\n%s", diff)
	}
	u := kit.Data[kit.User](a)
	if u.ID != acc.ID || u.Name != acc.Name || u.Username != acc.Username || !u.IsActive || u.DeletedAt != nil || u.Rank != nil || u.Kats != 0 {
		t.Errorf("data %s", a.Body)
	}
	if a.Header.Get("ETag") == "" {
		t.Error("no ETag")
	}
}

func TestAnUnknownUserIs404(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for _, id := range []string{"01JEVAG858D9NP6A1NMTKXPRRA", "1", "nonsense", "$ne", "01jevag858d9np6a1nmtkxprra", strings.Repeat("x", 500)} {
		c.Get("/users/"+id).Refused(http.StatusNotFound, "user_not_found")
		c.Get("/users/"+id+"?includeDeleted=true").Refused(http.StatusNotFound, "user_not_found")
	}
}

// seen is the email that a client is shown of an account, by itself and in the list.
func seen(t *testing.T, c *kit.Client, id string) string {
	t.Helper()
	single := kit.Data[kit.User](c.Get("/users/" + id).Want(http.StatusOK)).Email
	for n := 1; ; n++ {
		p := kit.Data[page](c.Get(fmt.Sprintf("/users?page=%d", n)).Want(http.StatusOK))
		for _, u := range p.Users {
			if u.ID != id {
				continue
			}
			if u.Email == nil || single == nil || *u.Email != *single {
				t.Fatalf("the list shows %v, the user %v", u.Email, single)
			}
			return *single
		}
		if p.Pagination.IsLastPage {
			t.Fatalf("%s is not in the list", id)
		}
	}
}

func TestDirectoryModes(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]struct{ stranger, member string }{
		"masked":  {"masked", "masked"},
		"open":    {"whole", "whole"},
		"members": {"", "masked"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_DIRECTORY": mode}})
			acc := s.Client(t).Register(kit.Account{Email: "john.doe@example.com"})
			shows := map[string]string{"masked": "j***@example.com", "whole": acc.Email}
			member, _ := s.SignUp(t)
			if got := seen(t, s.SignIn(t, acc), acc.ID); got != acc.Email {
				t.Errorf("the owner sees %s", got)
			}
			if got := seen(t, s.Admin(t), acc.ID); got != acc.Email {
				t.Errorf("an admin sees %s", got)
			}
			if got := seen(t, member, acc.ID); got != shows[want.member] {
				t.Errorf("a member sees %s", got)
			}
			stranger := s.Client(t)
			if want.stranger == "" {
				stranger.Get("/users").Refused(http.StatusUnauthorized, "unauthenticated")
				stranger.Get("/users/"+acc.ID).Refused(http.StatusUnauthorized, "unauthenticated")
				stranger.Get("/users/01JEVAG858D9NP6A1NMTKXPRRA").Refused(http.StatusUnauthorized, "unauthenticated")
				return
			}
			if got := seen(t, stranger, acc.ID); got != shows[want.stranger] {
				t.Errorf("a stranger sees %s", got)
			}
		})
	}
}

func TestEmailsAreMaskedByDefault(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	email := kit.Data[kit.User](s.Client(t).Get("/users/" + acc.ID)).Email
	if email == nil || *email != acc.Email[:1]+"***@example.com" {
		t.Errorf("a stranger sees %v", email)
	}
}
