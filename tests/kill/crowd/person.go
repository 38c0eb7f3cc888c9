package crowd

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

// The subjects of mails.
const (
	confirmMail  = "Confirm your email address"
	resetMail    = "Reset your password"
	passwordMail = "Your password was changed"
	emailMail    = "Your email address was changed"
	addedMail    = "An authenticator was added"
	removedMail  = "Your authenticator was removed"
	signInMail   = "New sign-in to your account"
)

// person is one of the crowd, and all that was acknowledged to them.
type person struct {
	crowd *Crowd
	rand  *rand.Rand
	doubt *operation // the one without an answer
	since bool       // something was done since the last check
	wrong bool       // the suite has contradicted what the person knows; reported once
	steps int
	story []string // what the person has done, for a report

	account  kit.Account // as it is now; no ID before it is made
	left     bool        // the account was deleted
	verified bool        // its email
	proved   string      // the address verified last, "" without one
	revoked  bool        // the link to confirm the email, by a reset that was mailed elsewhere
	emails   int         // how many addresses the person has had

	former []string // passwords, the oldest first
	living []*device
	gone   []*device
	strays int // sessions that requests without an answer may have made, at most

	hasSignedIn bool
	toldSignIn  bool // a mail about a new device was caused, or may have been
	asked       bool // for a reset that was not used yet
	lostReset   bool // one was asked for without an answer, so which token counts is not known any more

	app     *kit.Authenticator // nil: none
	enabled bool               // the authenticator is
	codes   []string           // spent
	refused int                // codes in a row
	guesses int                // wrong passwords in a row
	tokens  []string           // mailed ones, spent

	owed map[letter]int
}

// letter is what a person is owed.
type letter struct{ to, subject string }

// device is a browser with a session.
type device struct {
	client  *kit.Client
	session string
	spent   []string // refresh tokens, the oldest first
	relayed bool     // where it is over: ended by a change of the account, which the suite may owe to Redis for a while
}

func newPerson(c *Crowd, r *rand.Rand) *person {
	return &person{
		crowd:   c,
		rand:    r,
		account: kit.Account{Name: "One of many", Username: kit.Name(), Password: kit.Password()},
		owed:    map[letter]int{},
	}
}

// active tells whether the person may do more.
func (p *person) active() bool {
	return p.doubt == nil && !p.left && !p.wrong && (p.stays() || p.steps < career)
}

// stays tells whether the person is there for good.
func (p *person) stays() bool { return p.crowd.most > 0 }

// tell adds to the story, which holds the last chapters only.
func (p *person) tell(chapter string) {
	p.story = append(p.story, chapter)
	p.story = p.story[max(0, len(p.story)-career):]
}

// client makes a browser that nobody has used.
func (p *person) client() *kit.Client { return p.crowd.suite.Client(p.crowd.t) }

// contradicted reports that the suite does not agree with what the person knows.
func (p *person) contradicted(format string, args ...any) {
	p.wrong = true
	p.crowd.t.Errorf("%s (%s): %s\nafter: %s", p.account.Username, p.account.ID, fmt.Sprintf(format, args...), strings.Join(p.story, ", "))
}

// address makes one that the person has not had.
func (p *person) address() string {
	p.emails++
	return fmt.Sprintf("%s-%d@example.com", p.account.Username, p.emails)
}

// mailbox is where the account's notices go.
func (p *person) mailbox() string {
	if p.proved != "" {
		return p.proved
	}
	return p.account.Email
}

func (p *person) owe(to, subject string) { p.owed[letter{to, subject}]++ }

// remit forgets what the person is owed of a kind and has not had: a link that is worth nothing any more need not be mailed.
func (p *person) remit(subject string) {
	for l, n := range p.owed {
		if l.subject == subject {
			p.owed[l] = min(n, p.crowd.received(l))
		}
	}
}

