package fault

import (
	"net/http"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

func TestWithoutUsers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			p := r.people(t)
			r.without(t, kit.Users, w, func() {
				p.in.Get("/sign/check").Want(http.StatusOK)
				r.Client(t).Get("/.well-known/jwks.json").Want(http.StatusOK)
				p.out.Post("/users/auth/logout", nil).Want(http.StatusOK)
				p.in.Get("/users/auth/sessions").Want(http.StatusOK)

				r.signIns(t, p).unavailable(t)
			})
			p.whole(t, r)
			p.verifies(t, r)
		})
	}
}

func TestWithoutMailer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			p := r.people(t)
			fresh := kit.Account{Username: kit.Name(), Password: kit.Password()}
			fresh.Email = fresh.Username + "@example.com"
			r.without(t, kit.Mailer, w, func() {
				c := r.Client(t)
				fresh = c.Register(fresh) // its mail waits in its outbox
				r.SignIn(t, fresh)
				p.refresh.Took(p.refresh.Refresh().Want(http.StatusOK))
				p.in.Put("/users/"+p.acc.ID+"/password", object{"password": p.acc.Password, "newPassword": p.acc.Password + "!"}).Want(http.StatusOK)
				p.acc.Password += "!"
				c.VerifyEmail(p.token).Want(http.StatusOK)
				list := asks{}
				list.addMails(r, t, fresh.Email)
				list.unavailable(t)
			})
			kit.Within(t, time.Minute, "a link that works", func() bool { // "another link", refused, may have been mailed too
				for _, m := range r.sink.To(fresh.Email) {
					if m.Is(kit.Verify) && r.Client(t).VerifyEmail(m.Token()).Status == http.StatusOK {
						return true
					}
				}
				return false
			})
			kit.Within(t, time.Minute, "the notice", func() bool {
				for _, m := range r.sink.To(p.acc.Email) {
					if m.Subject == "Your password was changed" {
						return true
					}
				}
				return false
			})
			kit.Eventually(t, "a reset that is mailed", func() bool {
				return r.Client(t).Post("/users/auth/password/forgot", object{"email": p.acc.Email}).Status == http.StatusOK
			})
			kit.Eventually(t, "a reset that works", func() bool { // one that was refused may have been mailed about too
				for _, m := range r.sink.To(p.acc.Email) {
					body := object{"token": m.Token(), "password": p.acc.Password + "?"}
					if m.Is(kit.Reset) && r.Client(t).Post("/users/auth/password/reset", body).Status == http.StatusOK {
						return true
					}
				}
				return false
			})
		})
	}
}

func TestWithoutSMTP(t *testing.T) {
	t.Parallel()
	sink := kit.NewSink(t)
	door := newDoor(t, sink.Address())
	r := rig{kit.StartAsunder(t, map[string]string{"WATCHWORD_SMTP_URL": "smtp://" + door.address + "?starttls=disabled"}), sink}
	p := r.people(t)
	door.shut(t)
	acc := r.RegisterEmail(t)
	r.SignIn(t, acc)
	for _, email := range []string{p.acc.Email, kit.Name() + "@example.com"} {
		r.Client(t).Post("/users/auth/password/forgot", object{"email": email}).Want(http.StatusOK)
	}
	kit.Eventually(t, "a try that failed", func() bool {
		return r.Metric(t, kit.Mailer, `watchword_mail_deliveries_total{outcome="failed",template="reset"}`) > 0
	})
	door.open(t)
	// The pause after the first try that failed is half a minute; token waits as long as that.
	r.Client(t).VerifyEmail(r.token(t, acc.Email, kit.Verify)).Want(http.StatusOK)
	r.Client(t).Post("/users/auth/password/reset", object{"token": r.token(t, p.acc.Email, kit.Reset), "password": kit.Password()}).Want(http.StatusOK)
}

func TestWithoutAuth(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.people(t)
	p.in.Get("/users/" + p.acc.ID).Want(http.StatusOK) // by which users has the keys
	if err := r.Kill(kit.Auth); err != nil {
		t.Fatal(err)
	}
	p.in.Get("/users/" + p.acc.ID).Want(http.StatusOK)
	p.in.Put("/users/"+p.acc.ID, object{"name": "Changed", "username": p.acc.Username}).Want(http.StatusOK)
	if a, err := p.in.Try(kit.Request{Method: "POST", Path: "/users/auth/refresh"}); err == nil {
		t.Errorf("refresh answers %d", a.Status)
	}

	// Without the keys users can't tell a good token from a bad one: it refuses to decide.
	if err := r.Kill(kit.Users); err != nil {
		t.Fatal(err)
	}
	if err := r.Restart(kit.Users); err != nil {
		t.Fatal(err)
	}
	p.in.Clone().Get("/users/" + p.acc.ID).Want(http.StatusServiceUnavailable).Waits()
	anyone := p.in.Clone()
	anyone.Bearer = ""
	anyone.Get("/users/" + p.acc.ID).Want(http.StatusOK)

	if err := r.Restart(kit.Auth); err != nil {
		t.Fatal(err)
	}
	kit.Eventually(t, "the session", func() bool { return p.in.Get("/users/"+p.acc.ID).Status == http.StatusOK })
	p.whole(t, r)
}
