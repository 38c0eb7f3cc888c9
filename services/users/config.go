package users

import (
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/watchword/watchword/pkg/dialect"
	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/dialect/legion"
	"github.com/watchword/watchword/services/users/internal/password"
)

// Config is users' configuration. The zero value is not valid; env.Load fills it.
type Config struct {
	PublicAddr   string        `env:"WATCHWORD_PUBLIC_ADDR" envDefault:":8080" doc:"Address of the public listener."`
	InternalAddr string        `env:"WATCHWORD_INTERNAL_ADDR" envDefault:":9090" doc:"Address of the internal listener: operations between services, health, metrics."`
	LogLevel     string        `env:"WATCHWORD_LOG_LEVEL" envDefault:"info" doc:"Least level that is logged: debug, info, warn or error."`
	DrainNotice  time.Duration `env:"WATCHWORD_DRAIN_NOTICE" envDefault:"2s" doc:"How long a service that stops still answers, closing each connection, before its listeners close."`

	PublicURL      *url.URL       `env:"WATCHWORD_PUBLIC_URL" doc:"Where clients reach the suite, such as https://accounts.example.com. The issuer of tokens and the beginning of mailed links."`
	VerifyURL      *url.URL       `env:"WATCHWORD_VERIFY_URL" doc:"Where mailed links to confirm an address lead; the suite's own page by default."`
	Origins        []string       `env:"WATCHWORD_ORIGINS" doc:"Other origins whose pages may use the API with cookies, exactly as browsers send them."`
	TrustedProxies []netip.Prefix `env:"WATCHWORD_TRUSTED_PROXIES" doc:"Networks whose X-Forwarded-For counts (CIDR)."`

	AuthURL   *url.URL `env:"WATCHWORD_AUTH_URL" doc:"Internal listener of auth, for its public keys."`
	MailerURL *url.URL `env:"WATCHWORD_MAILER_URL" doc:"Internal listener of mailer."`

	MongoDBURI       secret.String `env:"WATCHWORD_MONGODB_URI" secret:"true" doc:"MongoDB that holds accounts."`
	MongoDBDatabase  string        `env:"WATCHWORD_MONGODB_DATABASE" envDefault:"watchword_users" doc:"Database of the accounts; the URI's path is not used for it."`
	MongoDBCAFile    string        `env:"WATCHWORD_MONGODB_CA_FILE" doc:"PEM file of the authority that signed MongoDB's certificate."`
	MongoDBStableAPI bool          `env:"WATCHWORD_MONGODB_STABLE_API" envDefault:"true" doc:"Whether to ask the server for Stable API version 1, strictly."`
	RedisURL         secret.String `env:"WATCHWORD_REDIS_URL" secret:"true" doc:"Redis that holds sessions: redis://, rediss://, redis+sentinel:// or redis+cluster://."`
	RedisCAFile      string        `env:"WATCHWORD_REDIS_CA_FILE" doc:"PEM file of the authority that signed Redis's certificate."`

	ServiceKeys secret.Keyring `env:"WATCHWORD_SERVICE_KEYS" secret:"true" doc:"Keys of the tokens that services show each other; lines of \"kid base64\", the first signs, all verify."`
	CSRFKeys    secret.Keyring `env:"WATCHWORD_CSRF_KEYS" secret:"true" doc:"Keys of CSRF tokens and of the known-device cookie."`
	LimitKey    secret.Keyring `env:"WATCHWORD_LIMIT_KEY" secret:"true" doc:"Key under which addresses and names are counted."`
	SealKeys    secret.Keyring `env:"WATCHWORD_SEAL_KEYS" secret:"true" doc:"Keys that seal authenticators' secrets, API keys and mailed tokens in the database; the first seals, all open."`
	PepperKeys  secret.Keyring `env:"WATCHWORD_PEPPER_KEYS" secret:"true" doc:"Peppers of the password hashes; the first hashes, all verify."`

	Directory    legion.Directory `env:"WATCHWORD_DIRECTORY" envDefault:"masked" doc:"Who may read accounts: masked (anyone, other people's emails masked), open (anyone, emails too) or members (signed-in people only, emails masked)."`
	Dialects     []string         `env:"WATCHWORD_DIALECTS" envDefault:"legion,nerdcult,ild,wolf,lynx" doc:"The account APIs that are served; the others' paths are unknown ones."`
	DialectHosts []string         `env:"WATCHWORD_DIALECT_HOSTS" doc:"Hosts that serve one API alone, such as s.example.com=lynx."`
	Conceal      bool             `env:"WATCHWORD_CONCEAL_ACCOUNTS" doc:"Whether nobody is told who has an account, even where an API's document would tell."`
	Demo         bool             `env:"WATCHWORD_DEMO" doc:"Whether this is a demonstration: names, credentials and authenticators can't be changed."`
	Registration bool             `env:"WATCHWORD_REGISTRATION" envDefault:"true" doc:"Whether accounts may be made; without it lynx still lets the very first one in."`
	Retention    time.Duration    `env:"WATCHWORD_RETENTION" envDefault:"720h" doc:"How long a deleted account is kept before it is removed for good; 0: for ever."`
	TOTPIssuer   string           `env:"WATCHWORD_TOTP_ISSUER" envDefault:"Watchword" doc:"Name that authenticator apps show."`
	PasswordMin  int              `env:"WATCHWORD_PASSWORD_MIN" envDefault:"8" doc:"Least length of a password, 8 to 64 characters; 15 follows SP 800-63B-4 where no second factor is in use."`
	LimitScale   float64          `env:"WATCHWORD_LIMIT_SCALE" envDefault:"1" doc:"Multiplies what may be asked for in a window of time; failures in a row are not scaled."`

	HashMemory  int   `env:"WATCHWORD_HASH_MEMORY" envDefault:"19456" doc:"Memory of a password hash (argon2id), in KiB."`
	HashTime    int   `env:"WATCHWORD_HASH_TIME" envDefault:"2" doc:"Passes of a password hash."`
	HashThreads int   `env:"WATCHWORD_HASH_THREADS" envDefault:"1" doc:"Lanes of a password hash."`
	HashSlots   int   `env:"WATCHWORD_HASH_SLOTS" doc:"Password hashes at a time; by default one fewer than CPUs, at least one."`
	HashBudget  int64 `env:"WATCHWORD_HASH_BUDGET" doc:"Memory that password hashes may take together, in bytes; it lowers how many run at a time. 0: not bounded."`

	AdminUsername string        `env:"WATCHWORD_ADMIN_USERNAME" doc:"Username of the first admin, made at the start where nobody has it."`
	AdminEmail    string        `env:"WATCHWORD_ADMIN_EMAIL" doc:"Email of the first admin."`
	AdminPassword secret.String `env:"WATCHWORD_ADMIN_PASSWORD" secret:"true" doc:"Password of the first admin; never changed once the admin is there."`

	OTLPEndpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" doc:"Where traces go; none leave the process without it."`
	OTLPProtocol string `env:"OTEL_EXPORTER_OTLP_PROTOCOL" envDefault:"http/protobuf" doc:"grpc or http/protobuf."`
	Profiles     bool   `env:"WATCHWORD_PROFILES" doc:"Whether the internal listener serves profiles under /debug/pprof/, as go tool pprof reads them."`
}

