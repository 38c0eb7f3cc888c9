package crowd

import (
	"net/http"
	"slices"

	"github.com/watchword/watchword/tests/kit"
)

// operation is one thing that a person does.
type operation struct {
	name string
	send func() (*kit.Answer, error)
	// status is the answer that acknowledges it.
	status int
	// done takes into what the person knows what was done; answer is nil where only settle has found that out.
	done func(answer *kit.Answer)
	// settle finds out after a restart whether it was done. nil: that can't be known, and nothing depends on it.
	settle func() bool
	// undone takes in that it was not done, or that nobody knows; nil: then there is nothing to take in.
	undone func()
}

// step does one thing that the person may do now.
func (p *person) step() {
	p.since = true
	p.steps++
	op := p.choose()
	a, err := op.send()
	switch {
	case err != nil || a.Status >= http.StatusInternalServerError:
		p.tell(op.name + "?")
		p.crowd.count(op.name, false)
		p.doubt = &op
	case a.Status == op.status:
		p.tell(op.name)
		p.crowd.count(op.name, true)
		op.done(a)
	default:
		p.contradicted("%s is refused with %d: %.300s", op.name, a.Status, a.Body)
	}
}

// choose gives an operation that makes sense now.
func (p *person) choose() operation {
	if p.account.ID == "" {
		return p.signUp()
	}
	var choices []func() operation
	add := func(weight int, possible bool, choice func() operation) {
		for range weight {
			if possible {
				choices = append(choices, choice)
			}
		}
	}
	in, several := len(p.living) > 0, len(p.living) > 1
	confirm := p.token(p.account.Email, kit.Verify)
	undo := ""
	if p.proved != "" && p.proved != p.account.Email {
		undo = p.undoing()
	}
	reset := p.token(p.mailbox(), kit.Reset)

	add(3, len(p.living) < 4, p.signIn)
	add(4, in, p.refresh)
	add(1, in, p.logout)
	add(1, several, p.endOne)
	add(1, several, p.endOthers)
	add(4, p.asked && reset != "", func() operation { return p.reset(reset) })
	add(3, in && p.app == nil, p.enrol)
	add(3, p.app != nil && !p.enabled, p.confirmApp)
	add(2, p.enabled, p.codeSignIn)
	// What changes where mails go, or ends sessions, would also end a reset that was asked for.
	add(2, !p.asked && in, p.changeEmail)
	add(4, !p.asked && !p.verified && !p.revoked && confirm != "", func() operation { return p.confirm(confirm) })
	add(2, !p.asked && undo != "", func() operation { return p.undo(undo) })
	add(2, !p.asked && in, p.changePassword)
	add(2, !p.asked && !p.lostReset, p.forgot)
	add(1, !p.asked && in && !p.stays() && p.steps > career/4, p.leave)
	add(1, p.guesses < 3, p.guess)
	add(2, true, p.look)
	return choices[p.rand.IntN(len(choices))]()
}

func (p *person) signUp() operation {
	p.account.Email = p.address()
	made := func() { p.owe(p.account.Email, confirmMail) }
	return operation{
		name: "sign-up", status: http.StatusCreated,
		send: func() (*kit.Answer, error) {
			return p.send(p.client(), http.MethodPost, "/users", map[string]any{
				"name": p.account.Name, "username": p.account.Username, "email": p.account.Email,
				"password": p.account.Password, "isTotpEnable": false,
			})
		},
		done: func(a *kit.Answer) {
			if a != nil {
				p.account.ID = kit.Data[kit.User](a).ID
			}
			made()
		},
		settle: func() bool { return p.login(p.account.Password) == http.StatusOK },
		undone: func() { p.crowd.never(p.account.Email) }, // and signs up anew, with another
	}
}

func (p *person) changeEmail() operation {
	d, address := p.any(), p.address()
	return operation{
		name: "email change", status: http.StatusOK,
		send: func() (*kit.Answer, error) {
			return p.send(d.client, http.MethodPut, "/users/"+p.account.ID, map[string]any{
				"name": p.account.Name, "username": p.account.Username, "email": address,
			})
		},
		done: func(*kit.Answer) {
			p.account.Email, p.verified, p.revoked = address, false, false
			p.owe(address, confirmMail)
			if p.proved != "" {
				p.owe(p.proved, emailMail)
			}
		},
		settle: func() bool { return p.email(d) == address },
		undone: func() { p.crowd.never(address) },
	}
}

