package fault

import (
	"net/http"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestWithoutMongoDB(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			p := r.people(t)
			r.without(t, kit.MongoDB, w, func() {
				c := r.Client(t)
				p.in.Get("/sign/check").Want(http.StatusOK)
				c.Get("/.well-known/jwks.json").Want(http.StatusOK)
				p.out.Post("/users/auth/logout", nil).Want(http.StatusOK)
				if p.out.Alive() {
					t.Error("the session that signed out lives on")
				}
				p.in.Get("/users/auth/sessions").Want(http.StatusOK)

				list := r.signIns(t, p)
				list["list"] = func() *kit.Answer { return c.Clone().Get("/users") }
				list["user"] = func() *kit.Answer { return c.Clone().Get("/users/" + p.acc.ID) }
				list["registration"] = func() *kit.Answer { return register(r.Client(t)) }
				list["update"] = func() *kit.Answer { return update(p) }
				list["deletion"] = func() *kit.Answer { return p.in.Clone().Delete("/users/"+p.acc.ID, nil) }
				list.unavailable(t)
			})
			p.whole(t, r)
			p.verifies(t, r)
		})
	}
}

func TestWithoutRedis(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			p := r.people(t)
			r.without(t, kit.Redis, w, func() {
				c := r.Client(t)
				c.Get("/users").Want(http.StatusOK)
				c.Get("/users/" + p.acc.ID).Want(http.StatusOK)
				c.Get("/.well-known/jwks.json").Want(http.StatusOK)
				c.Get("/csrf-token").Want(http.StatusOK)

				list := r.signIns(t, p)
				list["sessions"] = func() *kit.Answer { return p.in.Clone().Get("/users/auth/sessions") }
				list["logout"] = func() *kit.Answer { return p.out.Clone().Post("/users/auth/logout", nil) }
				list["user"] = func() *kit.Answer { return p.in.Clone().Get("/users/" + p.acc.ID) }
				list["registration"] = func() *kit.Answer { return register(r.Client(t)) }
				list["update"] = func() *kit.Answer { return update(p) }
				list["check"] = func() *kit.Answer { return p.in.Clone().Get("/sign/check") }
				list.unavailable(t)
			})
			p.whole(t, r)
			if !p.out.Alive() {
				t.Error("a logout that was refused ended the session")
			}
			p.verifies(t, r)
		})
	}
}

func register(c *kit.Client) *kit.Answer {
	return c.Post("/users", object{"name": "J", "username": kit.Name(), "isTotpEnable": true})
}

func update(p people) *kit.Answer {
	return p.in.Clone().Put("/users/"+p.acc.ID, object{"name": "J", "username": p.acc.Username})
}