const (
	// maxPasswordMin is the longest password that an operator may demand.
	maxPasswordMin = 64
	// maxScale keeps what the limits compute within what a number holds.
	maxScale = 1e6
)

// Validate reports every problem at once.
func (c Config) Validate() error {
	var p env.Problems
	c.checkMissing(&p)
	c.checkURLs(&p)
	if new(slog.LevelVar).UnmarshalText([]byte(c.LogLevel)) != nil {
		p.Add("WATCHWORD_LOG_LEVEL", "must be debug, info, warn or error")
	}
	c.checkBounds(&p)
	if _, err := dialect.Choose(c.Dialects, c.DialectHosts); err != nil {
		setting, problem, _ := strings.Cut(err.Error(), ": ")
		p.Add(setting, problem)
	}
	if (c.AdminUsername == "") != c.AdminPassword.Empty() {
		p.Add("WATCHWORD_ADMIN_PASSWORD", "must be set together with WATCHWORD_ADMIN_USERNAME")
	}
	if c.AdminUsername == "" && c.AdminEmail != "" {
		p.Add("WATCHWORD_ADMIN_EMAIL", "needs WATCHWORD_ADMIN_USERNAME too")
	}
	return p.Err()
}

func (c Config) checkMissing(p *env.Problems) {
	for _, s := range []struct {
		name    string
		missing bool
	}{
		{"WATCHWORD_PUBLIC_URL", c.PublicURL == nil},
		{"WATCHWORD_AUTH_URL", c.AuthURL == nil},
		{"WATCHWORD_MAILER_URL", c.MailerURL == nil},
		{"WATCHWORD_MONGODB_URI", c.MongoDBURI.Empty()},
		{"WATCHWORD_MONGODB_DATABASE", c.MongoDBDatabase == ""},
		{"WATCHWORD_REDIS_URL", c.RedisURL.Empty()},
		{"WATCHWORD_SERVICE_KEYS", c.ServiceKeys.Empty()},
		{"WATCHWORD_CSRF_KEYS", c.CSRFKeys.Empty()},
		{"WATCHWORD_LIMIT_KEY", c.LimitKey.Empty()},
		{"WATCHWORD_SEAL_KEYS", c.SealKeys.Empty()},
		{"WATCHWORD_PEPPER_KEYS", c.PepperKeys.Empty()},
		{"WATCHWORD_TOTP_ISSUER", c.TOTPIssuer == ""},
	} {
		if s.missing {
			p.Add(s.name, "is missing; it must be set")
		}
	}
}

