package crowd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

const (
	// checkers is how many people are checked at the same time; some of them wait.
	checkers = 16
	// sample is how many of a person's tokens and ended sessions are tried in one check.
	sample = 4
	// leases is how long what a killed process had taken on may wait for another: its leases last a minute.
	leases = 90 * time.Second
)

// Check finds out what became of every request without an answer, and holds the suite against what people know who did
// something since the last check.
func (c *Crowd) Check() { c.check(func(p *person) bool { return p.since }) }

// CheckAll is Check for everybody.
func (c *Crowd) CheckAll() { c.check(func(*person) bool { return true }) }

func (c *Crowd) check(wanted func(*person) bool) {
	people := make(chan *person)
	var wg sync.WaitGroup
	for range checkers {
		r := c.rand()
		wg.Go(func() {
			for p := range people {
				p.rand = r
				p.check()
			}
		})
	}
	c.idle = nil
	for _, p := range c.people {
		if wanted(p) && !p.wrong {
			people <- p
		}
	}
	close(people)
	wg.Wait()
	for _, p := range c.people {
		c.release(p)
	}
}

// AwaitMail waits until everybody has had all mails that they are owed, and fails where somebody was mailed to who must
// not be.
func (c *Crowd) AwaitMail() {
	deadline := time.Now().Add(leases)
	for _, p := range c.people {
		for l, n := range p.owed {
			for c.received(l) < n && time.Now().Before(deadline) {
				time.Sleep(pause)
			}
			if got := c.received(l); got < n {
				c.t.Errorf("%s was owed %d times %q at %s, and had it %d times", p.account.Username, n, l.subject, l.to, got)
			}
		}
	}
	for address := range c.unknown {
		if mails := c.sink.To(address); len(mails) > 0 {
			c.t.Errorf("%q was mailed to %s, which no account has had", mails[0].Subject, address)
		}
	}
}

func (c *Crowd) received(l letter) int {
	n := 0
	for _, m := range c.sink.To(l.to) {
		if m.Subject == l.subject {
			n++
		}
	}
	return n
}

func (p *person) check() {
	p.settle()
	steps := []func(){p.checkGone, p.checkTokens}
	if p.left {
		steps = append(steps, p.checkLeft)
	} else {
		steps = append(steps, p.checkSignIn, p.checkLiving, p.checkCode, p.checkSpent, p.checkCount)
	}
	for _, step := range steps {
		if p.wrong || p.account.ID == "" {
			return
		}
		step()
	}
	if p.wrong {
		return
	}
	p.since = false
	p.tell("checked")
	p.crowd.mu.Lock()
	p.crowd.figures.Checked++
	p.crowd.mu.Unlock()
}

// settle finds out what became of the request without an answer.
func (p *person) settle() {
	op := p.doubt
	if op == nil {
		return
	}
	p.doubt = nil
	done := op.settle != nil && op.settle()
	switch {
	case p.wrong:
		return
	case done:
		op.done(nil)
	case op.undone != nil:
		op.undone()
	}
	p.crowd.settled(done)
	p.tell(fmt.Sprintf("(done: %t)", done))
}

// checkGone: who has signed out is out, by access and by refresh token.
func (p *person) checkGone() {
	for _, d := range last(p.gone) {
		a, _ := p.ask(d.client.Clone(), http.MethodPost, "/users/auth/refresh", nil)
		if a.Status != http.StatusUnauthorized {
			p.contradicted("a session that is over is refreshed: %d %.300s", a.Status, a.Body)
			return
		}
		out := func() bool { return !p.alive(d) }
		if d.relayed && !p.eventually(out) || !d.relayed && !out() {
			p.contradicted("a session that is over is alive (ended by a change of the account: %t)", d.relayed)
			return
		}
	}
}

// checkTokens: no mailed token works twice.
func (p *person) checkTokens() {
	for _, token := range last(p.tokens) {
		path, body := "/users/auth/email/verify", map[string]any{"token": token}
		if (kit.Mail{Text: "?token=" + token}).Is(kit.Reset) {
			path, body = "/users/auth/password/reset", map[string]any{"token": token, "password": kit.Password()}
		}
		if a, _ := p.ask(p.client(), http.MethodPost, path, body); a.Status != http.StatusUnprocessableEntity {
			p.contradicted("a mailed token that was used is answered with %d: %.300s", a.Status, a.Body)
			return
		}
	}
}

