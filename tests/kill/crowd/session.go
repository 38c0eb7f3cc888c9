package crowd

import (
	"net/http"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

// grace is how long the refresh token that was spent last is answered with its successor. A second less than the contract
// says, as the client's time is not the suite's.
const grace = 9 * time.Second

func (p *person) signIn() operation {
	c := p.client()
	return operation{
		name: "sign-in", status: http.StatusOK,
		send: func() (*kit.Answer, error) {
			return p.send(c, http.MethodPost, "/users/login", map[string]any{"email": p.account.Email, "password": p.account.Password})
		},
		done: func(a *kit.Answer) {
			p.guesses = 0
			p.signedIn(c, a)
		},
		undone: p.maySignedIn,
	}
}

func (p *person) refresh() operation {
	d := p.any()
	var before string
	var began time.Time
	send := func() (*kit.Answer, error) { return p.send(d.client, http.MethodPost, "/users/auth/refresh", nil) }
	op := operation{
		name: "refresh", status: http.StatusOK,
		send: func() (*kit.Answer, error) {
			before, began = d.refreshToken(), time.Now()
			return send()
		},
		done: func(a *kit.Answer) { d.refreshed(before, a) },
	}
	op.undone = func() { p.refreshAgain(d, before, began) }
	return op
}

// refreshAgain refreshes with a token that may have been sent before, since began. It is answered the same, or too late:
// that ends the session.
func (p *person) refreshAgain(d *device, token string, began time.Time) {
	a, _ := p.ask(d.client, http.MethodPost, "/users/auth/refresh", nil)
	switch {
	case a.Status == http.StatusOK:
		d.refreshed(token, a)
	case a.Status == http.StatusUnauthorized && time.Since(began) > grace:
		p.bury(false, d)
	default:
		p.contradicted("a refresh is answered with %d, %s after the token was sent first: %.300s", a.Status, time.Since(began), a.Body)
	}
}

// refreshed takes the successor of a refresh token.
func (d *device) refreshed(before string, a *kit.Answer) {
	d.spent = append(d.spent, before)
	d.client.Took(a)
}

func (p *person) logout() operation {
	d := p.any()
	refresh, bearer := d.refreshToken(), d.client.Bearer
	return operation{
		name: "logout", status: http.StatusOK,
		send: func() (*kit.Answer, error) {
			a, err := p.send(d.client, http.MethodPost, "/users/auth/logout", nil)
			d.client.Cookies["refreshToken"], d.client.Bearer = refresh, bearer // whoever copied them still has them
			return a, err
		},
		done:   func(*kit.Answer) { p.bury(false, d) },
		settle: func() bool { return !p.alive(d) },
	}
}

func (p *person) endOne() operation {
	d, other := p.two()
	return operation{
		name: "revocation", status: http.StatusOK,
		send: func() (*kit.Answer, error) {
			return p.send(d.client, http.MethodDelete, "/users/auth/sessions/"+other.session, nil)
		},
		done:   func(*kit.Answer) { p.bury(false, other) },
		settle: func() bool { return !p.alive(other) },
	}
}

func (p *person) endOthers() operation {
	d, other := p.two()
	return operation{
		name: "revocation of all others", status: http.StatusOK,
		send:   func() (*kit.Answer, error) { return p.send(d.client, http.MethodDelete, "/users/auth/sessions", nil) },
		done:   func(*kit.Answer) { p.buryOthers(false, d) },
		settle: func() bool { return !p.alive(other) },
	}
}

// two gives two devices that are signed in.
func (p *person) two() (one, other *device) {
	i := p.rand.IntN(len(p.living))
	return p.living[i], p.living[(i+1)%len(p.living)]
}

// alive tells whether the device's access token is accepted.
func (p *person) alive(d *device) bool {
	a, _ := p.ask(d.client, http.MethodGet, "/users/auth/sessions", nil)
	if a.Status != http.StatusOK && a.Status != http.StatusUnauthorized {
		p.contradicted("a session list is answered with %d: %.300s", a.Status, a.Body)
	}
	return a.Status == http.StatusOK
}

func (p *person) enrol() operation {
	d := p.any()
	return operation{
		name: "new authenticator", status: http.StatusOK,
		send: func() (*kit.Answer, error) {
			return p.send(d.client, http.MethodPost, "/users/"+p.account.ID+"/otp/secret", nil)
		},
		done: func(a *kit.Answer) { p.pending(a) },
	}
}

// pending takes the secret of an authenticator that is not confirmed.
func (p *person) pending(a *kit.Answer) {
	p.app = kit.NewAuthenticator(p.crowd.t, kit.Data[struct {
		OTPAuthURL string `json:"otpauthUrl"`
	}](a).OTPAuthURL)
}

func (p *person) confirmApp() operation {
	code, ok := p.app.Unused()
	if !ok {
		return p.signIn()
	}
	return operation{
		name: "confirmed authenticator", status: http.StatusOK,
		send: func() (*kit.Answer, error) {
			return p.send(p.client(), http.MethodPut, "/users/"+p.account.ID+"/otp", map[string]any{"token": code})
		},
		done: func(*kit.Answer) {
			p.enabled, p.codes = true, append(p.codes, code)
			p.owe(p.mailbox(), addedMail)
		},
		settle: func() bool { // a new secret is given only while none is confirmed
			p.login(p.account.Password)
			a, _ := p.ask(p.living[len(p.living)-1].client, http.MethodPost, "/users/"+p.account.ID+"/otp/secret", nil)
			if a.Status == http.StatusOK {
				p.pending(a)
			}
			return a.Status == http.StatusConflict
		},
	}
}

func (p *person) codeSignIn() operation {
	code, ok := p.app.Unused()
	if !ok {
		return p.signIn()
	}
	c := p.client()
	return operation{
		name: "code sign-in", status: http.StatusOK,
		send: func() (*kit.Answer, error) { return p.send(c, http.MethodPost, "/users/otp/login", byCode(p, code)) },
		done: func(a *kit.Answer) {
			p.codes, p.refused = append(p.codes, code), 0
			p.signedIn(c, a)
		},
		undone: func() { // the code is spent now, by that request or by this one
			p.maySignedIn()
			p.codes = append(p.codes, code)
			p.replay(code)
		},
	}
}

// replay asks to sign in by a code that was sent before, and tells whether it was accepted.
func (p *person) replay(code string) bool {
	c := p.client()
	a, unanswered := p.ask(c, http.MethodPost, "/users/otp/login", byCode(p, code))
	for range unanswered {
		p.maySignedIn()
	}
	if a.Status == http.StatusOK {
		p.signedIn(c, a)
		p.refused = 0
		return true
	}
	p.refused++
	if a.Status != http.StatusUnauthorized {
		p.contradicted("a code is answered with %d: %.300s", a.Status, a.Body)
	}
	return false
}

func byCode(p *person, code string) map[string]any {
	return map[string]any{"username": p.account.Username, "token": code}
}