func (c Config) checkURLs(p *env.Problems) {
	for _, s := range []struct {
		name string
		url  *url.URL
	}{
		{"WATCHWORD_PUBLIC_URL", c.PublicURL},
		{"WATCHWORD_VERIFY_URL", c.VerifyURL},
		{"WATCHWORD_AUTH_URL", c.AuthURL},
		{"WATCHWORD_MAILER_URL", c.MailerURL},
	} {
		switch u := s.url; {
		case u == nil:
		case !whole(u):
			p.Add(s.name, "must be a whole http or https URL")
		case u.User != nil || u.RawQuery != "" || u.ForceQuery:
			p.Add(s.name, "must have neither a user nor a query")
		}
	}
	if u := c.PublicURL; u != nil && u.Fragment != "" {
		p.Add("WATCHWORD_PUBLIC_URL", "must have no fragment")
	}
	for _, o := range c.Origins {
		if u, err := url.Parse(o); err != nil || !whole(u) || o != u.Scheme+"://"+u.Host || strings.Contains(o, "*") {
			p.Add("WATCHWORD_ORIGINS", "must hold origins such as https://app.example.com")
		}
	}
}

// whole tells whether u is a URL of the web with a host.
func whole(u *url.URL) bool { return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" }

func (c Config) checkBounds(p *env.Problems) {
	if !(c.LimitScale > 0 && c.LimitScale <= maxScale) {
		p.Add("WATCHWORD_LIMIT_SCALE", "must be above 0, and 1000000 at most")
	}
	if c.PasswordMin < password.MinLength || c.PasswordMin > maxPasswordMin {
		p.Add("WATCHWORD_PASSWORD_MIN", "must be from 8 to 64")
	}
	if c.Retention < 0 {
		p.Add("WATCHWORD_RETENTION", "must not be negative; 0 keeps deleted accounts for ever")
	}
	if c.HashMemory < 0 || c.HashTime < 0 || c.HashThreads < 0 || c.HashThreads > 255 || c.HashSlots < 0 || c.HashBudget < 0 {
		p.Add("WATCHWORD_HASH_*", "must not be negative, nor the threads above 255")
	}
}

// verifyURL is where mailed links to confirm or undo lead.
func (c Config) verifyURL() string {
	if c.VerifyURL != nil {
		return c.VerifyURL.String()
	}
	return c.PublicURL.JoinPath("verify").String()
}
