package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestUsernameRule(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for name, username := range map[string]string{
		"too short": "ab", "too long": strings.Repeat("a", 33), "begins with a dot": ".abc", "ends with a hyphen": "abc-",
		"ends with an underscore": "abc_", "begins with an underscore": "_abc", "space": "a bc", "at": "a@b.example",
		"plus": "a+b", "cyrillic": "аdmin", "fullwidth": "ａbc", "joiner": "a\u200dbc", "override": "a\u202ebc", "umlaut": "müller",
		"slash": "a/b", "empty": "", "leading space": " abc", "line end": "abc\n", "markup": "<b>abc", "dollar": "$where",
	} {
		t.Run(name, func(t *testing.T) {
			c.Post("/users", object{"name": "John Doe", "username": username, "isTotpEnable": true}).
				Refused(http.StatusUnprocessableEntity, "username_refused").Field("username", "wrong_format")
		})
	}
	short := kit.Name()[4:5] + kit.Name()[6:7] // three characters in all, not to meet another test's
	for _, username := range []string{"9" + short, kit.Name() + ".a_b-C9", kit.Name() + strings.Repeat("x", 17)} {
		a := c.Post("/users", object{"name": "John Doe", "username": username, "isTotpEnable": true})
		if a.Status != http.StatusCreated {
			t.Errorf("%s: status %d, body %s", username, a.Status, a.Body)
		}
	}
}

func TestNameRule(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for name, value := range map[string]string{
		"empty": "", "only spaces": "   ", "101 characters": strings.Repeat("é", 101), "line end": "John\nDoe", "tab": "John\tDoe",
		"C1 control": "John\u0085Doe", "override": "John\u202eDoe", "escape": "John\x1b[31mDoe",
	} {
		t.Run(name, func(t *testing.T) {
			c.Post("/users", object{"name": value, "username": kit.Name(), "isTotpEnable": true}).
				Refused(http.StatusUnprocessableEntity, "name_refused")
		})
	}
	for _, value := range []string{"J", strings.Repeat("é", 100), "O'Brien 🙂", "Jean-Luc <b>"} {
		c.Post("/users", object{"name": value, "username": kit.Name(), "isTotpEnable": true}).Want(http.StatusCreated)
	}
}

func TestEmailRule(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for name, email := range map[string]string{
		"no at": "john", "no local part": "@example.com", "no domain": "john@", "one label": "john@localhost",
		"space": "jo hn@example.com", "two dots": "john@example..com", "quoted": `"john"@example.com`, "comment": "john(x)@example.com",
		"line end": "john@example.com\n", "header": "john@example.com\r\nBcc: x@example.com", "two": "a@example.com,b@example.com",
		"brackets": "<john@example.com>", "display name": "John <john@example.com>", "255 bytes": strings.Repeat("a", 64) + "@" +
			strings.Repeat("b.", 95) + "example", "local part of 65": strings.Repeat("a", 65) + "@example.com", "empty": "",
		"leading dot": ".john@example.com", "literal": "john@[127.0.0.1]", "numeric": "john@127.0.0.1",
	} {
		t.Run(name, func(t *testing.T) {
			c.Post("/users", object{"name": "John Doe", "username": kit.Name(), "email": email, "isTotpEnable": true}).
				Refused(http.StatusBadRequest, "email_malformed").Field("email", "wrong_format")
		})
	}
	for _, email := range []string{kit.Name() + "+tag@example.com", kit.Name() + "@sub.example.co.uk", kit.Name() + "@müller.example"} {
		c.Post("/users", object{"name": "John Doe", "username": kit.Name(), "email": email, "isTotpEnable": true}).Want(http.StatusCreated)
	}
}

func TestPasswordRule(t *testing.T) {
	t.Parallel()
	c, name := kit.Shared(t).Client(t), kit.Name()
	email := name + "@example.com"
	for why, password := range map[string]string{
		"too_short":    "7charac",
		"too_long":     strings.Repeat("x", 257),
		"too_common":   "password123",
		"equals_login": strings.ToUpper(name),
	} {
		t.Run(why, func(t *testing.T) {
			c.Post("/users", object{"name": "John Doe", "username": name, "email": email, "password": password}).
				Refused(http.StatusUnprocessableEntity, "password_refused").Field("password", why)
		})
	}
	t.Run("the email", func(t *testing.T) {
		c.Post("/users", object{"name": "John Doe", "username": kit.Name(), "email": email, "password": email}).
			Refused(http.StatusUnprocessableEntity, "password_refused").Field("password", "equals_login")
	})
	t.Run("common in capitals", func(t *testing.T) {
		c.Post("/users", object{"name": "John Doe", "username": name, "password": "QWERTYUIOP"}).
			Refused(http.StatusUnprocessableEntity, "password_refused").Field("password", "too_common")
	})
}

func TestPasswordsThatAreAccepted(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	name := kit.Name()
	for what, password := range map[string]string{
		"eight characters": name[:8], "256 characters": strings.Repeat("long", 64), "no composition": "vwxyzvwxyz",
		"emoji": "🙂🙃😀😁😂😃😄😅", "spaces around": "  " + name + "  ", "holds a common one": "password123-" + name, "holds the name": name + "!!",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			username := kit.Name()
			if what == "holds the name" {
				username = name
			}
			a := s.Client(t).Register(kit.Account{Username: username, Password: password})
			s.SignIn(t, a)
		})
	}
}

func TestPasswordsAreComparedWholeAndInNFC(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	long := strings.Repeat("p", 72)
	a := s.Client(t).Register(kit.Account{Password: long + "-first"})
	s.Client(t).Login(a.Username, long+"-second").Refused(http.StatusUnauthorized, "invalid_credentials")
	s.Client(t).Login(a.Username, long).Refused(http.StatusUnauthorized, "invalid_credentials")

	b := s.Client(t).Register(kit.Account{Password: " caf\u00e9-" + kit.Name() + " "})
	s.Client(t).Login(b.Username, strings.Replace(b.Password, "\u00e9", "e\u0301", 1)).Want(http.StatusOK)
	s.Client(t).Login(b.Username, strings.TrimSpace(b.Password)).Refused(http.StatusUnauthorized, "invalid_credentials")
	s.Client(t).Login(b.Username, strings.ToUpper(b.Password)).Refused(http.StatusUnauthorized, "invalid_credentials")
}
