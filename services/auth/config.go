package auth

import (
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/watchword/watchword/pkg/dialect"
	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/secret"
)

// Config is auth's configuration. The zero value is not valid; env.Load fills it.
type Config struct {
	PublicAddr   string `env:"WATCHWORD_PUBLIC_ADDR" envDefault:":8080" doc:"Address of the public listener."`
	InternalAddr string `env:"WATCHWORD_INTERNAL_ADDR" envDefault:":9090" doc:"Address of the internal listener: operations between services, health, metrics."`
	LogLevel     string `env:"WATCHWORD_LOG_LEVEL" envDefault:"info" doc:"Least level that is logged: debug, info, warn or error."`

	DrainNotice time.Duration `env:"WATCHWORD_DRAIN_NOTICE" envDefault:"2s" doc:"How long a service that stops still answers, closing each connection, before its listeners close."`

	PublicURL      *url.URL       `env:"WATCHWORD_PUBLIC_URL" doc:"Where clients reach the suite, such as https://accounts.example.com. The issuer of tokens and the beginning of mailed links."`
	VerifyURL      *url.URL       `env:"WATCHWORD_VERIFY_URL" doc:"Where mailed links to confirm an address lead; the suite's own page by default."`
	ResetURL       *url.URL       `env:"WATCHWORD_RESET_URL" doc:"Where mailed links to reset a password lead; the suite's own page by default."`
	Origins        []string       `env:"WATCHWORD_ORIGINS" doc:"Other origins whose pages may use the API with cookies, exactly as browsers send them."`
	TrustedProxies []netip.Prefix `env:"WATCHWORD_TRUSTED_PROXIES" doc:"Networks whose X-Forwarded-For counts (CIDR)."`

	UsersURL  *url.URL `env:"WATCHWORD_USERS_URL" doc:"Internal listener of users."`
	MailerURL *url.URL `env:"WATCHWORD_MAILER_URL" doc:"Internal listener of mailer."`

	RedisURL    secret.String `env:"WATCHWORD_REDIS_URL" secret:"true" doc:"Redis that holds sessions: redis://, rediss://, redis+sentinel:// or redis+cluster://."`
	RedisCAFile string        `env:"WATCHWORD_REDIS_CA_FILE" doc:"PEM file of the authority that signed Redis's certificate."`

	ServiceKeys    secret.Keyring `env:"WATCHWORD_SERVICE_KEYS" secret:"true" doc:"Keys of the tokens that services show each other; lines of \"kid base64\", the first signs, all verify."`
	CSRFKeys       secret.Keyring `env:"WATCHWORD_CSRF_KEYS" secret:"true" doc:"Keys of CSRF tokens and of the known-device cookie."`
	LimitKey       secret.Keyring `env:"WATCHWORD_LIMIT_KEY" secret:"true" doc:"Key under which addresses and names are counted."`
	RefreshKeys    secret.Keyring `env:"WATCHWORD_REFRESH_KEYS" secret:"true" doc:"Keys of refresh tokens."`
	SigningKeysDir string         `env:"WATCHWORD_SIGNING_KEYS_DIR" doc:"Folder of PEM private keys for access tokens; all are published, the greatest file name signs."`

	Dialects     []string `env:"WATCHWORD_DIALECTS" envDefault:"legion,nerdcult,ild,wolf,lynx" doc:"The account APIs that are served; the others' paths are unknown ones."`
	DialectHosts []string `env:"WATCHWORD_DIALECT_HOSTS" doc:"Hosts that serve one API alone, such as s.example.com=lynx."`
	Conceal      bool     `env:"WATCHWORD_CONCEAL_ACCOUNTS" doc:"Whether nobody is told who has an account, even where an API's document would tell."`

	PasswordMin int     `env:"WATCHWORD_PASSWORD_MIN" envDefault:"8" doc:"Least length of a password, 8 to 64 characters; 15 follows SP 800-63B-4 where no second factor is in use."`
	CodeSignIn  bool    `env:"WATCHWORD_CODE_SIGNIN" envDefault:"true" doc:"Whether a code of the authenticator alone may sign in where no second factor is on."`
	LimitScale  float64 `env:"WATCHWORD_LIMIT_SCALE" envDefault:"1" doc:"Multiplies what may be asked for in a window of time; failures in a row are not scaled."`

	OTLPEndpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" doc:"Where traces go; none leave the process without it."`
	OTLPProtocol string `env:"OTEL_EXPORTER_OTLP_PROTOCOL" envDefault:"http/protobuf" doc:"grpc or http/protobuf."`
	Profiles     bool   `env:"WATCHWORD_PROFILES" doc:"Whether the internal listener serves profiles under /debug/pprof/, as go tool pprof reads them."`
}

// maxScale keeps what the limits compute within what a number holds.
const maxScale = 1e6

// Validate reports every problem at once.
func (c Config) Validate() error {
	var p env.Problems
	c.checkMissing(&p)
	c.checkURLs(&p)
	if new(slog.LevelVar).UnmarshalText([]byte(c.LogLevel)) != nil {
		p.Add("WATCHWORD_LOG_LEVEL", "must be debug, info, warn or error")
	}
	c.checkDialects(&p)
	if c.PasswordMin < 8 || c.PasswordMin > 64 {
		p.Add("WATCHWORD_PASSWORD_MIN", "must be from 8 to 64")
	}
	if !(c.LimitScale > 0 && c.LimitScale <= maxScale) {
		p.Add("WATCHWORD_LIMIT_SCALE", "must be above 0, and 1000000 at most")
	}
	return p.Err()
}

func (c Config) checkMissing(p *env.Problems) {
	for _, s := range []struct {
		name    string
		missing bool
	}{
		{"WATCHWORD_PUBLIC_URL", c.PublicURL == nil},
		{"WATCHWORD_USERS_URL", c.UsersURL == nil},
		{"WATCHWORD_MAILER_URL", c.MailerURL == nil},
		{"WATCHWORD_REDIS_URL", c.RedisURL.Empty()},
		{"WATCHWORD_SERVICE_KEYS", c.ServiceKeys.Empty()},
		{"WATCHWORD_CSRF_KEYS", c.CSRFKeys.Empty()},
		{"WATCHWORD_LIMIT_KEY", c.LimitKey.Empty()},
		{"WATCHWORD_REFRESH_KEYS", c.RefreshKeys.Empty()},
		{"WATCHWORD_SIGNING_KEYS_DIR", c.SigningKeysDir == ""},
	} {
		if s.missing {
			p.Add(s.name, "is missing; it must be set")
		}
	}
}

func (c Config) checkDialects(p *env.Problems) {
	choice, err := dialect.Choose(c.Dialects, c.DialectHosts)
	if err != nil {
		setting, problem, _ := strings.Cut(err.Error(), ": ")
		p.Add(setting, problem)
	}
	for host := range choice.Hosts() {
		if c.PublicURL != nil && strings.EqualFold(host, c.PublicURL.Hostname()) {
			p.Add("WATCHWORD_DIALECT_HOSTS", "must not bind the public URL's host, which serves all of them")
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
		{"WATCHWORD_RESET_URL", c.ResetURL},
		{"WATCHWORD_USERS_URL", c.UsersURL},
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

// link is where a mailed link leads.
func (c Config) link(own *url.URL, page string) string {
	if own != nil {
		return own.String()
	}
	return c.PublicURL.JoinPath(page).String()
}
