package contract

import (
	"net/http"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestDemonstration(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_DEMO": "true"}})
	acc := s.RegisterEmail(t)
	c := s.SignIn(t, acc)
	acc.ID = idOf(c)
	lynx, another := signInBy(t, s, "lynx", acc, ""), kit.Password()

	const credentials, totp = "Updating of credentials is not enabled in demo mode.", "Enabling 2FA is not supported in demo mode."
	for _, test := range []struct {
		method, path string
		body         object
		message      string // lynx's; "": any
	}{
		{"PATCH", "/auth/email", object{"newEmail": newcomer().Email, "password": acc.Password}, credentials},
		{"PATCH", "/auth/password", object{"newPassword": another, "password": acc.Password}, credentials},
		{"PATCH", "/auth/username", object{"newUsername": kit.Name(), "password": acc.Password}, credentials},
		{"GET", "/auth/totp", nil, totp},
		{"POST", "/auth/totp", object{"token": "123456"}, totp},
		{"DELETE", "/auth/totp", nil, ""},
		{"POST", "/auth/totp/recover", object{"username": acc.Username, "password": acc.Password, "backupCode": "57E5ht9zD1d3"}, ""},
		{"POST", "/auth/newSecret", nil, ""},
	} {
		r := kit.Request{Method: test.method, Path: test.path}
		if test.body != nil {
			r.Body = test.body
		}
		a := lynx.Do(r).RefusedBy("lynx", http.StatusNotAcceptable)
		if got := kit.Object[struct{ Message string }](a).Message; test.message != "" && got != test.message {
			t.Errorf("%s %s: message %q", test.method, test.path, got)
		}
	}

	legion := func(a *kit.Answer) { t.Helper(); a.Refused(http.StatusForbidden, "demo_mode") }
	legion(c.Put("/users/"+acc.ID, object{"name": "J", "username": kit.Name()}))
	legion(c.Put("/users/"+acc.ID+"/password", object{"password": acc.Password, "newPassword": another}))
	legion(c.Post("/users/"+acc.ID+"/otp/secret", nil))
	legion(c.Put("/users/"+acc.ID+"/otp", object{"token": "123456"}))
	legion(c.Delete("/users/"+acc.ID+"/otp", object{}))

	c.Put("/user/changepassword", object{"currentPassword": acc.Password, "newPassword": another}).RefusedBy("ild", http.StatusForbidden)

	token := s.Forgot(t, acc.Email, acc.Email)
	legion(reset(s.Client(t), token, another))
	s.Client(t).Post("/sign/reset/"+token, object{"password": another}).RefusedBy("ild", http.StatusForbidden)

	for _, dialect := range kit.Dialects { // and nothing has changed
		signInBy(t, s, dialect, acc, "")
	}
}
