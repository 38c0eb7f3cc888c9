package contract

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestSessionListTellsNoSecret(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	first, acc := s.SignUp(t)
	second := s.Client(t)
	second.Header["User-Agent"] = "Example/1.0 (second)"
	second.Took(second.Login(acc.Username, acc.Password).Want(http.StatusOK))
	a := second.Get("/users/auth/sessions").Says(http.StatusOK, "Sessions list retrieved successfully!")
	list := second.Sessions()
	if len(list) != 2 || !list[0].IsCurrent || list[1].IsCurrent || list[0].Agent != "Example/1.0 (second)" || list[0].Dialect != "legion" {
		t.Errorf("sessions %+v, want two, the newest first and current", list)
	}
	if regexp.MustCompile(`eyJ|\.[A-Za-z0-9_-]{20,}`).Match(a.Body) {
		t.Errorf("the list holds a token: %s", a.Body)
	}
	if !first.Alive() {
		t.Error("a second sign-in ended the first session")
	}
}

func TestLogoutEndsTheSessionAtOnce(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	other := s.SignIn(t, acc)
	a := c.Clone().Post("/users/auth/logout", nil).Says(http.StatusOK, "User logged out successfully!")
	cookie := a.Cookie("refreshToken")
	if cookie == nil || cookie.Value != "" || cookie.MaxAge >= 0 || cookie.Path != "/users/auth/refresh" {
		t.Errorf("cookie %+v, want it emptied", cookie)
	}
	for _, service := range []string{"/users/auth/sessions", "/sign/check", "/users/" + acc.ID} {
		if a := c.Get(service); a.Status != http.StatusUnauthorized {
			t.Errorf("%s answers %d after logout", service, a.Status)
		}
	}
	c.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	c.Post("/users/auth/logout", nil).Refused(http.StatusUnauthorized, "unauthenticated")
	if !other.Alive() {
		t.Error("another session ended too")
	}
}

func TestEndOneSession(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	other := s.SignIn(t, acc)
	stranger, _ := s.SignUp(t)
	id := other.Sessions()[0].ID
	stranger.Delete("/users/auth/sessions/"+id, nil).Refused(http.StatusNotFound, "session_not_found")
	for _, unknown := range []string{acc.ID, "nonsense", "01JEVAG858D9NP6A1NMTKXPRRA"} {
		c.Delete("/users/auth/sessions/"+unknown, nil).Refused(http.StatusNotFound, "session_not_found")
	}
	if !other.Alive() {
		t.Fatal("a refused revocation ended the session")
	}
	a := c.Delete("/users/auth/sessions/"+id, nil).Says(http.StatusOK, "Session ended successfully!")
	if got := kit.Data[struct{ ID string }](a).ID; got != id {
		t.Errorf("data says %s", got)
	}
	if other.Alive() || !c.Alive() {
		t.Error("the wrong session ended")
	}
	c.Delete("/users/auth/sessions/"+id, nil).Refused(http.StatusNotFound, "session_not_found")
}

func TestEndAllSessionsButThisOne(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	others := []*kit.Client{s.SignIn(t, acc), s.SignIn(t, acc)}
	a := c.Delete("/users/auth/sessions", nil).Says(http.StatusOK, "Other sessions ended successfully!")
	if got := kit.Data[struct{ Ended int }](a).Ended; got != len(others) {
		t.Errorf("ended %d", got)
	}
	for _, other := range others {
		if other.Alive() {
			t.Error("another session lives on")
		}
		other.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	}
	if !c.Alive() {
		t.Error("the session that asked ended")
	}
}

func TestAnAccountHasAHundredSessionsAtMost(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	oldest, acc := s.SignUp(t)
	second, newest := s.SignIn(t, acc), s.Client(t)
	for range 99 {
		newest.SignIn(acc)
	}
	if got := len(newest.Sessions()); got != 100 {
		t.Errorf("%d sessions", got)
	}
	if oldest.Alive() || !second.Alive() || !newest.Alive() {
		t.Error("not the oldest one made room")
	}
}

func TestASessionEndsEverywhereInTheSuiteAtOnce(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	admin := s.Admin(t)
	admin.Delete("/users/"+acc.ID, nil).Want(http.StatusOK)
	var got []int
	for _, a := range []*kit.Answer{
		c.Get("/users/auth/sessions"), c.Get("/sign/check"), c.Get("/users/" + acc.ID), c.Post("/users/"+acc.ID+"/otp/secret", nil),
	} {
		got = append(got, a.Status)
	}
	if diff := cmp.Diff([]int{401, 401, 401, 401}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestCheckTellsWhoAsks(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterVerified(t)
	c := s.SignIn(t, acc)
	a := c.Get("/sign/check").Want(http.StatusOK)
	want := map[string]string{
		"X-Auth-User-Id": acc.ID, "X-Auth-User-Role": "standard", "X-Auth-Email-Verified": "true", "X-Auth-User-Email": acc.Email,
	}
	for name, value := range want {
		if got := a.Header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if got := check(t, c); !got.Authenticated || got.User.ID != acc.ID || !got.User.EmailVerified {
		t.Errorf("body %s", a.Body)
	}
	unverified := s.SignIn(t, s.RegisterEmail(t)).Get("/sign/check").Want(http.StatusOK)
	if got := unverified.Header.Get("X-Auth-User-Email"); got != "" {
		t.Errorf("an email that is not verified is passed on")
	}
	if got := s.Client(t).Get("/sign/check"); got.Status != http.StatusUnauthorized {
		t.Errorf("without a session: status %d", got.Status)
	}
}
