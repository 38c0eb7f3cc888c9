package crowd

import (
	"net/http"

	"github.com/watchword/watchword/tests/kit"
)

// look reads something that changes nothing.
func (p *person) look() operation {
	c, path := p.client(), "/users/"+p.account.ID
	switch choice := p.rand.IntN(4); {
	case choice == 0:
		path = "/users?page=1"
	case choice == 1:
		path = "/.well-known/jwks.json"
	case choice == 2 && len(p.living) > 0:
		c, path = p.any().client, "/sign/check"
	}
	return operation{
		name: "look", status: http.StatusOK,
		send: func() (*kit.Answer, error) { return p.send(c, http.MethodGet, path, nil) },
		done: func(*kit.Answer) {},
	}
}

// guess is a sign-in with a wrong password. There are few in a row, as many would make the account wait.
func (p *person) guess() operation {
	p.guesses++
	return operation{
		name: "wrong password", status: http.StatusUnauthorized,
		send: func() (*kit.Answer, error) {
			return p.send(p.client(), http.MethodPost, "/users/login", map[string]any{"username": p.account.Username, "password": kit.Password()})
		},
		done: func(*kit.Answer) {},
	}
}
