package auth

import (
	"net/netip"
	"net/url"
	"time"

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

	CodeSignIn bool    `env:"WATCHWORD_CODE_SIGNIN" envDefault:"true" doc:"Whether a code of the authenticator alone may sign in where no second factor is on."`
	LimitScale float64 `env:"WATCHWORD_LIMIT_SCALE" envDefault:"1" doc:"Multiplies what may be asked for in a window of time; failures in a row are not scaled."`

	OTLPEndpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" doc:"Where traces go; none leave the process without it."`
	OTLPProtocol string `env:"OTEL_EXPORTER_OTLP_PROTOCOL" envDefault:"http/protobuf" doc:"grpc or http/protobuf."`
}

// Validate reports every problem at once.
func (c Config) Validate() error {
	var p env.Problems
	absent := func(name string, missing bool) {
		if missing {
			p.Add(name, "is missing; it must be set")
		}
	}
	absent("WATCHWORD_PUBLIC_URL", c.PublicURL == nil)
	absent("WATCHWORD_USERS_URL", c.UsersURL == nil)
	absent("WATCHWORD_MAILER_URL", c.MailerURL == nil)
	absent("WATCHWORD_REDIS_URL", c.RedisURL.Empty())
	absent("WATCHWORD_SERVICE_KEYS", c.ServiceKeys.Empty())
	absent("WATCHWORD_CSRF_KEYS", c.CSRFKeys.Empty())
	absent("WATCHWORD_LIMIT_KEY", c.LimitKey.Empty())
	absent("WATCHWORD_REFRESH_KEYS", c.RefreshKeys.Empty())
	absent("WATCHWORD_SIGNING_KEYS_DIR", c.SigningKeysDir == "")
	if c.LimitScale <= 0 {
		p.Add("WATCHWORD_LIMIT_SCALE", "must be above 0")
	}
	for name, u := range map[string]*url.URL{"WATCHWORD_PUBLIC_URL": c.PublicURL, "WATCHWORD_VERIFY_URL": c.VerifyURL, "WATCHWORD_RESET_URL": c.ResetURL, "WATCHWORD_USERS_URL": c.UsersURL, "WATCHWORD_MAILER_URL": c.MailerURL} {
		if u != nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			p.Add(name, "must be a whole http or https URL")
		}
	}
	for _, o := range c.Origins {
		if u, err := url.Parse(o); err != nil || u.Scheme == "" || u.Host == "" || o != u.Scheme+"://"+u.Host {
			p.Add("WATCHWORD_ORIGINS", "must hold origins such as https://app.example.com")
		}
	}
	return p.Err()
}

// link is where a mailed link leads.
func (c Config) link(own *url.URL, page string) string {
	if own != nil {
		return own.String()
	}
	return c.PublicURL.JoinPath(page).String()
}
