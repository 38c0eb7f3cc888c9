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

func TestChangePassword(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Password: coretest.Password})
	const path, fresh = "/user/changepassword", "another horse battery"
	good := `{"currentPassword":"` + coretest.Password + `","newPassword":"` + fresh + `"}`
	for _, test := range []struct {
		name, body string
		bearer     id.Account
		header     []string
		status     int
		texts      []string
	}{
		{"nobody", good, "", nil, 401, []string{"Authentication required"}},
		{"nothing", "", ada.ID, nil, 400, []string{"body (missing)"}},
		{"one alone", `{"newPassword":"x"}`, ada.ID, nil, 400, []string{"currentPassword (missing)"}},
		{"a number", `{"currentPassword":1,"newPassword":"x"}`, ada.ID, nil, 400, []string{"currentPassword (wrong_type)"}},
		{"twice", `{"currentPassword":"a","currentPassword":"a"}`, ada.ID, nil, 400, []string{"currentPassword (duplicate)"}},
		{"a form", good, ada.ID, []string{"Content-Type: application/x-www-form-urlencoded"}, 415, nil},
		{"too short", `{"currentPassword":"` + coretest.Password + `","newPassword":"short"}`, ada.ID, nil, 400, []string{"newPassword (too_short)"}},
		{"the wrong one", `{"currentPassword":"wrong horse battery","newPassword":"` + fresh + `"}`, ada.ID, nil, 400, []string{"The password is not correct."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.do(t, http.MethodPut, path, test.bearer, test.body, test.header...).refuses(t, test.status, test.texts...)
		})
	}
	s.Sessions.Told()
	s.do(t, http.MethodPut, path, ada.ID, good).like(t, "password-changed", nil)
	if told := s.Sessions.Told(); len(told) != 1 || !told[0].Ended || told[0].Spare != "here" {
		t.Errorf("sessions were told %+v", told)
	}
	s.do(t, http.MethodPut, path, ada.ID, good).refuses(t, http.StatusBadRequest, "The password is not correct.")
}

func TestChangePasswordWithCode(t *testing.T) {
	t.Parallel()
	s := serve(t)
	eve := s.Add(t, coretest.Person{Username: "eve", Password: coretest.Password, Enabled: true, Required: true})
	body := func(code string) string {
		return `{"currentPassword":"` + coretest.Password + `","newPassword":"another horse battery","code":"` + code + `"}`
	}
	s.do(t, http.MethodPut, "/user/changepassword", eve.ID, body("")).like(t, "code-required", nil)
	s.do(t, http.MethodPut, "/user/changepassword", eve.ID, body("00000x")).refuses(t, http.StatusUnauthorized)
	s.do(t, http.MethodPut, "/user/changepassword", eve.ID, body(s.Code(t, eve.ID))).like(t, "password-changed", nil)
}

