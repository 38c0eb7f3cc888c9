package abuse

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// What was rotated away stays so after a power cut, and when Redis forgets all.
func TestSE05(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_MONGODB_URI": "", "WATCHWORD_REDIS_URL": ""}})
	c, acc := s.SignUp(t)
	old := c.Clone()
	c.Took(c.Refresh().Want(http.StatusOK))
	c.Took(c.Refresh().Want(http.StatusOK))
	d := s.SignIn(t, acc)
	again(t, s, func() {})
	if !c.Alive() {
		t.Fatal("the session is gone after the restart")
	}
	old.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	if c.Alive() {
		t.Error("the reuse did not end the session")
	}
	c.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	if !d.Alive() {
		t.Fatal("another session ended too")
	}
	again(t, s, func() {
		if err := os.Remove(filepath.Join(s.Data, "redis.bolt")); err != nil {
			t.Fatal(err)
		}
	})
	d.Clone().Refresh().Want(http.StatusUnauthorized)
	if d.Alive() {
		t.Error("a session that Redis has forgotten is alive")
	}
	s.SignIn(t, acc)
}

// again kills the suite and runs it once more on what is there then.
func again(t *testing.T, s *kit.Suite, between func()) {
	t.Helper()
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	between()
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
}

// A client whose answer got lost asks again with the token that it still has, and nothing is spent twice.
func TestSE06(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, _ := s.SignUp(t)
	c.Get("/csrf-token").Want(http.StatusOK)
	auth := s.Services["auth"].Public
	conn := dial(t, auth)
	lost := fill("POST /users/auth/refresh HTTP/1.1\r\nHost: {host}\r\nCookie: refreshToken={refresh}; __Host-csrf={csrf}\r\n"+
		"X-CSRF-Token: {csrf}\r\nAuthorization: Bearer {bearer}\r\n\r\n",
		"{host}", address(t, auth), "{refresh}", c.Cookies["refreshToken"], "{csrf}", c.Cookies["__Host-csrf"], "{bearer}", c.Bearer)
	if _, err := io.WriteString(conn, lost); err != nil {
		t.Fatal(err)
	}
	status := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(conn, status); err != nil || string(status) != "HTTP/1.1 200" {
		t.Fatalf("the refresh whose answer gets lost: %q, %v", status, err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	c.Took(c.Refresh().Want(http.StatusOK))
	c.Took(c.Refresh().Want(http.StatusOK))
	if !c.Alive() {
		t.Error("the session ended")
	}
}

// Each change that must end sessions ends them before a refresh.
func TestSE08(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for name, change := range map[string]func(acc kit.Account){
		"another password": func(acc kit.Account) {
			s.SignIn(t, acc).Put("/users/"+acc.ID+"/password", object{"password": acc.Password, "newPassword": kit.Password()}).Want(http.StatusOK)
		},
		"a reset": func(acc kit.Account) {
			s.Client(t).Post("/users/auth/password/reset", object{"token": s.Forgot(t, acc.Email, acc.Email), "password": kit.Password()}).
				Want(http.StatusOK)
		},
		"another role": func(acc kit.Account) {
			s.Admin(t).Put("/users/"+acc.ID+"/role", object{"role": "admin"}).Want(http.StatusOK)
		},
		"deletion": func(acc kit.Account) { s.Admin(t).Delete("/users/"+acc.ID, nil).Want(http.StatusOK) },
		"logout everywhere else": func(acc kit.Account) {
			s.SignIn(t, acc).Delete("/users/auth/sessions", nil).Want(http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			acc := s.RegisterVerified(t)
			c := s.SignIn(t, acc)
			change(acc)
			c.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
			if c.Alive() {
				t.Error("the access token still works")
			}
		})
	}
}

// No value that a client chooses for a cookie becomes a session, not even by signing in with it.
func TestSE11(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	names := []string{"refreshToken", "token", "session", "session_id", "__Host-device", "sid"}
	for _, chosen := range []string{"chosen", "chosen-" + acc.ID, strings.Repeat("a", 200), "01JEVAG858D9NP6A1NMTKXPRRA.x", "null", "%00"} {
		c := s.Client(t)
		for _, name := range names {
			c.Cookies[name] = chosen
		}
		if c.Alive() {
			t.Errorf("%.40q is a session", chosen)
		}
		c.Took(c.Login(acc.Username, acc.Password).Want(http.StatusOK))
		fixed := s.Client(t)
		fixed.Bearer = c.Bearer
		for _, name := range names {
			fixed.Cookies[name] = chosen
		}
		fixed.Refresh().Want(http.StatusUnauthorized)
		if c.Cookies["refreshToken"] == chosen || c.Cookies["__Host-device"] == chosen {
			t.Errorf("the sign-in kept %.40q", chosen)
		}
	}
}

// No store holds a token, key or code of any dialect in a form that works.
func TestSE01(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_MONGODB_URI": "", "WATCHWORD_REDIS_URL": ""}})
	lynx, acc, _, codes := enabled(t, s)
	plain, waits := s.RegisterBy(t, "ild"), newcomer()
	opaque, ild := s.Client(t), s.Client(t)
	opaque.SignInBy("nerdcult", plain, "").Want(http.StatusOK)
	ild.SignInBy("ild", plain, "").Want(http.StatusOK)
	_, secret, _ := strings.Cut(opaque.Bearer, ".")
	s.Client(t).Attempt("wolf", waits)
	held := map[string]string{
		"opaque token": secret, "API key": keyOf(lynx), "backup code": codes[0], "lynx's cookie": signature(lynx.Cookies["token"]),
		"ild's cookie":     signature(ild.Cookies["refreshToken"]),
		"wolf's challenge": kit.Object[struct{ Token string }](s.Client(t).SignInBy("wolf", acc, "").Want(http.StatusOK)).Token,
		"wolf's refresh token": signature(kit.Object[struct {
			RefreshToken string `json:"refresh_token"`
		}](s.Client(t).SignInBy("wolf", plain, "").Want(http.StatusOK)).RefreshToken),
		"password that waits": waits.Password, "link that waits": s.Token(t, waits.Email, kit.Pending)[20:],
	}
	for _, name := range []string{"mongodb.bolt", "redis.bolt"} {
		content, err := os.ReadFile(filepath.Join(s.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		if id := opaque.Bearer[:26]; !bytes.Contains(content, []byte(id)) {
			t.Errorf("%s holds not even an account's id: this shows nothing", name)
		}
		for what, text := range held {
			for _, form := range []string{text, base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text))} {
				if len(text) < 10 || bytes.Contains(content, []byte(form)) {
					t.Errorf("%s holds the %s", name, what)
				}
			}
		}
	}
}

// signature is a JWT's last part.
func signature(token string) string { return token[strings.LastIndexByte(token, '.')+1:] }
