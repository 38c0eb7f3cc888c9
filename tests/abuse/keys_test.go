package abuse

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func random(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// A new key in front of each list signs from then on, and nobody is signed out, loses a password or an authenticator.
func TestCR03(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	acc := s.RegisterEmail(t)
	c := s.SignIn(t, acc)
	app := c.Enrol(acc.ID, true)
	token := s.Token(t, acc.Email, kit.Verify)
	if _, err := s.Process.Stop(); err != nil {
		t.Fatal(err)
	}
	lists, err := filepath.Glob(filepath.Join(s.Data, "keys", "*.keys"))
	if err != nil || len(lists) < 5 {
		t.Fatalf("lists of keys: %v, %v", lists, err)
	}
	for _, list := range lists {
		old, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		text := "newest " + base64.StdEncoding.EncodeToString(random(t, 32)) + "\n" + string(old)
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if !c.Alive() {
		t.Error("the session ended")
	}
	c.Took(c.Refresh().Want(http.StatusOK)) // with the CSRF token from before
	c.Took(c.Refresh().Want(http.StatusOK))
	c.VerifyEmail(token).Want(http.StatusOK)
	d := s.Client(t)
	d.Took(d.Post("/users/login", object{"username": acc.Username, "password": acc.Password, "token": app.Code()}).Want(http.StatusOK))
	d.Took(d.Refresh().Want(http.StatusOK))
	s.SignUp(t)
}

// The suite does not start with a key that is short, or that nobody drew at random; and doesn't show it either.
func TestJW10(t *testing.T) {
	t.Parallel()
	binary, err := kit.Binary("deploy/local")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"refresh.keys", "service.keys", "csrf.keys", "seal.keys", "pepper.keys"} {
		for name, key := range map[string][]byte{
			"31 bytes": random(t, 31), "zeros": make([]byte, 32), "an example": []byte("0123456789abcdef0123456789abcdef"),
			"one word again and again": bytes.Repeat([]byte("changeme"), 4),
		} {
			t.Run(file+" "+name, func(t *testing.T) {
				data := t.TempDir()
				if err := os.Mkdir(filepath.Join(data, "keys"), 0o700); err != nil {
					t.Fatal(err)
				}
				encoded := base64.StdEncoding.EncodeToString(key)
				if err := os.WriteFile(filepath.Join(data, "keys", file), []byte("k1 "+encoded+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				process, err := kit.Launch(binary, map[string]string{
					"WATCHWORD_DATA": data, "WATCHWORD_LISTEN": "127.0.0.1:0", "WATCHWORD_INBOX_LISTEN": "127.0.0.1:0",
				})
				if err != nil {
					t.Fatal(err)
				}
				code, err := process.Await(kit.Patience)
				if err != nil || code == 0 {
					t.Fatalf("exit code %d, %v", code, err)
				}
				said := process.Log() + process.Output()
				if !strings.Contains(strings.ToLower(said), "key") || strings.Contains(said, encoded) || strings.Contains(said, string(key)) {
					t.Errorf("it says %q", said)
				}
			})
		}
	}
}
