package page

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/language"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi"
)

// words are what the pages say in one language.
type words struct {
	Language string // BCP 47
	Time     func(time.Time) string

	Username, Address, When string // what a token is about
	Problem                 string // the heading over what went wrong
	Disown, Again           string // buttons

	Asks     map[code.Purpose]ask
	Refusals map[fault.Reason]message
	Lapsed   map[string]string // what to do instead of a link that is not valid, by path

	// Why a form comes back: by reason, and by rule for a password (see password.Rule in users).
	Problems  map[fault.Reason]string
	Passwords map[string]string
	Missing   string // the password of a registration was not typed
}

// ask is a page about a token of one purpose.
type ask struct {
	Title, Lead    string
	Does, Button   string
	Else, Instead  string // the other case, as a heading, and what then
	Field          *field
	Done, Disowned message // Disowned without text: there is no second button
}

// field is the one for a password.
type field struct {
	Label, Hint  string
	Autocomplete string
	AtNeed       bool // it is shown only where core demands the password
}

// message is a page that asks nothing.
type message struct{ Title, Text, Next string }

// about names the account, where the text does.
func (m message) about(a usersapi.Account) message {
	m.Text = strings.NewReplacer("{username}", a.Username, "{address}", a.Email).Replace(m.Text)
	return m
}

// fill writes the least length of a password where the text tells it.
func fill(text string, least int) string {
	return strings.ReplaceAll(text, "{least}", strconv.Itoa(least))
}

// problem says why the form comes back.
func (w *words) problem(f *fault.Fault, sent form, least int) string {
	switch f.Reason {
	case fault.PasswordRefused:
		if text, ok := w.Passwords[f.Fields["password"]]; ok {
			return fill(text, least)
		}
	case fault.CredentialsWrong:
		if sent.Password.Empty() {
			return w.Missing
		}
	}
	return w.Problems[f.Reason]
}

// spoken are the languages, the one for everybody else first.
var (
	spoken  = []*words{&english, &german}
	matcher = language.NewMatcher([]language.Tag{language.English, language.German})
)

// speak chooses the words by Accept-Language.
func speak(c *fiber.Ctx) *words {
	_, i := language.MatchStrings(matcher, c.Get(fiber.HeaderAcceptLanguage))
	return spoken[i]
}
