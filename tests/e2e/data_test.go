package e2e

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

// embedded is a suite whose stores are the embedded ones, whatever the environment says.
func embedded(t *testing.T, env map[string]string) *kit.Suite {
	t.Helper()
	o := kit.Options{Env: map[string]string{"WATCHWORD_MONGODB_URI": "", "WATCHWORD_MONGODB_DATABASE": "", "WATCHWORD_REDIS_URL": ""}}
	for name, value := range env {
		o.Env[name] = value
	}
	return kit.Start(t, o)
}

// ends are the ways in which a run may end.
var ends = map[string]func(t *testing.T, s *kit.Suite){
	"a clean stop": func(t *testing.T, s *kit.Suite) {
		if code, err := s.Process.Stop(); err != nil || code != 0 {
			t.Fatalf("exit code %d, %v: %s", code, err, s.Process.Log())
		}
	},
	"kill -9": func(t *testing.T, s *kit.Suite) {
		if err := s.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	},
}

func TestDataSurvives(t *testing.T) {
	t.Parallel()
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := embedded(t, nil)
			acc := s.RegisterVerified(t)
			c, ended := s.SignIn(t, acc), s.SignIn(t, acc)
			app := c.Enrol(acc.ID, true)
			stolen := c.Clone()
			for range 2 {
				c.Took(c.Refresh().Want(http.StatusOK))
			}
			ended.Post("/users/auth/logout", nil).Want(http.StatusOK)
			spent := app.Code()
			login := object{"username": acc.Username, "password": acc.Password, "token": spent}
			s.Client(t).Post("/users/login", login).Want(http.StatusOK)
			reset := s.Forgot(t, acc.Email, acc.Email)

			end(t, s)
			if err := s.Restart(); err != nil {
				t.Fatal(err)
			}

			if !c.Alive() {
				t.Error("a session is gone")
			}
			if ended.Alive() {
				t.Error("a session that was ended is back")
			}
			s.Client(t).Login(acc.Username, acc.Password).Refused(http.StatusForbidden, "two_factor_required")
			s.Client(t).Post("/users/login", login).Refused(http.StatusUnauthorized, "invalid_code")
			login["token"] = app.Code()
			s.Client(t).Post("/users/login", login).Want(http.StatusOK)
			c.Took(c.Refresh().Want(http.StatusOK))
			stolen.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
			if c.Alive() {
				t.Error("a token that was spent before the restart ends nothing after it")
			}
			s.Client(t).Post("/users/auth/password/reset", object{"token": reset, "password": kit.Password()}).Want(http.StatusOK)
			s.Client(t).Post("/users/auth/password/reset", object{"token": reset, "password": kit.Password()}).
				Refused(http.StatusUnprocessableEntity, "invalid_token")
		})
	}
}

func TestFailuresInARowSurviveAKill(t *testing.T) {
	t.Parallel()
	s := embedded(t, nil)
	acc := s.Register(t)
	for range 10 {
		s.Client(t).Login(acc.Username, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
	}
	ends["kill -9"](t, s)
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	s.Client(t).Login(acc.Username, acc.Password).Refused(http.StatusTooManyRequests, "too_many_requests").Waits()
}

func TestNothingThatWasAcknowledgedIsLostByAKill(t *testing.T) {
	t.Parallel()
	s := embedded(t, nil)
	var mu sync.Mutex
	var made []string
	var writers sync.WaitGroup
	for range 4 {
		c := s.Client(t)
		writers.Go(func() {
			for {
				a, err := c.Try(kit.Request{Method: "POST", Path: "/users", Body: object{"name": "J", "username": kit.Name(), "isTotpEnable": true}})
				if err != nil || a.Status != http.StatusCreated {
					return // it is dead, or dying
				}
				mu.Lock()
				made = append(made, kit.Data[kit.User](a).ID)
				mu.Unlock()
			}
		})
	}
	kit.Eventually(t, "traffic", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(made) > 100
	})
	ends["kill -9"](t, s)
	writers.Wait()
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	c := s.Client(t)
	for _, id := range made {
		if a := c.Get("/users/" + id); a.Status != http.StatusOK {
			t.Errorf("an account that was acknowledged answers %d", a.Status)
		}
	}
	s.Register(t)
}

func TestQueuedMailIsDeliveredAfterAKill(t *testing.T) {
	t.Parallel()
	s := embedded(t, map[string]string{"WATCHWORD_SMTP_URL": "smtp://127.0.0.1:1?starttls=disabled"})
	acc := s.RegisterEmail(t)
	kit.Eventually(t, "the mail in the queue", func() bool {
		return s.Metric(t, "mailer", `watchword_mail_deliveries_total{outcome="failed",template="verification"}`) > 0
	})
	ends["kill -9"](t, s)
	delete(s.Env, "WATCHWORD_SMTP_URL")
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	// The pause after the first try that failed is half a minute.
	kit.Within(t, 90*time.Second, "the mail", func() bool { return len(s.Mails(t, acc.Email)) > 0 })
	s.Client(t).VerifyEmail(s.Token(t, acc.Email, kit.Verify)).Want(http.StatusOK)
	if n := len(s.Mails(t, acc.Email)); n != 1 {
		t.Errorf("%d mails", n)
	}
}
