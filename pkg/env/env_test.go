package env_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/secret"
)

const canary = "correct-horse-battery-staple"

// level is a type that reads itself.
type level int

func (l *level) UnmarshalText(text []byte) error {
	if string(text) != "debug" {
		return errors.New("write debug, not " + string(text))
	}
	*l = 7
	return nil
}

// stores is shared by services.
type stores struct {
	URI secret.String `env:"T_URI" doc:"Where the accounts are."`
}

type config struct {
	stores
	Nested struct {
		Scale float64 `env:"T_SCALE" envDefault:"1"`
	}
	Addr     string         `env:"T_ADDR" envDefault:":8080" doc:"Where to listen."`
	Open     bool           `env:"T_OPEN" envDefault:"true"`
	Min      int            `env:"T_MIN" envDefault:"8"`
	Bytes    int64          `env:"T_BYTES"`
	Keep     time.Duration  `env:"T_KEEP" envDefault:"720h"`
	Dialects []string       `env:"T_DIALECTS" envDefault:"legion,ild"`
	Proxies  []netip.Prefix `env:"T_PROXIES"`
	Public   *url.URL       `env:"T_PUBLIC"`
	Level    level          `env:"T_LEVEL"`
	Keys     secret.Keyring `env:"T_KEYS"`
	Admin    string         `env:"T_ADMIN" secret:"true"`
	Pin      int            `env:"T_PIN" secret:"true"`
	Preset   string         `env:"T_PRESET"`
	Version  string         // no setting
	hidden   string         `env:"T_HIDDEN"`
}

func lookup(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}
}

func load(t *testing.T, values map[string]string) (config, error) {
	t.Helper()
	cfg := config{Preset: "kept"}
	err := env.Load(&cfg, lookup(values))
	return cfg, err
}