// email is the account's as the suite has it.
func (p *person) email(d *device) string {
	a, _ := p.ask(d.client, http.MethodGet, "/users/"+p.account.ID, nil)
	if a.Status != http.StatusOK {
		p.contradicted("the account is answered with %d: %.300s", a.Status, a.Body)
		return ""
	}
	if email := kit.Data[kit.User](a).Email; email != nil {
		return *email
	}
	return ""
}

// used is the operation that spends a mailed token. Without an answer it is tried again, and either is accepted then or
// was before; whether its effect is there is for the check.
func (p *person) used(name, path, token string, body map[string]any, done func()) operation {
	body["token"] = token
	op := operation{
		name: name, status: http.StatusOK,
		send: func() (*kit.Answer, error) { return p.send(p.client(), http.MethodPost, path, body) },
		done: func(*kit.Answer) {
			p.tokens = append(p.tokens, token)
			done()
		},
	}
	op.settle = func() bool {
		a, _ := p.ask(p.client(), http.MethodPost, path, body)
		if a.Status != http.StatusOK && (a.Status != http.StatusUnprocessableEntity || a.Code() != "invalid_token") {
			p.contradicted("%s that had no answer is answered with %d: %.300s", name, a.Status, a.Body)
		}
		return true
	}
	return op
}

func (p *person) confirm(token string) operation {
	return p.used("verification", "/users/auth/email/verify", token, map[string]any{}, func() {
		p.verified, p.proved = true, p.account.Email
	})
}

func (p *person) undo(token string) operation {
	return p.used("undone email change", "/users/auth/email/verify", token, map[string]any{}, func() {
		p.account.Email, p.verified = p.proved, true
		p.tokens = append(p.tokens, p.unused(p.proved, kit.Undo)...) // one undo ends them all
		p.buryOthers(true, nil)
	})
}

func (p *person) reset(token string) operation {
	password := kit.Password()
	return p.used("reset", "/users/auth/password/reset", token, map[string]any{"password": password}, func() {
		p.asked = false
		p.former, p.account.Password = append(p.former, p.account.Password), password
		p.owe(p.mailbox(), passwordMail)
		if p.enabled {
			p.owe(p.mailbox(), removedMail)
		}
		p.app, p.enabled, p.codes = nil, false, nil
		if p.mailbox() == p.account.Email {
			p.verified, p.proved = true, p.account.Email
		}
		p.revoked = !p.verified
		p.remit(confirmMail)
		p.buryOthers(true, nil)
	})
}

func (p *person) forgot() operation {
	return operation{
		name: "request for a reset", status: http.StatusOK,
		send: func() (*kit.Answer, error) {
			return p.send(p.client(), http.MethodPost, "/users/auth/password/forgot", map[string]any{"email": p.mailbox()})
		},
		done: func(*kit.Answer) {
			p.asked = true
			p.owe(p.mailbox(), resetMail)
		},
		undone: func() { p.lostReset = true },
	}
}

func (p *person) changePassword() operation {
	d, password := p.any(), kit.Password()
	return operation{
		name: "password change", status: http.StatusOK,
		send: func() (*kit.Answer, error) {
			return p.send(d.client, http.MethodPut, "/users/"+p.account.ID+"/password",
				map[string]any{"password": p.account.Password, "newPassword": password})
		},
		done: func(a *kit.Answer) {
			p.former, p.account.Password = append(p.former, p.account.Password), password
			p.owe(p.mailbox(), passwordMail)
			if a != nil {
				p.buryOthers(true, d)
				return
			}
			for _, other := range slices.Clone(p.living[:len(p.living)-1]) { // the last one is of the sign-in that found it out
				if other != d {
					p.bury(true, other)
				}
			}
		},
		settle: func() bool { return p.login(password) == http.StatusOK },
	}
}

func (p *person) leave() operation {
	d := p.any()
	return operation{
		name: "deletion", status: http.StatusOK,
		send: func() (*kit.Answer, error) { return p.send(d.client, http.MethodDelete, "/users/"+p.account.ID, nil) },
		done: func(*kit.Answer) {
			p.left = true
			p.buryOthers(true, nil)
		},
		settle: func() bool { return p.login(p.account.Password) != http.StatusOK },
	}
}
