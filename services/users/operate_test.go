package users_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users"
)

// operate runs an operator's command beside a service, and gives what it printed.
func operate(t *testing.T, cfg users.OperatorConfig, in string, args ...string) (out, complaints string, err error) {
	t.Helper()
	if !users.Operates(args) {
		t.Fatalf("%v is no command", args)
	}
	var stdout, stderr bytes.Buffer
	err = users.Operate(t.Context(), cfg, users.Streams{In: strings.NewReader(in), Out: &stdout, Err: &stderr}, args)
	return stdout.String(), stderr.String(), err
}

// with adds another installation's keys to those of an installation, under a name that it has not.
func with(t *testing.T, own, other secret.Keyring) secret.Keyring {
	t.Helper()
	both, err := secret.NewKeyring(own.First(), secret.Key{ID: "old", Bytes: other.First().Bytes})
	check(t, err)
	return both
}

// enrol gives an account an authenticator that is required, and what shows its codes.
func (s *suite) enrol(t *testing.T, id, username string) func(at time.Time) string {
	t.Helper()
	bearer := s.signIn(t, username, goodPassword)
	made := s.do(t, http.MethodPost, "/users/"+id+"/otp/secret", bearer, "", http.StatusOK)
	uri, err := url.Parse(made["otpauthUrl"].(string))
	check(t, err)
	show := func(at time.Time) string {
		code, err := totp.GenerateCodeCustom(uri.Query().Get("secret"), at, totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA256})
		check(t, err)
		return code
	}
	s.do(t, http.MethodPut, "/users/"+id+"/otp", "", `{"token":"`+show(time.Now())+`","twoFactor":true}`, http.StatusOK)
	return show
}

func (s *suite) enter(t *testing.T, username, code string) (usersapi.SignedIn, error) {
	t.Helper()
	return s.users.SignIn(t.Context(), usersapi.SignIn{
		Login: usersapi.Login{Username: username}, Password: secret.NewWire(goodPassword), Code: code,
	})
}

func TestAnInstallationMovesByTwoCommands(t *testing.T) {
	t.Parallel()
	here := start(t)
	ada := here.do(t, http.MethodPost, "/users", "", `{"name":"Ada","username":"ada","email":"ada@example.com","password":"`+goodPassword+`"}`, http.StatusCreated)
	show := here.enrol(t, ada["id"].(string), "ada")
	bob := here.do(t, http.MethodPost, "/users", "", `{"name":"Bob","username":"bob","password":"`+goodPassword+`"}`, http.StatusCreated)
	here.do(t, http.MethodDelete, "/users/"+bob["id"].(string), here.signIn(t, "bob", goodPassword), "", http.StatusOK)
	check(t, here.stop())

	travels := keyring(t)
	file := filepath.Join(t.TempDir(), "accounts.ndjson")
	out, told, err := operate(t, users.OperatorConfig{Config: here.cfg, TransferKey: travels}, "", "export", "--to", file)
	if err != nil || out != "" || told != "2 accounts exported\n" {
		t.Fatalf("export: %q, %q, %v", out, told, err)
	}
	info, err := os.Stat(file)
	check(t, err)
	if info.Mode() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}

	there := start(t, func(c *users.Config) {
		c.SealKeys, c.PepperKeys = with(t, c.SealKeys, here.cfg.SealKeys), with(t, c.PepperKeys, here.cfg.PepperKeys)
	})
	cfg := users.OperatorConfig{Config: there.cfg, TransferKey: travels}
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"import", "--format", "ndjson", "--dry-run", file}, "2 accounts would be imported, 0 unchanged, 0 refused\n"},
		{[]string{"import", "--format", "ndjson", file}, "2 accounts imported, 0 unchanged, 0 refused\n"},
		{[]string{"import", "--format", "ndjson", file}, "0 accounts imported, 2 unchanged, 0 refused\n"},
	} {
		if out, told, err = operate(t, cfg, "", step.args...); err != nil || out != step.want || told != "" {
			t.Fatalf("%v: %q, %q, %v", step.args, out, told, err)
		}
	}

	if in, err := there.enter(t, "ada", ""); err != nil || !in.CodeNeeded {
		t.Errorf("by password: %+v, %v", in, err)
	}
	// The code of enrolment is spent, there too.
	if in, err := there.enter(t, "ada", show(time.Now().Add(30*time.Second))); err != nil || in.CodeNeeded {
		t.Errorf("by password and code: %+v, %v", in, err)
	}
	if _, err := there.enter(t, "bob", ""); !fault.Has(err, fault.CredentialsWrong) {
		t.Errorf("a deleted account: %v", err)
	}
	there.do(t, http.MethodPost, "/users", "", `{"name":"Bob","username":"bob","password":"`+goodPassword+`"}`, http.StatusConflict)
}

