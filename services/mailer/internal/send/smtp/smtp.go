// Package smtp hands letters to a mail server: one connection for each, over TLS unless the server's URL says otherwise.
package smtp

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"github.com/watchword/watchword/services/mailer/internal/core"
)

// Config says where letters go and whom they are from.
type Config struct {
	Server Server
	From   netmail.Address
	// CAFile holds PEM certificates to trust instead of the system's; "": the system's.
	CAFile string
	// Timeout bounds each step of a conversation; the context of Send bounds the whole. Default 30 s.
	Timeout time.Duration
}

// Sender sends. Use New.
type Sender struct {
	server  Server
	from    netmail.Address
	domain  string
	options []mail.Option
	tls     *tls.Config
}

var _ core.Sender = (*Sender)(nil)

// New reads the CA file; it does not ask the server.
func New(cfg Config) (*Sender, error) {
	from, err := core.Address(cfg.From.Address)
	if err != nil || unprintable(cfg.From.Name) {
		return nil, errors.New("the sender is not an address")
	}
	roots, err := authorities(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	_, domain, _ := strings.Cut(from, "@")
	s := &Sender{
		server: cfg.Server,
		from:   netmail.Address{Name: cfg.From.Name, Address: from},
		domain: domain,
		tls:    &tls.Config{ServerName: cfg.Server.host, RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
	s.options = []mail.Option{
		mail.WithPort(cfg.Server.port),
		mail.WithTimeout(cfg.Timeout),
		mail.WithTLSPolicy(cfg.Server.policy()),
		mail.WithTLSConfig(s.tls),
		mail.WithoutNoop(),
		mail.WithoutRset(),
	}
	if !cfg.Server.password.Empty() {
		s.options = append(s.options, mail.WithUsername(cfg.Server.user), mail.WithPassword(cfg.Server.password.Reveal()),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	return s, nil
}

func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the CA file: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the CA file %s holds no PEM certificate", file)
	}
	return roots, nil
}

// Send delivers l to the server. Its errors are *core.SendError.
func (s *Sender) Send(ctx context.Context, l core.Letter) error {
	m, err := s.message(l)
	if err != nil {
		return err
	}
	// A client of its own for each letter: go-mail's keeps what it learnt of a server.
	options := append([]mail.Option{mail.WithDialContextFunc(s.dialing(ctx))}, s.options...)
	c, err := mail.NewClient(s.server.host, options...)
	if err != nil {
		return &core.SendError{Text: "server settings not usable"}
	}
	err = c.DialAndSendWithContext(ctx, m)
	if m.IsDelivered() {
		return nil // whatever went wrong afterwards, the server has it
	}
	return explain(ctx, err)
}

// message makes l what goes over the wire.
func (s *Sender) message(l core.Letter) (*mail.Msg, error) {
	to, err := core.Address(l.To)
	if err != nil {
		return nil, &core.SendError{Text: "recipient's address malformed", Final: true}
	}
	if unprintable(l.Subject) || l.Subject == "" || unprintable(l.Language) {
		return nil, &core.SendError{Text: "subject malformed", Final: true}
	}
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(&s.from)
	m.ToMailAddress(&netmail.Address{Address: to})
	m.Subject(l.Subject)
	m.SetDateWithValue(l.Date)
	m.SetMessageIDWithValue(messageID(l.Key, s.domain))
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5
	m.SetGenHeader("Content-Language", l.Language)
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	m.AddAlternativeString(mail.TypeTextHTML, l.HTML)
	return m, nil
}

// messageID is the same for each try of a mail, so that a reader shows a duplicate once. The key itself stays inside.
func messageID(key, domain string) string {
	sum := sha256.Sum256([]byte("message id " + key))
	return hex.EncodeToString(sum[:16]) + "@" + domain
}

// unprintable tells text that would break out of a header.
func unprintable(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }
