package users_test

import (
	"crypto/rand"
	"math"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users"
)

func keyring(t *testing.T) secret.Keyring {
	t.Helper()
	b := make([]byte, secret.MinKeyBytes)
	_, _ = rand.Read(b) // never fails
	keys, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: b})
	check(t, err)
	return keys
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	check(t, err)
	return u
}

// config is one that is complete; nobody answers at its addresses.
func config(t *testing.T) users.Config {
	t.Helper()
	return users.Config{
		LogLevel:    "info",
		PublicURL:   parse(t, "http://127.0.0.1"),
		AuthURL:     parse(t, "http://127.0.0.1:1"),
		MailerURL:   parse(t, "http://127.0.0.1:1"),
		MongoDBURI:  secret.New("mongodb://127.0.0.1:1"),
		RedisURL:    secret.New("redis://127.0.0.1:1"),
		ServiceKeys: keyring(t), CSRFKeys: keyring(t), LimitKey: keyring(t), SealKeys: keyring(t), PepperKeys: keyring(t),
		MongoDBDatabase: "users", MongoDBStableAPI: true,
		Directory: "masked", Dialects: []string{"legion", "ild"}, Registration: true, TOTPIssuer: "Watchword", PasswordMin: 8, LimitScale: 1,
		HashMemory: 19456, HashTime: 2, HashThreads: 1, OTLPProtocol: "http/protobuf",
	}
}

func TestCompleteConfigIsValid(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.VerifyURL = parse(t, "https://app.example.com/#/verify")
	cfg.Origins = []string{"https://app.example.com", "http://localhost:3000"}
	cfg.AdminUsername, cfg.AdminEmail, cfg.AdminPassword = "root", "root@example.com", secret.New(goodPassword)
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
}

// Every problem is told at once, always in the same order.
func TestEmptyConfig(t *testing.T) {
	t.Parallel()
	var want []string
	for _, name := range []string{
		"PUBLIC_URL", "AUTH_URL", "MAILER_URL", "MONGODB_URI", "REDIS_URL", "SERVICE_KEYS", "CSRF_KEYS", "LIMIT_KEY", "SEAL_KEYS", "PEPPER_KEYS",
	} {
		want = append(want, "WATCHWORD_"+name+": is missing; it must be set")
	}
	var cfg users.Config
	check(t, env.Load(&cfg, func(string) (string, bool) { return "", false }))
	if diff := cmp.Diff(want, strings.Split(cfg.Validate().Error(), "\n")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	const (
		origin = "WATCHWORD_ORIGINS: must hold origins such as https://app.example.com"
		scale  = "WATCHWORD_LIMIT_SCALE: must be above 0, and 1000000 at most"
		length = "WATCHWORD_PASSWORD_MIN: must be from 8 to 64"
		hash   = "WATCHWORD_HASH_*: must not be negative, nor the threads above 255"
	)
	for name, test := range map[string]struct {
		set  func(t *testing.T, c *users.Config)
		want string
	}{
		"a host alone":         {func(t *testing.T, c *users.Config) { c.PublicURL = parse(t, "accounts.example.com") }, "WATCHWORD_PUBLIC_URL: must be a whole http or https URL"},
		"another scheme":       {func(t *testing.T, c *users.Config) { c.AuthURL = parse(t, "ftp://auth:9090") }, "WATCHWORD_AUTH_URL: must be a whole http or https URL"},
		"no host":              {func(t *testing.T, c *users.Config) { c.MailerURL = parse(t, "http:///x") }, "WATCHWORD_MAILER_URL: must be a whole http or https URL"},
		"a query":              {func(t *testing.T, c *users.Config) { c.VerifyURL = parse(t, "https://app.example.com/?x=1") }, "WATCHWORD_VERIFY_URL: must have neither a user nor a query"},
		"an empty query":       {func(t *testing.T, c *users.Config) { c.VerifyURL = parse(t, "https://app.example.com/?") }, "WATCHWORD_VERIFY_URL: must have neither a user nor a query"},
		"a user":               {func(t *testing.T, c *users.Config) { c.PublicURL = parse(t, "https://u:p@accounts.example.com") }, "WATCHWORD_PUBLIC_URL: must have neither a user nor a query"},
		"a fragment":           {func(t *testing.T, c *users.Config) { c.PublicURL = parse(t, "https://accounts.example.com/#x") }, "WATCHWORD_PUBLIC_URL: must have no fragment"},
		"origin with a path":   {func(_ *testing.T, c *users.Config) { c.Origins = []string{"https://app.example.com/"} }, origin},
		"origin of any host":   {func(_ *testing.T, c *users.Config) { c.Origins = []string{"https://*.example.com"} }, origin},
		"origin of files":      {func(_ *testing.T, c *users.Config) { c.Origins = []string{"ftp://app.example.com"} }, origin},
		"no level":             {func(_ *testing.T, c *users.Config) { c.LogLevel = "loud" }, "WATCHWORD_LOG_LEVEL: must be debug, info, warn or error"},
		"no limits":            {func(_ *testing.T, c *users.Config) { c.LimitScale = 0 }, scale},
		"limits not a number":  {func(_ *testing.T, c *users.Config) { c.LimitScale = math.NaN() }, scale},
		"limits without limit": {func(_ *testing.T, c *users.Config) { c.LimitScale = math.Inf(1) }, scale},
		"short passwords":      {func(_ *testing.T, c *users.Config) { c.PasswordMin = 7 }, length},
		"long passwords":       {func(_ *testing.T, c *users.Config) { c.PasswordMin = 65 }, length},
		"retention":            {func(_ *testing.T, c *users.Config) { c.Retention = -1 }, "WATCHWORD_RETENTION: must not be negative; 0 keeps deleted accounts for ever"},
		"hashes":               {func(_ *testing.T, c *users.Config) { c.HashSlots = -1 }, hash},
		"lanes":                {func(_ *testing.T, c *users.Config) { c.HashThreads = 256 }, hash},
		"admin, no password":   {func(_ *testing.T, c *users.Config) { c.AdminUsername = "root" }, "WATCHWORD_ADMIN_PASSWORD: must be set together with WATCHWORD_ADMIN_USERNAME"},
		"admin's email alone":  {func(_ *testing.T, c *users.Config) { c.AdminEmail = "root@example.com" }, "WATCHWORD_ADMIN_EMAIL: needs WATCHWORD_ADMIN_USERNAME too"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t)
			test.set(t, &cfg)
			if err := cfg.Validate(); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
