package legion_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/dialect/legion"
)

func remove(t *testing.T, s *server, a core.Account) {
	t.Helper()
	_, err := s.Delete(t.Context(), coretest.Actor(a), a.ID, nil)
	check(t, err)
}

func TestGet(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada", Email: "john@example.com"})
	bob := s.Add(t, coretest.Person{Username: "bob"})
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	body := func(email string) string {
		return `{"success":true,"message":"User retrieved successfully!","data":{"id":"` + string(ada.ID) + `","name":"ada","username":"ada","email":` +
			email + `,"kats":0,"rank":null,"isActive":true,"deletedAt":null,"createdAt":"` + created + `"}}`
	}
	path := "/users/" + string(ada.ID)
	got := s.do(t, http.MethodGet, path, "", "")
	got.is(t, http.StatusOK, body(`"j***@example.com"`))
	if tag := got.header.Get("ETag"); tag != `"1"` {
		t.Errorf("ETag %s", tag)
	}
	s.do(t, http.MethodGet, path, string(bob.ID), "").is(t, http.StatusOK, body(`"j***@example.com"`))
	s.do(t, http.MethodGet, path, string(ada.ID), "").is(t, http.StatusOK, body(`"john@example.com"`))
	s.do(t, http.MethodGet, path, string(admin.ID), "").is(t, http.StatusOK, body(`"john@example.com"`))
	s.do(t, http.MethodGet, "/users/"+string(bob.ID), "", "").is(t, http.StatusOK,
		strings.NewReplacer(string(ada.ID), string(bob.ID), `"ada"`, `"bob"`).Replace(body("null")))

	s.do(t, http.MethodGet, path, "no token", "").refuses(t, http.StatusUnauthorized, "unauthenticated")
	for _, unknown := range []string{"01JD0000000000000000000000", "x", strings.ToLower(string(ada.ID))} {
		s.do(t, http.MethodGet, "/users/"+unknown, "", "").refuses(t, http.StatusNotFound, "user_not_found")
	}
}

func TestGetDeleted(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Open)
	ada := s.Add(t, coretest.Person{Username: "ada", Email: "john@example.com"})
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	remove(t, s, ada)
	path := "/users/" + string(ada.ID)
	s.do(t, http.MethodGet, path, "", "").refuses(t, http.StatusNotFound, "user_not_found")
	s.do(t, http.MethodGet, path+"?includeDeleted=false", "", "").refuses(t, http.StatusNotFound, "user_not_found")
	short := `{"success":true,"message":"User retrieved successfully!","data":{"id":"` + string(ada.ID) + `","isActive":false,"deletedAt":"` + created + `"}}`
	s.do(t, http.MethodGet, path+"?includeDeleted=true", "", "").is(t, http.StatusOK, short)
	s.do(t, http.MethodGet, path+"?includeDeleted=true", string(admin.ID), "").is(t, http.StatusOK,
		`{"success":true,"message":"User retrieved successfully!","data":{"id":"`+string(ada.ID)+`","name":"ada","username":"ada","email":"john@example.com","kats":0,"rank":null,"isActive":false,"deletedAt":"`+
			created+`","createdAt":"`+created+`"}}`)
	for _, query := range []string{"includeDeleted=yes", "includeDeleted=", "includeDeleted=true&includeDeleted=true", "includeDeleted[$ne]=x"} {
		if got := s.do(t, http.MethodGet, path+"?"+query, "", ""); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	for directory, want := range map[legion.Directory]struct {
		stranger int
		email    string // another's, as a member sees it
	}{
		legion.Masked:  {http.StatusOK, `"j***@example.com"`},
		legion.Open:    {http.StatusOK, `"john@example.com"`},
		legion.Members: {http.StatusUnauthorized, `"j***@example.com"`},
	} {
		t.Run(string(directory), func(t *testing.T) {
			t.Parallel()
			s := serve(t, directory)
			ada := s.Add(t, coretest.Person{Username: "ada", Email: "john@example.com"})
			bob := s.Add(t, coretest.Person{Username: "bob"})
			for _, path := range []string{"/users", "/users/" + string(ada.ID)} {
				if got := s.do(t, http.MethodGet, path, "", ""); got.status != want.stranger {
					t.Errorf("GET %s by a stranger: %d", path, got.status)
				}
				if got := s.do(t, http.MethodGet, path, string(bob.ID), ""); !strings.Contains(got.body, `"email":`+want.email) {
					t.Errorf("GET %s by a member: %s", path, got.body)
				}
			}
		})
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Open)
	var all []core.Account
	for n := range 41 {
		all = append(all, s.Add(t, coretest.Person{Username: fmt.Sprintf("user%02d", n)}))
		s.Clock.Advance(time.Second)
	}
	usernames := func(path string) (names []string, pagination string) {
		got := s.do(t, http.MethodGet, path, "", "")
		if got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, got.status, got.body)
		}
		users, pagination, _ := strings.Cut(got.body, `"pagination":`)
		for _, part := range strings.Split(users, `"username":"`)[1:] {
			name, _, _ := strings.Cut(part, `"`)
			names = append(names, name)
		}
		return names, pagination
	}
	for _, c := range []struct {
		path, first, last string
		count             int
		isLast            bool
	}{
		{"/users", "user00", "user19", 20, false},
		{"/users?page=1", "user00", "user19", 20, false},
		{"/users?page=2", "user20", "user39", 20, false},
		{"/users?page=3", "user40", "user40", 1, true},
		{"/users?page=4", "", "", 0, true},
		{"/users?page=500", "", "", 0, true},
	} {
		names, pagination := usernames(c.path)
		if len(names) != c.count || c.count > 0 && (names[0] != c.first || names[c.count-1] != c.last) {
			t.Errorf("%s: %v", c.path, names)
		}
		if want := fmt.Sprintf(`{"totalPages":3,"totalItems":41,"isLastPage":%v}}}`, c.isLast); pagination != want {
			t.Errorf("%s: %s, want %s", c.path, pagination, want)
		}
	}

	remove(t, s, all[40])
	s.Clock.Advance(time.Minute)
	if names, pagination := usernames("/users?page=2"); len(names) != 20 || !strings.Contains(pagination, `"totalItems":40,"isLastPage":true`) {
		t.Errorf("without the deleted one: %d, %s", len(names), pagination)
	}
	s.do(t, http.MethodGet, "/users?page=3&includeDeleted=true", "", "").is(t, http.StatusOK,
		`{"success":true,"message":"Users list retrieved successfully!","data":{"users":[{"id":"`+string(all[40].ID)+
			`","isActive":false,"deletedAt":"2026-01-02T03:04:41.000Z"}],"pagination":{"totalPages":3,"totalItems":41,"isLastPage":true}}}`)
}