// In a demonstration nobody locks the others out; what is said of a person may change.
func TestDemo(t *testing.T) {
	t.Parallel()
	s := serve(t, func(d *core.Deps) { d.Settings.Demo = true })
	ada := s.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	s.do(t, http.MethodPut, "/user/changepassword", ada.ID, `{"currentPassword":"`+coretest.Password+`","newPassword":"another horse battery"}`).
		refuses(t, http.StatusForbidden, "This can't be changed in a demonstration.")
	if got := s.put(t, ada.ID, text("firstName", "Ada")); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestTutorial(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	s.do(t, http.MethodPut, "/user/tutorial", "", "").like(t, "unauthorized", nil)
	s.do(t, http.MethodPut, "/user/tutorial", ada.ID, "").like(t, "tutorial", nil)
	first := s.Get(t, ada.ID)
	s.Clock.Advance(time.Hour)
	s.do(t, http.MethodPut, "/user/tutorial", ada.ID, "").like(t, "tutorial", nil)
	if again := s.Get(t, ada.ID); again.Version != first.Version || !again.Profile.TutorialFinishedAt.Equal(s.Clock.Now().Add(-time.Hour)) {
		t.Errorf("finished at %v, version %d", again.Profile.TutorialFinishedAt, again.Version)
	}
}

func (s *server) community(t testing.TB, admin id.Account, body string) string {
	t.Helper()
	got := s.do(t, http.MethodPost, "/user/community", admin, body)
	if got.status != http.StatusCreated {
		t.Fatalf("%d %s", got.status, got.body)
	}
	return got.body[len(`{"id":"`):][:len(nobody)]
}

func TestCommunities(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	s.do(t, http.MethodGet, "/user/community", ada.ID, "").is(t, http.StatusOK, "[]")
	jazz := s.community(t, root.ID, `{"name":" Jazz ","categories":["night"," music ","night"]}`)
	s.Clock.Advance(time.Second) // ids are in the order of time
	bare := s.community(t, root.ID, `{"name":"Go"}`)
	names := map[string]string{jazz: "jazz", bare: "bare"}
	s.do(t, http.MethodGet, "/user/community", ada.ID, "").like(t, "communities", names)
	s.do(t, http.MethodGet, "/user/community?limit=1&after="+jazz, ada.ID, "").like(t, "communities-part", names)
	s.do(t, http.MethodGet, "/user/community", "", "").like(t, "unauthorized", nil)

	s.do(t, http.MethodPost, "/user/community", "", `{"name":"x"}`).like(t, "unauthorized", nil)
	s.do(t, http.MethodPost, "/user/community", ada.ID, `{"name":"x"}`).like(t, "forbidden", nil)
	s.do(t, http.MethodPost, "/user/community", root.ID, `{}`).refuses(t, 400, "name (missing)")
	s.do(t, http.MethodPost, "/user/community", root.ID, `{"name":" "}`).refuses(t, 400, "name (wrong_length)")
	s.do(t, http.MethodPost, "/user/community", root.ID, `{"name":"x","categories":[""]}`).refuses(t, 400, "categories (wrong_length)")
	s.do(t, http.MethodPost, "/user/community", root.ID, `{"name":"x","categories":["a\u0007"]}`).refuses(t, 400, "categories (wrong_format)")
	s.do(t, http.MethodPost, "/user/community", root.ID, `{"name":"x","categories":[1]}`).refuses(t, 400, "categories.0 (wrong_type)")
}

func TestJoinAndLeave(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	jazz := s.community(t, root.ID, `{"name":"Jazz"}`)
	joined := func(want int) {
		t.Helper()
		if got := s.Get(t, ada.ID).Profile.Communities; len(got) != want {
			t.Fatalf("a member of %v", got)
		}
	}
	for _, verb := range []string{"join", "leave"} {
		path := "/user/community/" + verb + "/"
		s.do(t, http.MethodPatch, path+jazz, "", "").like(t, "unauthorized", nil)
		s.do(t, http.MethodPatch, path+nobody, ada.ID, "").like(t, "not-found", nil)
		s.do(t, http.MethodPatch, path+"x", ada.ID, "").like(t, "not-found", nil)
	}
	for range 2 {
		s.do(t, http.MethodPatch, "/user/community/join/"+jazz, ada.ID, "").like(t, "joined", nil)
		joined(1)
	}
	for range 2 {
		s.do(t, http.MethodPatch, "/user/community/leave/"+jazz, ada.ID, "").like(t, "left", nil)
		joined(0)
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	jazz := s.community(t, root.ID, `{"name":"Jazz","categories":["night","music"]}`)
	opera := s.community(t, root.ID, `{"name":"Opera","categories":["music","drama"]}`)
	for _, community := range []string{jazz, opera} {
		s.do(t, http.MethodPatch, "/user/community/join/"+community, ada.ID, "").like(t, "joined", nil)
	}
	path := "/user/" + string(ada.ID) + "/index"
	s.do(t, http.MethodPatch, path, "", "").like(t, "unauthorized", nil)
	s.do(t, http.MethodPatch, path, ada.ID, "").like(t, "forbidden", nil)
	s.do(t, http.MethodPatch, "/user/"+nobody+"/index", root.ID, "").like(t, "not-found", nil)
	s.do(t, http.MethodPatch, path, root.ID, "").
		like(t, "indexed", map[string]string{string(ada.ID): "ada", jazz: "jazz", opera: "opera"})
}

func TestSubscription(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	names := map[string]string{string(ada.ID): "ada"}
	path := "/user/" + string(ada.ID)
	s.do(t, http.MethodPut, path+"/recalculate-subscription", root.ID, "").like(t, "subscription-none", names)
	// The clock stands at 2026-01-02T03:04:00Z.
	period := func(from, to string) string {
		return `{"plan":" pro ","startsAt":"` + from + `","expiresAt":"` + to + `"}`
	}
	for _, test := range []struct{ name, from, to string }{
		{"active", "2026-01-02T05:04:00+02:00", "2026-01-02T03:04:00.001Z"},
		{"before", "2026-01-02T03:04:00.001Z", "2027-01-01T00:00:00Z"},
		{"grace", "2025-01-01T00:00:00Z", "2026-01-02T03:04:00Z"},
		{"grace-ends", "2025-01-01T00:00:00Z", "2025-12-26T03:04:00.001Z"},
		{"expired", "2025-01-01T00:00:00Z", "2025-12-26T03:04:00Z"},
	} {
		s.do(t, http.MethodPut, path+"/subscription", root.ID, period(test.from, test.to)).like(t, "subscription-"+test.name, names)
	}
	for _, test := range []struct{ body, text string }{
		{`{}`, "expiresAt (missing), plan (missing), startsAt (missing)"},
		{period("yesterday", "2026-01-01T00:00:00Z"), "startsAt (wrong_format)"},
		{`{"plan":"pro","startsAt":null,"expiresAt":"2026-01-01T00:00:00Z"}`, "startsAt (wrong_type)"},
		{period("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), "expiresAt (wrong_format)"},
		{period("0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), "startsAt (wrong_format)"},
		{period("2026-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00"), "expiresAt (wrong_format)"},
		{`{"plan":"","startsAt":"2025-01-01T00:00:00Z","expiresAt":"2026-01-01T00:00:00Z"}`, "plan (wrong_length)"},
	} {
		s.do(t, http.MethodPut, path+"/subscription", root.ID, test.body).refuses(t, http.StatusBadRequest, test.text)
	}
	good := period("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
	for _, p := range []string{"/subscription", "/recalculate-subscription"} {
		s.do(t, http.MethodPut, path+p, "", good).like(t, "unauthorized", nil)
		s.do(t, http.MethodPut, path+p, ada.ID, good).like(t, "forbidden", nil)
		s.do(t, http.MethodPut, "/user/"+nobody+p, root.ID, good).like(t, "not-found", nil)
	}
	s.do(t, http.MethodPut, path+"/subscription", root.ID, good, "Content-Type: text/plain").refuses(t, http.StatusUnsupportedMediaType)
}

// The status is as it was computed last, until somebody asks for it anew.
func TestRecalculate(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	_, err := s.SetSubscription(t.Context(), core.SetSubscription{
		Actor: coretest.Actor(root), Account: ada.ID, Plan: "pro", StartsAt: s.Clock.Now(), ExpiresAt: s.Clock.Now().Add(time.Hour),
	})
	check(t, err)
	s.Clock.Advance(12 * 24 * time.Hour)
	if got := s.Get(t, ada.ID).Profile.Subscription.Status; got != usersapi.StatusActive {
		t.Errorf("it became %s by itself", got)
	}
	s.do(t, http.MethodPut, "/user/"+string(ada.ID)+"/recalculate-subscription", root.ID, "").
		like(t, "subscription-recalculated", map[string]string{string(ada.ID): "ada"})
}
