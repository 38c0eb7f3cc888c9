package auth

import (
	"crypto/rand"
	"log/slog"
	"math"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

func parse(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// config is one that is complete; nobody answers at users and mailer.
func config(t testing.TB, redis string) Config {
	t.Helper()
	return Config{
		Dialects:       []string{"legion", "nerdcult", "ild", "wolf", "lynx"},
		LogLevel:       "info",
		PublicURL:      parse(t, "http://127.0.0.1"),
		UsersURL:       parse(t, "http://127.0.0.1:1"),
		MailerURL:      parse(t, "http://127.0.0.1:1"),
		RedisURL:       secret.New(redis),
		ServiceKeys:    coretest.Keyring(t),
		CSRFKeys:       coretest.Keyring(t),
		LimitKey:       coretest.Keyring(t),
		RefreshKeys:    coretest.Keyring(t),
		SigningKeysDir: coretest.SigningKeys(t),
		CodeSignIn:     true,
		LimitScale:     1,
		PasswordMin:    8,
	}
}

func TestCompleteConfigIsValid(t *testing.T) {
	t.Parallel()
	cfg := config(t, "redis://127.0.0.1:1")
	cfg.VerifyURL, cfg.ResetURL = parse(t, "https://app.example.com/#/verify"), parse(t, "https://app.example.com/reset")
	cfg.Origins = []string{"https://app.example.com", "http://localhost:3000"}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
}

// Every problem is told at once, each in a line of its own that begins with the setting.
func TestEmptyConfig(t *testing.T) {
	t.Parallel()
	const missing = ": is missing; it must be set"
	want := []string{
		"WATCHWORD_PUBLIC_URL" + missing, "WATCHWORD_USERS_URL" + missing, "WATCHWORD_MAILER_URL" + missing, "WATCHWORD_REDIS_URL" + missing,
		"WATCHWORD_SERVICE_KEYS" + missing, "WATCHWORD_CSRF_KEYS" + missing, "WATCHWORD_LIMIT_KEY" + missing, "WATCHWORD_REFRESH_KEYS" + missing,
		"WATCHWORD_SIGNING_KEYS_DIR" + missing,
	}
	var cfg Config
	if err := env.Load(&cfg, func(string) (string, bool) { return "", false }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, strings.Split(cfg.Validate().Error(), "\n")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	const origin = "WATCHWORD_ORIGINS: must hold origins such as https://app.example.com"
	for name, test := range map[string]struct {
		set  func(t *testing.T, c *Config)
		want string
	}{
		"a host alone":         {func(t *testing.T, c *Config) { c.PublicURL = parse(t, "accounts.example.com") }, "WATCHWORD_PUBLIC_URL: must be a whole http or https URL"},
		"another scheme":       {func(t *testing.T, c *Config) { c.UsersURL = parse(t, "ftp://users:9090") }, "WATCHWORD_USERS_URL: must be a whole http or https URL"},
		"no host":              {func(t *testing.T, c *Config) { c.MailerURL = parse(t, "http:///x") }, "WATCHWORD_MAILER_URL: must be a whole http or https URL"},
		"a query":              {func(t *testing.T, c *Config) { c.VerifyURL = parse(t, "https://app.example.com/?x=1") }, "WATCHWORD_VERIFY_URL: must have neither a user nor a query"},
		"an empty query":       {func(t *testing.T, c *Config) { c.ResetURL = parse(t, "https://app.example.com/?") }, "WATCHWORD_RESET_URL: must have neither a user nor a query"},
		"a user":               {func(t *testing.T, c *Config) { c.PublicURL = parse(t, "https://u:p@accounts.example.com") }, "WATCHWORD_PUBLIC_URL: must have neither a user nor a query"},
		"a fragment":           {func(t *testing.T, c *Config) { c.PublicURL = parse(t, "https://accounts.example.com/#x") }, "WATCHWORD_PUBLIC_URL: must have no fragment"},
		"origin with a path":   {func(_ *testing.T, c *Config) { c.Origins = []string{"https://app.example.com/"} }, origin},
		"origin of any host":   {func(_ *testing.T, c *Config) { c.Origins = []string{"https://*.example.com"} }, origin},
		"any origin":           {func(_ *testing.T, c *Config) { c.Origins = []string{"*"} }, origin},
		"no origin":            {func(_ *testing.T, c *Config) { c.Origins = []string{"null"} }, origin},
		"origin of files":      {func(_ *testing.T, c *Config) { c.Origins = []string{"ftp://app.example.com"} }, origin},
		"two wrong origins":    {func(_ *testing.T, c *Config) { c.Origins = []string{"*", "null"} }, origin},
		"another API":          {func(_ *testing.T, c *Config) { c.Dialects = []string{"legion", "lion"} }, `WATCHWORD_DIALECTS: "lion" is none of legion, nerdcult, ild, wolf, lynx`},
		"the public host":      {func(_ *testing.T, c *Config) { c.DialectHosts = []string{"127.0.0.1=legion"} }, "WATCHWORD_DIALECT_HOSTS: must not bind the public URL's host, which serves all of them"},
		"no level":             {func(_ *testing.T, c *Config) { c.LogLevel = "loud" }, "WATCHWORD_LOG_LEVEL: must be debug, info, warn or error"},
		"no limits":            {func(_ *testing.T, c *Config) { c.LimitScale = 0 }, "WATCHWORD_LIMIT_SCALE: must be above 0, and 1000000 at most"},
		"negative limits":      {func(_ *testing.T, c *Config) { c.LimitScale = -1 }, "WATCHWORD_LIMIT_SCALE: must be above 0, and 1000000 at most"},
		"limits not a number":  {func(_ *testing.T, c *Config) { c.LimitScale = math.NaN() }, "WATCHWORD_LIMIT_SCALE: must be above 0, and 1000000 at most"},
		"limits without limit": {func(_ *testing.T, c *Config) { c.LimitScale = math.Inf(1) }, "WATCHWORD_LIMIT_SCALE: must be above 0, and 1000000 at most"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t, "redis://127.0.0.1:1")
			test.set(t, &cfg)
			if err := cfg.Validate(); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// What only opening it shows is one line too. It names the setting, and tells no secret.
func TestSettingsThatCantBeUsed(t *testing.T) {
	t.Parallel()
	canary := rand.Text()
	for name, test := range map[string]struct {
		set     func(t *testing.T, c *Config)
		setting string
	}{
		"redis":    {func(_ *testing.T, c *Config) { c.RedisURL = secret.New("http://u:" + canary + "@redis") }, "WATCHWORD_REDIS_URL"},
		"its CA":   {func(_ *testing.T, c *Config) { c.RedisURL, c.RedisCAFile = secret.New("rediss://redis"), "/nowhere" }, "WATCHWORD_REDIS_URL, _CA_FILE"},
		"no keys":  {func(t *testing.T, c *Config) { c.SigningKeysDir = t.TempDir() }, "WATCHWORD_SIGNING_KEYS_DIR"},
		"nowhere":  {func(_ *testing.T, c *Config) { c.SigningKeysDir = "/nowhere" }, "WATCHWORD_SIGNING_KEYS_DIR"},
		"protocol": {func(_ *testing.T, c *Config) { c.OTLPEndpoint, c.OTLPProtocol = "http://127.0.0.1:1", "udp" }, "OTEL_EXPORTER_OTLP_PROTOCOL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t, "redis://127.0.0.1:1")
			test.set(t, &cfg)
			_, err := New(t.Context(), cfg, Listeners{}, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), test.setting) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), canary) {
				t.Errorf("got %v, want one line about %s", err, test.setting)
			}
		})
	}
}
