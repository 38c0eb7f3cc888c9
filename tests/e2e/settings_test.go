package e2e

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestAWrongSettingStopsTheStartWithOneLineThatNamesIt(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	key := base64.StdEncoding.EncodeToString([]byte("thirty-one bytes are too few..."))
	for name, settings := range map[string]map[string]string{
		"a number that is none":          {"WATCHWORD_LIMIT_SCALE": "many"},
		"a number out of its range":      {"WATCHWORD_LIMIT_SCALE": "0"},
		"a duration that is none":        {"WATCHWORD_RETENTION": "a while"},
		"a negative duration":            {"WATCHWORD_RETENTION": "-1h"},
		"a word that is not one of them": {"WATCHWORD_DIRECTORY": "nobody"},
		"a boolean that is none":         {"WATCHWORD_REGISTRATION": "perhaps"},
		"a length too small":             {"WATCHWORD_PASSWORD_MIN": "7"},
		"no URL":                         {"WATCHWORD_PUBLIC_URL": "accounts.example.com"},
		"no page's URL":                  {"WATCHWORD_VERIFY_URL": "ftp://example.com"},
		"any origin":                     {"WATCHWORD_ORIGINS": "*"},
		"an origin with a path":          {"WATCHWORD_ORIGINS": "https://app.example.com/app"},
		"no network":                     {"WATCHWORD_TRUSTED_PROXIES": "everybody"},
		"no MongoDB":                     {"WATCHWORD_MONGODB_URI": "postgres://secret-user:secret-word@example.com"},
		"no Redis":                       {"WATCHWORD_REDIS_URL": "http://secret-user:secret-word@example.com"},
		"no mail server":                 {"WATCHWORD_SMTP_URL": "http://secret-user:secret-word@example.com"},
		"no sender":                      {"WATCHWORD_MAIL_FROM": "nobody"},
		"a language not spoken":          {"WATCHWORD_LOCALE": "xx"},
		"a key too short":                {"WATCHWORD_SERVICE_KEYS": "k1 " + key},
		"a key that is none":             {"WATCHWORD_PEPPER_KEYS": "secret-word"},
		"a file that isn't there":        {"WATCHWORD_REFRESH_KEYS_FILE": filepath.Join(t.TempDir(), "nothing")},
		"no keys in a folder":            {"WATCHWORD_SIGNING_KEYS_DIR": t.TempDir()},
		"an admin without a password":    {"WATCHWORD_ADMIN_USERNAME": "somebody"},
		"weak hashes":                    {"WATCHWORD_HASH_MEMORY": "1024"},
		"no address":                     {"WATCHWORD_LISTEN": "nowhere"},
		"data that is a file":            {"WATCHWORD_DATA": file},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := free(t)
			for setting, value := range settings {
				env[setting] = value
			}
			p, code := finish(t, env)
			if code == 0 {
				t.Fatal("it starts")
			}
			log := strings.TrimSpace(p.Log())
			for setting := range settings {
				if !strings.Contains(log, strings.TrimSuffix(setting, "_FILE")) && !(setting == "WATCHWORD_HASH_MEMORY" && strings.Contains(log, "WATCHWORD_HASH_")) {
					t.Errorf("%q does not name %s", log, setting)
				}
			}
			if strings.Count(log, "\n") > 0 || strings.Contains(log, "goroutine") || strings.Contains(log, "secret-") {
				t.Errorf("the message is %q", log)
			}
			if strings.Contains(p.Output(), "Ready.") {
				t.Error("it said that it is ready")
			}
		})
	}
}

func TestAllWrongSettingsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	env := free(t)
	env["WATCHWORD_HASH_SLOTS"], env["WATCHWORD_RETENTION"] = "-1", "-1h"
	p, code := finish(t, env)
	if code == 0 || !strings.Contains(p.Log(), "WATCHWORD_HASH_") || !strings.Contains(p.Log(), "WATCHWORD_RETENTION") {
		t.Errorf("exit code %d, message %q", code, p.Log())
	}
}

func TestASecretComesByFileToo(t *testing.T) {
	t.Parallel()
	password := kit.Password()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_ADMIN_PASSWORD": "", "WATCHWORD_ADMIN_PASSWORD_FILE": file}})
	s.SignIn(t, kit.Account{Username: kit.AdminName, Password: password})
}

func TestTheConfiguredAdminIsNeverOverwrittenAndNobodyIsPromoted(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_ADMIN_EMAIL": "root@example.com"}})
	first := s.AdminPassword()
	acc := s.RegisterEmail(t)
	restart := func(username, email string) error {
		t.Helper()
		if code, err := s.Process.Stop(); err != nil || code != 0 {
			t.Fatalf("exit code %d, %v", code, err)
		}
		s.Env["WATCHWORD_ADMIN_USERNAME"], s.Env["WATCHWORD_ADMIN_EMAIL"] = username, email
		return s.Restart()
	}
	s.Env["WATCHWORD_ADMIN_PASSWORD"] = kit.Password()
	if err := restart(kit.AdminName, "other@example.com"); err != nil {
		t.Fatal(err)
	}
	s.SignIn(t, kit.Account{Username: kit.AdminName, Password: first})

	if err := restart(acc.Username, "fresh@example.com"); err == nil {
		t.Fatal("it starts with another's username for the admin's")
	} else if !strings.Contains(err.Error(), "WATCHWORD_ADMIN_") {
		t.Errorf("the message is %q", err)
	}
	s.Env["WATCHWORD_ADMIN_USERNAME"], s.Env["WATCHWORD_ADMIN_EMAIL"] = kit.Name(), acc.Email
	if err := s.Restart(); err == nil {
		t.Fatal("it starts with another's email for the admin's")
	} else if !strings.Contains(err.Error(), "WATCHWORD_ADMIN_") {
		t.Errorf("the message is %q", err)
	}
	s.Env["WATCHWORD_ADMIN_USERNAME"], s.Env["WATCHWORD_ADMIN_EMAIL"] = kit.AdminName, ""
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if role := s.SignIn(t, acc).Get("/sign/check").Header.Get("X-Auth-User-Role"); role != "standard" {
		t.Errorf("role %q", role)
	}
}