func TestLoadUsesDefaults(t *testing.T) {
	t.Parallel()
	// Helm and compose set what is not given to an empty text.
	for name, values := range map[string]map[string]string{"unset": nil, "empty": {"T_ADDR": "", "T_OPEN": "", "T_MIN": "", "T_PRESET": ""}} {
		cfg, err := load(t, values)
		if err != nil {
			t.Fatal(err)
		}
		if cfg.Addr != ":8080" || !cfg.Open || cfg.Min != 8 || cfg.Keep != 720*time.Hour || cfg.Nested.Scale != 1 ||
			cfg.Preset != "kept" || cfg.Public != nil || cfg.Proxies != nil || !cfg.Keys.Empty() || !cfg.URI.Empty() || cfg.hidden != "" {
			t.Errorf("%s: %+v", name, cfg)
		}
		if diff := cmp.Diff([]string{"legion", "ild"}, cfg.Dialects); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestLoadReadsEveryType(t *testing.T) {
	t.Parallel()
	key := base64.StdEncoding.EncodeToString([]byte("\x00\x91\x22\xf3\x44\xb5\x66\xd7\x88\x19\xaa\x3b\xcc\x5d\xee\x7f0123456789abcdef"))
	cfg, err := load(t, map[string]string{
		"T_URI": canary, "T_SCALE": " 0.5", "T_ADDR": " as it is ", "T_OPEN": "false\n", "T_MIN": "12", "T_BYTES": "9000000000", "T_KEEP": "0",
		"T_DIALECTS": " lynx , ,wolf,", "T_PROXIES": "10.1.2.3/8, fd00::/8", "T_PUBLIC": "https://accounts.example.com",
		"T_LEVEL": "debug", "T_KEYS": "k1 " + key, "T_ADMIN": canary, "T_PIN": "7", "T_HIDDEN": "seen",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	if diff := cmp.Diff(want, cfg.Proxies, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"lynx", "wolf"}, cfg.Dialects); diff != "" {
		t.Error(diff)
	}
	if cfg.URI.Reveal() != canary || cfg.Nested.Scale != 0.5 || cfg.Addr != " as it is " || cfg.Open || cfg.Min != 12 || cfg.Bytes != 9_000_000_000 ||
		cfg.Keep != 0 || cfg.Public.Host != "accounts.example.com" || cfg.Level != 7 || cfg.Keys.First().ID != "k1" ||
		cfg.Admin != canary || cfg.Pin != 7 || cfg.hidden != "" {
		t.Errorf("%+v", cfg)
	}
}

func TestLoadReportsEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	wrong := map[string]string{
		"T_OPEN": "maybe", "T_MIN": "8.5", "T_BYTES": "64M", "T_KEEP": "30 days", "T_SCALE": "NaN", "T_PROXIES": "10.0.0.1", "T_PUBLIC": "accounts.example.com",
		"T_LEVEL": "loud", "T_KEYS": canary, "T_PIN": canary,
	}
	_, err := load(t, wrong)
	if err == nil {
		t.Fatal("all of it was taken")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(wrong) {
		t.Errorf("%d lines for %d problems:\n%v", len(lines), len(wrong), err)
	}
	for name := range wrong {
		if !strings.Contains("\n"+err.Error(), "\n"+name+": ") {
			t.Errorf("no line begins with %s:\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), canary) {
		t.Errorf("a secret is repeated:\n%v", err)
	}
}

func TestLoadHidesWhatATypeSaysOfASecret(t *testing.T) {
	t.Parallel()
	var cfg struct {
		Level level `env:"T_LEVEL" secret:"true"`
	}
	err := env.Load(&cfg, lookup(map[string]string{"T_LEVEL": canary}))
	if err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("%v", err)
	}
}

func TestLoadReadsSecretsFromFiles(t *testing.T) {
	t.Parallel()
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for content, want := range map[string]string{
		"a secret":       "a secret",
		"a secret\n":     "a secret",
		"a secret\r\n":   "a secret",
		" a\nsecret \n":  " a\nsecret ",
		"a secret\n\n":   "a secret\n",
		"trailing tab\t": "trailing tab\t",
	} {
		cfg, err := load(t, map[string]string{"T_URI_FILE": file(content)})
		if err != nil || cfg.URI.Reveal() != want {
			t.Errorf("%q was read as %q, %v", content, cfg.URI.Reveal(), err)
		}
	}
	for name, values := range map[string]map[string]string{
		"both":    {"T_URI": canary, "T_URI_FILE": file(canary)},
		"absent":  {"T_URI_FILE": filepath.Join(t.TempDir(), canary)},
		"empty":   {"T_URI_FILE": file("\n")},
		"a value": {"T_URI_FILE": canary},
	} {
		_, err := load(t, values)
		if err == nil || !strings.HasPrefix(err.Error(), "T_URI_FILE: ") || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What is no secret has no file.
	cfg, err := load(t, map[string]string{"T_ADDR_FILE": file(":9999")})
	if err != nil || cfg.Addr != ":8080" {
		t.Errorf("%q, %v", cfg.Addr, err)
	}
}

func TestRedactedShowsAllButSecrets(t *testing.T) {
	t.Parallel()
	key := base64.StdEncoding.EncodeToString([]byte("\x00\x91\x22\xf3\x44\xb5\x66\xd7\x88\x19\xaa\x3b\xcc\x5d\xee\x7f0123456789abcdef"))
	cfg, err := load(t, map[string]string{
		"T_URI": canary, "T_KEYS": "k1 " + key, "T_ADMIN": canary, "T_PUBLIC": "https://user:" + canary + "@accounts.example.com",
		"T_PROXIES": "10.0.0.0/8",
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("configuration", "config", env.Redacted(&cfg))
	for _, text := range []string{
		`"T_URI":"[redacted]"`, `"T_KEYS":"k1:[redacted]"`, `"T_ADMIN":"[redacted]"`, `"T_PIN":""`, `"T_ADDR":":8080"`, `"T_KEEP":"720h0m0s"`,
		`"T_OPEN":"true"`, `"T_PROXIES":"[10.0.0.0/8]"`, `"T_PUBLIC":"https://user:xxxxx@accounts.example.com"`,
	} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("%s is missing from %s", text, out.String())
		}
	}
	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), key) {
		t.Errorf("a secret is shown: %s", out.String())
	}
}