// checkLeft: a deleted account is nobody's.
func (p *person) checkLeft() {
	if status := p.login(p.account.Password); status != http.StatusUnauthorized {
		p.contradicted("a sign-in to a deleted account is answered with %d", status)
	}
	if a, _ := p.ask(p.client(), http.MethodGet, "/users/"+p.account.ID, nil); a.Status != http.StatusNotFound {
		p.contradicted("a deleted account is answered with %d", a.Status)
	}
}

// checkSignIn: the password works, the one before it does not, and the account is what the person made of it. The session
// is left to the other checks.
func (p *person) checkSignIn() {
	if n := len(p.former); n > 0 {
		if status := p.login(p.former[n-1]); status != http.StatusUnauthorized {
			p.contradicted("a former password is answered with %d", status)
			return
		}
	}
	if status := p.login(p.account.Password); status != http.StatusOK {
		p.contradicted("the password is answered with %d", status)
		return
	}
	if email := p.email(p.living[len(p.living)-1]); !p.wrong && email != p.account.Email {
		p.contradicted("its email is %s, not %s", email, p.account.Email)
	}
}

// checkLiving: who is signed in is, and what the session says of the account is true.
func (p *person) checkLiving() {
	for _, d := range slices.Clone(p.living) {
		if !p.alive(d) {
			p.contradicted("a session is over that nobody has ended")
			return
		}
		if !p.eventually(func() bool { return p.knows(d) }) {
			p.contradicted("a session does not know that the email is %s, verified: %t", p.account.Email, p.verified)
			return
		}
		if p.refreshAgain(d, d.refreshToken(), time.Now()); p.wrong {
			return
		}
	}
}

// knows tells whether a session holds the account's email as it is.
func (p *person) knows(d *device) bool {
	a, _ := p.ask(d.client, http.MethodGet, "/sign/check", nil)
	var body struct {
		User struct {
			Email         string
			EmailVerified bool
		}
	}
	return a.Status == http.StatusOK && json.Unmarshal(a.Body, &body) == nil &&
		body.User.Email == p.account.Email && body.User.EmailVerified == p.verified
}

// checkCode: no code works twice. Few are tried, as wrong ones in a row make the account wait.
func (p *person) checkCode() {
	const most = 3
	if !p.enabled || p.refused >= most {
		return
	}
	if p.replay(p.codes[len(p.codes)-1]) {
		p.contradicted("a code is accepted twice")
	}
}

// checkSpent: a refresh token from before the last one ends the session.
func (p *person) checkSpent() {
	i := slices.IndexFunc(p.living, func(d *device) bool { return len(d.spent) > 1 })
	if i < 0 || p.rand.IntN(2) == 0 {
		return
	}
	d := p.living[i]
	thief := d.client.Clone()
	thief.Cookies["refreshToken"] = d.spent[len(d.spent)-2]
	if a, _ := p.ask(thief, http.MethodPost, "/users/auth/refresh", nil); a.Status != http.StatusUnauthorized {
		p.contradicted("a refresh token that was spent is answered with %d", a.Status)
		return
	}
	p.bury(false, d)
	if p.alive(d) {
		p.contradicted("a session outlives the reuse of its refresh token")
	}
}

// checkCount: there are no sessions but those that the person has, and those that may have come of requests without an
// answer. The one that the check has made ends here, with all others where there may be such.
func (p *person) checkCount() {
	d := p.living[len(p.living)-1]
	counted := 0
	if !p.eventually(func() bool {
		a, _ := p.ask(d.client, http.MethodGet, "/users/auth/sessions", nil)
		counted = len(kit.Data[struct{ Sessions []kit.Session }](a).Sessions)
		return counted >= len(p.living) && counted <= len(p.living)+p.strays
	}) {
		p.contradicted("there are %d sessions, not %d and %d more at most", counted, len(p.living), p.strays)
		return
	}
	if p.strays > 0 {
		a, _ := p.ask(d.client, http.MethodDelete, "/users/auth/sessions", nil)
		if a.Status != http.StatusOK {
			p.contradicted("the end of all other sessions is answered with %d", a.Status)
			return
		}
		p.buryOthers(false, d)
		return
	}
	a, unanswered := p.ask(d.client.Clone(), http.MethodPost, "/users/auth/logout", nil)
	if a.Status != http.StatusOK && unanswered == 0 {
		p.contradicted("a logout is answered with %d", a.Status)
		return
	}
	p.bury(false, d)
}

// eventually waits for what a killed process may have left to another.
func (p *person) eventually(ok func() bool) bool {
	for deadline := time.Now().Add(leases); !ok(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func last[T any](all []T) []T { return slices.Clone(all[max(0, len(all)-sample):]) }
