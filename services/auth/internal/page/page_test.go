package page_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/page"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

const form = "Content-Type: application/x-www-form-urlencoded"

// server is the pages over coretest, with one account whose address waits to be confirmed.
type server struct {
	*coretest.Fixture
	*webtest.Server
	account usersapi.Account
}

func serve(t *testing.T, p userscontract.Person) *server {
	t.Helper()
	f := coretest.New(t)
	p.Password = coretest.Password
	return &server{f, webtest.Serve(t, f, page.Handler{Core: f.Core}.Dialect()), f.Users.Add(p)}
}

var ada = userscontract.Person{Username: "ada", Email: "ada@example.com"}

// token makes one of a purpose for address.
func (s *server) token(t *testing.T, p code.Purpose, address string) string {
	t.Helper()
	token, err := code.New(p, s.account.ID, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := code.Record{Purpose: p, Account: s.account.ID, Address: address, Epoch: s.account.Epoch, Issued: s.Clock.Now()}
	if err := s.Codes.Put(t.Context(), token, r); err != nil {
		t.Fatal(err)
	}
	return token.Reveal()
}

// submit sends the form that a page shows, as a browser without scripts does.
func (s *server) submit(t *testing.T, path string, fields ...string) webtest.Answer {
	t.Helper()
	values := url.Values{}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		values.Add(name, value)
	}
	return s.Do(t, http.MethodPost, path, values.Encode(), form, "Origin: "+s.URL)
}

func (s *server) now(t *testing.T) usersapi.Account {
	t.Helper()
	a, err := s.Users.Account(t.Context(), usersapi.GetAccount{ID: s.account.ID})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// hidden is the token that a page's form carries.
func hidden(t *testing.T, a webtest.Answer) string {
	t.Helper()
	found := regexp.MustCompile(`<form method="post" action="(?:verify|reset)" novalidate>\s*<input type="hidden" name="token" value="([^"]+)">`).FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("no form with a token in %s", a.Body)
	}
	return found[1]
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	token := s.token(t, code.Verify, "ada@example.com")
	asked := s.Do(t, http.MethodGet, "/verify?token="+token, "")
	asked.Has(t, 200, ">ada</dd>", ">ada@example.com</dd>", `name="action" value="confirm"`, `name="action" value="disown"`,
		s.Clock.Now().Format("2 January 2006, 15:04 UTC"))
	s.submit(t, "/verify", "token="+hidden(t, asked), "action=confirm").Has(t, 200, "ada@example.com is the confirmed address of the account ada.")
	if !s.now(t).EmailVerified {
		t.Error("the address is not confirmed")
	}
	s.submit(t, "/verify", "token="+token, "action=confirm").Has(t, 422, "This link is not valid", "If you have just used it, all is well.")
}

func TestDisown(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	token := s.token(t, code.Verify, "ada@example.com")
	s.submit(t, "/verify", "token="+token, "action=disown").Has(t, 200, "Your address was taken off")
	if got := s.now(t).Email; got != "" {
		t.Errorf("the account still has %s", got)
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	s := serve(t, userscontract.Person{Username: "ada", Email: "new@example.com"})
	asked := s.Do(t, http.MethodGet, "/verify?token="+s.token(t, code.Undo, "old@example.com"), "")
	asked.Has(t, 200, ">ada</dd>", ">old@example.com</dd>", "Restore my address")
	if strings.Contains(asked.Body, "disown") {
		t.Error("the page offers to disown")
	}
	s.submit(t, "/verify", "token="+hidden(t, asked), "action=confirm").Has(t, 200, "old@example.com is the confirmed address of the account ada again")
	if got := s.now(t).Email; got != "old@example.com" {
		t.Errorf("the account has %s", got)
	}
}

func TestUndoOfAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	s := serve(t, userscontract.Person{Username: "ada", Email: "new@example.com"})
	s.Users.Add(userscontract.Person{Username: "bob", Email: "old@example.com"})
	s.submit(t, "/verify", "token="+s.token(t, code.Undo, "old@example.com"), "action=confirm").Has(t, 409, "This can’t be undone any more", "Another account has this address by now")
}