func TestListShape(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Open)
	admin := s.Add(t, coretest.Person{Username: "root", Email: "root@example.com", Admin: true})
	s.Clock.Advance(time.Second)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	s.Clock.Advance(time.Second)
	remove(t, s, ada)
	body := func(deletedAt, restoredAt, active string) string {
		return `{"success":true,"message":"Users list retrieved successfully!","data":{"users":[` +
			`{"id":"` + string(admin.ID) + `","name":"root","username":"root","email":"root@example.com","kats":0,"rank":null,"isActive":true,"createdAt":"` + created + `"},` +
			`{"id":"` + string(ada.ID) + `","name":"ada","username":"ada","email":null,"kats":0,"rank":null,"isActive":` + active + deletedAt + restoredAt + `,"createdAt":"2026-01-02T03:04:01.000Z"}],` +
			`"pagination":{"totalPages":1,"totalItems":2,"isLastPage":true}}}`
	}
	s.do(t, http.MethodGet, "/users?includeDeleted=true", string(admin.ID), "").is(t, http.StatusOK,
		body(`,"deletedAt":"2026-01-02T03:04:02.000Z"`, "", "false"))
	_, err := s.Restore(t.Context(), coretest.Actor(admin), ada.ID, nil)
	check(t, err)
	s.do(t, http.MethodGet, "/users", "", "").is(t, http.StatusOK, body("", `,"restoredAt":"2026-01-02T03:04:02.000Z"`, "true"))
}

func TestListPages(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	admin := s.Add(t, coretest.Person{Username: "root", Admin: true})
	bob := s.Add(t, coretest.Person{Username: "bob"})
	for _, query := range []string{"page=0", "page=-1", "page=2147483648", "page=1.5", "page=x", "page=", "page=01", "page=+1", "page=1&page=2", "page[$gt]=1"} {
		s.do(t, http.MethodGet, "/users?"+query, "", "").refuses(t, http.StatusBadRequest, "bad_request")
	}
	for _, bearer := range []string{"", string(bob.ID)} {
		s.do(t, http.MethodGet, "/users?page=501", bearer, "").refuses(t, http.StatusForbidden, "forbidden")
	}
	if got := s.do(t, http.MethodGet, "/users?page=2147483647", string(admin.ID), ""); got.status != http.StatusOK {
		t.Errorf("an admin's far page: %d %s", got.status, got.body)
	}
}

func TestReadsDuringAnOutage(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Masked)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	s.Store.Break(errors.New("no server at mongodb://secret"))
	for _, path := range []string{"/users", "/users/" + string(ada.ID)} {
		got := s.do(t, http.MethodGet, path, "", "")
		got.refuses(t, http.StatusServiceUnavailable, "unavailable")
		if got.header.Get("Retry-After") == "" || strings.Contains(got.body, "mongo") {
			t.Errorf("%s: %v %s", path, got.header, got.body)
		}
	}
}