func TestExportAndImportByPipe(t *testing.T) {
	t.Parallel()
	here, there := start(t), start(t)
	here.do(t, http.MethodPost, "/users", "", `{"name":"Ada","username":"ada","password":"`+goodPassword+`"}`, http.StatusCreated)
	travels := keyring(t)
	line, _, err := operate(t, users.OperatorConfig{Config: here.cfg, TransferKey: travels}, "", "export")
	check(t, err)
	if !json.Valid([]byte(line)) || strings.Count(line, "\n") != 1 {
		t.Fatalf("exported %s", line)
	}
	// The place has peppers of its own, which makes a row that is refused.
	out, _, err := operate(t, users.OperatorConfig{Config: there.cfg, TransferKey: travels}, line, "import", "--format", "ndjson", "-")
	if err == nil || err.Error() != "rows refused: 1" ||
		!strings.HasPrefix(out, "refused: row 1, ada: its password needs pepper k1 of where it comes from") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestAnOperatorSwitchesTheSecondFactorOffBesideTheService(t *testing.T) {
	t.Parallel()
	s := start(t)
	ada := s.do(t, http.MethodPost, "/users", "", `{"name":"Ada","username":"ada","password":"`+goodPassword+`"}`, http.StatusCreated)
	s.enrol(t, ada["id"].(string), "ada")
	cfg := users.OperatorConfig{Config: users.Config{
		MongoDBURI: s.cfg.MongoDBURI, MongoDBDatabase: s.cfg.MongoDBDatabase, MongoDBStableAPI: true,
	}}
	if in, err := s.enter(t, "ada", ""); err != nil || !in.CodeNeeded {
		t.Fatalf("before: %+v, %v", in, err)
	}
	who, err := user.Current()
	check(t, err)
	out, log, err := operate(t, cfg, "", "totp-disable", "--username", "ADA", "--reason", "lost phone")
	if err != nil || out != "The second factor of ADA is off.\n" || !strings.Contains(log, `"by":"`+who.Username+`","reason":"lost phone"`) {
		t.Fatalf("%q, %q, %v", out, log, err)
	}
	if in, err := s.enter(t, "ada", ""); err != nil || in.CodeNeeded {
		t.Errorf("after: %+v, %v", in, err)
	}
	for _, c := range []struct{ username, want string }{
		{"ada", "ada has no authenticator"},
		{"zoe", "no account is named zoe"},
		{"\x1b[2J", `no account is named "\x1b[2J"`},
	} {
		if _, _, err := operate(t, cfg, "", "totp-disable", "--username", c.username, "--reason", "r"); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v", c.username, err)
		}
	}
}

func TestCommandsSayWhatTheyNeed(t *testing.T) {
	t.Parallel()
	bare := users.OperatorConfig{Config: users.Config{MongoDBURI: secret.New("mongodb://127.0.0.1:1"), MongoDBDatabase: "none"}}
	keyed := bare
	keyed.SealKeys, keyed.PepperKeys = keyring(t), keyring(t)
	file := filepath.Join(t.TempDir(), "empty")
	check(t, os.WriteFile(file, nil, 0o600))
	for _, c := range []struct {
		cfg  users.OperatorConfig
		args string
		want string
	}{
		{users.OperatorConfig{}, "export", "WATCHWORD_MONGODB_DATABASE: is missing; it must be set\nWATCHWORD_MONGODB_URI: is missing"},
		{bare, "export now", "write export"},
		{bare, "export --format lynx", "write export"},
		{bare, "export", "WATCHWORD_TRANSFER_KEY: is missing"},
		{bare, "import", "write import"},
		{bare, "import --format lynx", "write import"},
		{bare, "import --format legion " + file, "the format is ndjson, lynx or wolf"},
		{keyed, "import --format lynx " + file + ".not", "no such file"},
		{bare, "import --format lynx " + file, "WATCHWORD_SEAL_KEYS: is missing"},
		{keyed, "import --format ndjson " + file, "WATCHWORD_TRANSFER_KEY: is missing"},
		{bare, "totp-disable --username ada", "write totp-disable"},
		{bare, "totp-disable --reason r", "write totp-disable"},
	} {
		_, _, err := operate(t, c.cfg, "", strings.Fields(c.args)...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.args, err, c.want)
		}
	}
	for _, args := range [][]string{nil, {"healthcheck"}, {"version"}, {"--dry-run"}} {
		if users.Operates(args) {
			t.Errorf("%v is an operator's command", args)
		}
	}
}
