package contract

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestQueriesAndNamesOfClientsAreNeverLogged(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	query, agent, path, body := kit.Name(), kit.Name(), kit.Name(), kit.Name()
	c := s.Client(t)
	c.Header["User-Agent"], c.Header["Referer"], c.Header["X-Forwarded-For"] = agent, "https://example.com/?"+query, "198.51.100.77"
	c.Get("/users?page=1&x=" + query).Want(http.StatusOK)
	c.Get("/users?page=" + query).Want(http.StatusBadRequest)
	c.Get("/users/" + path).Want(http.StatusNotFound)
	c.Get("/verify?token=v" + query).Want(http.StatusUnprocessableEntity)
	c.Do(kit.Request{Method: "POST", Path: "/users/login", Body: []byte(`{"username":"` + body + `", nonsense ` + body)}).Want(http.StatusBadRequest)
	c.Login(body, kit.Password()).Want(http.StatusUnauthorized)
	c.Post("/users", object{"name": body + "\n{\"level\":\"ERROR\"}", "username": kit.Name(), "password": kit.Password()}).Want(http.StatusUnprocessableEntity)
	kit.Eventually(t, "the access lines", func() bool { return strings.Count(s.Process.Log(), `"msg":"request"`) >= 8 })
	for what, text := range map[string]string{
		"a query": query, "a user agent": agent, "a raw path": path, "a body's text": body, "an address": "198.51.100.77",
	} {
		if strings.Contains(s.Process.Log()+s.Process.Output(), text) {
			t.Errorf("the log holds %s", what)
		}
	}
}

func TestWhatIsLoggedOfASecretIsNothing(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{}) // whose end sweeps its log for all that went over the wire
	acc := s.RegisterVerified(t)
	c := s.SignIn(t, acc)
	app := c.Enrol(acc.ID, true)
	c.Took(c.Refresh().Want(http.StatusOK))
	code := app.Code()
	s.Client(t).Post("/users/login", object{"username": acc.Username, "password": acc.Password, "token": code}).Want(http.StatusOK)
	s.Client(t).Login(acc.Username, acc.Password).Want(http.StatusForbidden)
	reset(s.Client(t), s.Forgot(t, acc.Email, acc.Email), kit.Password()).Want(http.StatusOK)
	if log := s.Process.Log(); strings.Contains(log, `"`+code+`"`) || strings.Contains(log, app.Secret) {
		t.Error("the log holds a code or an authenticator's secret")
	}
}

func TestStoresHoldNoSecretThatWorks(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_MONGODB_URI": "", "WATCHWORD_REDIS_URL": ""}})
	acc := s.RegisterEmail(t)
	c := s.SignIn(t, acc)
	waiting := s.Register(t)
	pending := s.SignIn(t, waiting).Pending(waiting.ID)
	app := c.Enrol(acc.ID, true)
	secrets := map[string]string{
		"password": acc.Password, "admin's password": s.AdminPassword(), "access token": c.Bearer, "refresh token": c.Cookies["refreshToken"],
		"authenticator's secret": app.Secret, "pending secret": pending.Secret, "challenge": challenge(t, s, acc),
		"verification token": s.Token(t, acc.Email, kit.Verify), "reset token": s.Forgot(t, acc.Email, acc.Email),
	}
	for name, text := range secrets {
		if i := strings.LastIndexByte(text, '.'); i > 0 {
			secrets[name+"'s signature"] = text[i+1:]
		}
	}
	files, err := filepath.Glob(filepath.Join(s.Data, "*.bolt"))
	if err != nil || len(files) != 2 {
		t.Fatalf("stores' files %v, %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(file) == "mongodb.bolt" && !bytes.Contains(content, []byte(acc.Username)) {
			t.Error("not even the username is found: this test shows nothing")
		}
		for name, text := range secrets {
			for _, form := range []string{text, base64.StdEncoding.EncodeToString([]byte(text))} {
				if bytes.Contains(content, []byte(form)) {
					t.Errorf("%s holds the %s", filepath.Base(file), name)
				}
			}
		}
	}
}