func TestReset(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	asked := s.Do(t, http.MethodGet, "/reset?token="+s.token(t, code.Reset, "ada@example.com"), "")
	asked.Has(t, 200, ">ada</dd>", `type="password"`, `autocomplete="new-password"`, `autocomplete="username" value="ada"`, "From 8 to 256 characters")
	again := s.submit(t, "/reset", "token="+hidden(t, asked), "password=short")
	again.Has(t, 422, ">ada</dd>", "<title>There is a problem: ", `<p class="error" id="error">The password is too short: it needs at least 8 characters.`,
		`aria-describedby="hint error" aria-invalid="true"`, `<a href="#password">`)
	s.submit(t, "/reset", "token="+hidden(t, again), "password=staple battery horse & correct").Has(t, 200, "Your new password is set")
	_, err := s.Login(t.Context(), usersapi.Login{Username: "ada"}, secret.New("staple battery horse & correct"), "", core.Client{Dialect: session.Legion})
	if err != nil {
		t.Error(err)
	}
}

// Links are followed by scanners: nothing comes of it, however often.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	links := []string{
		"/verify?action=confirm&token=" + s.token(t, code.Verify, "ada@example.com"),
		"/verify?action=confirm&token=" + s.token(t, code.Undo, "old@example.com"),
		"/reset?password=staple+battery+horse&token=" + s.token(t, code.Reset, "ada@example.com"),
	}
	for _, link := range links {
		for range 20 {
			s.Do(t, http.MethodHead, link, "").Is(t, 200, "")
			s.Do(t, http.MethodGet, link, "").Has(t, 200)
		}
	}
	if diff := cmp.Diff(s.account, s.now(t)); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}

func TestRefusalsArePages(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	verify, reset := s.token(t, code.Verify, "ada@example.com"), s.token(t, code.Reset, "ada@example.com")
	const lapsed = "<h1>This link is not valid</h1>"
	for name, test := range map[string]struct {
		answer webtest.Answer
		status int
		text   string
	}{
		"no token":            {s.Do(t, http.MethodGet, "/verify", ""), 422, lapsed},
		"unknown":             {s.Do(t, http.MethodGet, "/verify?token=vx", ""), 422, lapsed},
		"twice":               {s.Do(t, http.MethodGet, "/verify?token=a&token=b", ""), 400, "The request is incomplete."},
		"of the other page":   {s.Do(t, http.MethodGet, "/verify?token="+reset, ""), 422, lapsed},
		"of the other, again": {s.Do(t, http.MethodGet, "/reset?token="+verify, ""), 422, lapsed},
		"posted to the other": {s.submit(t, "/reset", "token="+verify, "password=staple battery"), 422, lapsed},
		"no action":           {s.submit(t, "/verify", "token="+verify), 400, "The request is incomplete."},
		"another action":      {s.submit(t, "/verify", "token="+verify, "action=delete"), 400, "The request is incomplete."},
		"JSON":                {s.Do(t, http.MethodPost, "/verify", "{}", "Content-Type: application/json"), 415, "The form was sent in a format"},
		"another site": {
			s.Do(t, http.MethodPost, "/verify", "token="+verify+"&action=disown", form, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example"),
			403, "Requests from another site are not allowed here.",
		},
		"too large":     {s.submit(t, "/reset", "token="+reset, "password="+strings.Repeat("x", 65<<10)), 413, "The request is too large."},
		"wrong method":  {s.Do(t, http.MethodDelete, "/verify", ""), 405, "This address can’t be used like that."},
		"nothing there": {s.Do(t, http.MethodGet, "/verify/x", ""), 404, "There is nothing at this address."},
	} {
		t.Run(name, func(t *testing.T) {
			test.answer.Has(t, test.status, test.text)
			isPage(t, test.answer)
		})
	}
	if diff := cmp.Diff(s.account, s.now(t)); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}
