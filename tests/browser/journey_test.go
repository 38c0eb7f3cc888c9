package browser

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/watchword/watchword/tests/kit"
)

// journey is a suite, and a browser on the way through it.
type journey struct {
	*kit.Suite
	*tab
	t *testing.T
}

// mailed is the link of the newest mail for a purpose.
func (j journey) mailed(to string, p kit.Purpose) string {
	j.t.Helper()
	link := j.Mail(j.t, to, func(m kit.Mail) bool { return m.Is(p) }).Link()
	if !strings.HasPrefix(link, "http://"+host) {
		j.t.Fatalf("the link %s leads elsewhere", link)
	}
	return link
}

// forgot is the link to reset the password of an account.
func (j journey) forgot(a kit.Account) string {
	j.t.Helper()
	j.Client(j.t).Post("/users/auth/password/forgot", map[string]any{"email": a.Email}).Want(http.StatusOK)
	return j.mailed(a.Email, kit.Reset)
}

// verified tells whether the account's address is confirmed.
func (j journey) verified(a kit.Account) bool {
	j.t.Helper()
	var check struct{ User struct{ EmailVerified bool } }
	if err := json.Unmarshal(j.SignIn(j.t, a).Get("/sign/check").Want(http.StatusOK).Body, &check); err != nil {
		j.t.Fatal(err)
	}
	return check.User.EmailVerified
}

// location is what the address bar shows.
func (j journey) location() string {
	j.t.Helper()
	where, err := chromedp.Run(j.ctx, chromedp.Location())
	if err != nil {
		j.t.Fatal(err)
	}
	return where
}
