package kit

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Purpose is what a mailed token is for: its first letter.
type Purpose byte

// The purposes.
const (
	Verify  Purpose = 'v'
	Undo    Purpose = 'u'
	Reset   Purpose = 'r'
	Pending Purpose = 'p' // confirms a registration that is no account yet
)

// Mail is one that came into the inbox.
type Mail struct {
	ID      string
	Subject string
	Text    string
	HTML    string
	From    struct{ Address string }
	To      []struct{ Address string }
}

var (
	mailedToken = regexp.MustCompile(`[?&]token=([A-Za-z0-9_-]+)`)
	mailedLink  = regexp.MustCompile(`https?://\S+[?&]token=[A-Za-z0-9_-]+`)
)

// Token is the one that the mail carries, "" without one.
func (m Mail) Token() string {
	if found := mailedToken.FindStringSubmatch(m.Text); found != nil {
		return found[1]
	}
	return ""
}

// Link is the one that carries the token.
func (m Mail) Link() string { return mailedLink.FindString(m.Text) }

// Is tells whether the mail carries a token of a purpose.
func (m Mail) Is(p Purpose) bool { return strings.HasPrefix(m.Token(), string(rune(p))) }

// Mails are those to an address, the newest first.
func (s *Suite) Mails(t testing.TB, to string) []Mail {
	t.Helper()
	var found struct{ Messages []struct{ ID string } }
	s.inbox(t, "/api/v1/search?query="+url.QueryEscape("to:"+to), &found)
	mails := make([]Mail, len(found.Messages))
	for i, m := range found.Messages {
		s.inbox(t, "/api/v1/message/"+m.ID, &mails[i])
		s.canaries.add("mailed token", mails[i].Token())
	}
	return mails
}

func (s *Suite) inbox(t testing.TB, path string, out any) {
	t.Helper()
	res, err := s.http.Get(s.Inbox + path)
	if err != nil {
		t.Fatal(err)
	}
	err = json.NewDecoder(res.Body).Decode(out)
	if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("inbox %s: status %d, %v", path, res.StatusCode, err)
	}
}

// Mail waits for the newest mail to an address that fits.
func (s *Suite) Mail(t testing.TB, to string, fits func(Mail) bool) Mail {
	t.Helper()
	var mail Mail
	Eventually(t, "a mail to "+to, func() bool {
		for _, m := range s.Mails(t, to) {
			if fits(m) {
				mail = m
				return true
			}
		}
		return false
	})
	return mail
}

// Notice waits for a mail to an address by its subject.
func (s *Suite) Notice(t testing.TB, to, subject string) Mail {
	t.Helper()
	return s.Mail(t, to, func(m Mail) bool { return m.Subject == subject })
}

// Token waits for a mail with a token of that purpose and gives the token.
func (s *Suite) Token(t testing.TB, to string, p Purpose) string {
	t.Helper()
	return s.Mail(t, to, func(m Mail) bool { return m.Is(p) }).Token()
}

// Forgot asks for a reset of the account at an address and gives the token that was mailed to where.
func (s *Suite) Forgot(t testing.TB, email, where string) string {
	t.Helper()
	before := len(s.Mails(t, where))
	s.Client(t).Post("/users/auth/password/forgot", map[string]any{"email": email}).Want(http.StatusOK)
	Eventually(t, "a mail about a reset", func() bool { return len(s.Mails(t, where)) > before })
	return s.Token(t, where, Reset)
}

// NothingMore waits until every mail that was caused before must have come: a mail caused now has.
func (s *Suite) NothingMore(t testing.TB) {
	t.Helper()
	s.Token(t, s.RegisterEmail(t).Email, Verify)
}
