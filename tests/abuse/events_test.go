package abuse

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// What happens at the door is a line that the answer's request id leads to, with the reason of a refusal.
func TestLO03(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	acc, other := s.Register(t), s.Register(t)
	c := s.Client(t)
	signIn := c.Login(acc.Username, acc.Password).Want(http.StatusOK)
	c.Took(signIn)
	stolen := c.Clone()
	refresh := c.Refresh().Want(http.StatusOK)
	c.Took(refresh)
	c.Took(c.Refresh().Want(http.StatusOK))
	for name, test := range map[string]struct {
		answer *kit.Answer
		reason string
	}{
		"sign-in":        {signIn, ""},
		"refresh":        {refresh, ""},
		"wrong password": {s.Client(t).Login(acc.Username, kit.Password()), "credentials_wrong"},
		"unknown name":   {s.Client(t).Login(kit.Name(), kit.Password()), "credentials_wrong"},
		"another's":      {s.SignIn(t, other).Delete("/users/"+acc.ID, nil), "forbidden"},
		"no token":       {s.Client(t).Get("/users/auth/sessions"), "unauthenticated"},
		"reuse":          {stolen.Refresh(), "refresh_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			id := test.answer.Header.Get("X-Request-Id")
			var event struct {
				Time, Route, Reason string
				Status              int
			}
			kit.Eventually(t, "a line about the request", func() bool {
				for line := range strings.Lines(s.Process.Log()) {
					if strings.Contains(line, `"msg":"request"`) && strings.Contains(line, id) {
						return json.Unmarshal([]byte(line), &event) == nil
					}
				}
				return false
			})
			if event.Status != test.answer.Status || event.Reason != test.reason || event.Time == "" || event.Route == "" {
				t.Errorf("%+v, want status %d and reason %q", event, test.answer.Status, test.reason)
			}
		})
	}
	told := false
	for line := range strings.Lines(s.Process.Log()) {
		told = told || strings.Contains(line, `"msg":"refresh token reused, session ended"`) && strings.Contains(line, acc.ID)
	}
	if !told {
		t.Error("no line names the account whose token was reused")
	}
}
