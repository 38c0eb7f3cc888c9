package mailer

import (
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/mailer/internal/render"
	"github.com/watchword/watchword/services/mailer/internal/send/smtp"
)

// Config is mailer's configuration. The zero value is not valid; env.Load fills it.
type Config struct {
	InternalAddr string        `env:"WATCHWORD_INTERNAL_ADDR" envDefault:":9090" doc:"Address of the internal listener: operations between services, health, metrics."`
	LogLevel     string        `env:"WATCHWORD_LOG_LEVEL" envDefault:"info" doc:"Least level that is logged: debug, info, warn or error."`
	DrainNotice  time.Duration `env:"WATCHWORD_DRAIN_NOTICE" envDefault:"2s" doc:"How long a service that stops still answers, closing each connection, before its listeners close."`

	MongoDBURI       secret.String `env:"WATCHWORD_MONGODB_URI" secret:"true" doc:"MongoDB's URI; the database in its path is not used."`
	MongoDBDatabase  string        `env:"WATCHWORD_MONGODB_DATABASE" envDefault:"watchword_mailer" doc:"The service's own database."`
	MongoDBCAFile    string        `env:"WATCHWORD_MONGODB_CA_FILE" doc:"PEM file of the authority that signed MongoDB's certificate."`
	MongoDBStableAPI bool          `env:"WATCHWORD_MONGODB_STABLE_API" envDefault:"true" doc:"Whether to ask MongoDB for Stable API version 1, strict; false for a server that lacks it."`

	SMTPURL    secret.String `env:"WATCHWORD_SMTP_URL" secret:"true" doc:"Mail server: smtp://user:password@host:587?starttls=required (or optional, disabled), or smtps://user:password@host:465."`
	SMTPCAFile string        `env:"WATCHWORD_SMTP_CA_FILE" doc:"PEM file of the authority that signed the mail server's certificate."`
	From       string        `env:"WATCHWORD_MAIL_FROM" doc:"Sender of mails, such as Watchword <no-reply@example.com>; the name is what mails call the installation."`
	Locale     string        `env:"WATCHWORD_LOCALE" envDefault:"en" doc:"Language of mails to those whose own is not known or not spoken: en or de."`
	Workers    int           `env:"WATCHWORD_MAIL_WORKERS" envDefault:"4" doc:"Mails sent at the same time, by each process."`

	ServiceKeys secret.Keyring `env:"WATCHWORD_SERVICE_KEYS" secret:"true" doc:"Keys of the tokens that services show each other, and of the mails in the queue; lines of \"kid base64\", the first signs, all verify."`

	OTLPEndpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" doc:"Where traces go; none leave the process without it."`
	OTLPProtocol string `env:"OTEL_EXPORTER_OTLP_PROTOCOL" envDefault:"http/protobuf" doc:"grpc or http/protobuf."`
	Profiles     bool   `env:"WATCHWORD_PROFILES" doc:"Whether the internal listener serves profiles under /debug/pprof/, as go tool pprof reads them."`
}

// product is what mails call an installation whose sender has no name.
const product = "Watchword"

// Validate reports every problem at once.
func (c Config) Validate() error {
	var p env.Problems
	absent := func(name string, missing bool) bool {
		if missing {
			p.Add(name, "is missing; it must be set")
		}
		return missing
	}
	absent("WATCHWORD_MONGODB_URI", c.MongoDBURI.Empty())
	absent("WATCHWORD_MONGODB_DATABASE", c.MongoDBDatabase == "")
	absent("WATCHWORD_SERVICE_KEYS", c.ServiceKeys.Empty())
	if !absent("WATCHWORD_SMTP_URL", c.SMTPURL.Empty()) {
		if _, err := smtp.ParseServer(c.SMTPURL); err != nil {
			p.Add("WATCHWORD_SMTP_URL", err.Error())
		}
	}
	if !absent("WATCHWORD_MAIL_FROM", c.From == "") {
		if _, err := c.sender(); err != nil {
			p.Add("WATCHWORD_MAIL_FROM", err.Error())
		}
	}
	if _, err := render.New(product, c.Locale); err != nil {
		p.Add("WATCHWORD_LOCALE", err.Error())
	}
	if c.Workers < 0 || c.Workers > 64 {
		p.Add("WATCHWORD_MAIL_WORKERS", "write a number up to 64")
	}
	return p.Err()
}

// sender is From, with the product's name where it has none.
func (c Config) sender() (mail.Address, error) {
	a, err := mail.ParseAddress(c.From)
	if err != nil || strings.ContainsFunc(a.Name, unicode.IsControl) {
		return mail.Address{}, errors.New("write an address such as Watchword <no-reply@example.com>")
	}
	if a.Name == "" {
		a.Name = product
	}
	return *a, nil
}