// token finds the newest mail with an unused token of a purpose, "" while there is none.
func (p *person) token(to string, purpose kit.Purpose) string {
	if all := p.unused(to, purpose); len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

// undoing finds a token that undoes the last change of email, "" while there is none, or while one is on its way: it may have
// been mailed before the last undo, and be worth nothing.
func (p *person) undoing() string {
	came := 0
	for _, m := range p.crowd.sink.To(p.proved) {
		if m.Is(kit.Undo) {
			came++
		}
	}
	if came < p.owed[letter{p.proved, emailMail}] {
		return ""
	}
	return p.token(p.proved, kit.Undo)
}

// unused are the unspent tokens of a purpose that were mailed.
func (p *person) unused(to string, purpose kit.Purpose) (tokens []string) {
	for _, m := range p.crowd.sink.To(to) {
		if m.Is(purpose) && !slices.Contains(p.tokens, m.Token()) {
			tokens = append(tokens, m.Token())
		}
	}
	return tokens
}

// signedIn takes what came with a session.
func (p *person) signedIn(c *kit.Client, a *kit.Answer) *device {
	c.Took(a)
	d := &device{client: c, session: sessionOf(c.Bearer)}
	p.living = append(p.living, d)
	if p.hasSignedIn && !p.toldSignIn {
		p.owe(p.mailbox(), signInMail)
		p.toldSignIn = true
	}
	p.hasSignedIn = true
	return d
}

// maySignedIn notes that a session may have been made for nobody.
func (p *person) maySignedIn() {
	p.strays++
	p.toldSignIn = true // whether the next one is told of can't be known
}

// bury notes that devices are signed out.
func (p *person) bury(relayed bool, which ...*device) {
	for _, d := range which {
		d.relayed = relayed
		p.living = slices.DeleteFunc(p.living, func(other *device) bool { return other == d })
		p.gone = append(p.gone, d)
	}
}

// buryOthers notes that all devices but one (nil: none) are signed out.
func (p *person) buryOthers(relayed bool, spared *device) {
	p.bury(relayed, slices.DeleteFunc(slices.Clone(p.living), func(d *device) bool { return d == spared })...)
	p.strays = 0
}

// any gives one of the devices that are signed in.
func (p *person) any() *device { return p.living[p.rand.IntN(len(p.living))] }

// refreshToken is the one that the device would send.
func (d *device) refreshToken() string { return d.client.Cookies["refreshToken"] }

// sessionOf reads the session's id from an access token.
func sessionOf(bearer string) string {
	parts := strings.Split(bearer, ".")
	if len(parts) != 3 {
		return ""
	}
	var claims struct{ SID string }
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return ""
	}
	return claims.SID
}

// send sends a request once.
func (p *person) send(c *kit.Client, method, path string, body any) (*kit.Answer, error) {
	p.crowd.sent.Add(1)
	a, err := c.Try(kit.Request{Method: method, Path: path, Body: body})
	if err != nil {
		p.crowd.failed(0)
	} else if a.Status >= http.StatusInternalServerError {
		p.crowd.failed(a.Status)
	}
	return a, err
}

// ask sends a request again and again until it is answered, and gives the answer and how often there was none. No answer
// within the kit's patience ends the person's part in the test.
func (p *person) ask(c *kit.Client, method, path string, body any) (a *kit.Answer, unanswered int) {
	for deadline := time.Now().Add(kit.Patience); ; unanswered++ {
		a, err := p.send(c, method, path, body)
		if err == nil && a.Status < http.StatusInternalServerError {
			return a, unanswered
		}
		if time.Now().After(deadline) {
			p.crowd.t.Fatalf("%s %s goes without an answer: %v", method, path, err)
		}
		time.Sleep(pause)
	}
}

// pause is between two looks at something that must come.
const pause = 50 * time.Millisecond

// login asks to sign in by password, until there is an answer; what comes with it is taken.
func (p *person) login(password string) int {
	c := p.client()
	a, unanswered := p.ask(c, http.MethodPost, "/users/login", map[string]any{"username": p.account.Username, "password": password})
	for range unanswered {
		p.maySignedIn()
	}
	if a.Status == http.StatusOK {
		p.account.ID, p.guesses = kit.Data[kit.SignedIn](a).ID, 0
		p.signedIn(c, a)
	}
	return a.Status
}
