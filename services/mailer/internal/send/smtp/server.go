package smtp

import (
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strconv"

	"github.com/wneessen/go-mail"

	"github.com/watchword/watchword/pkg/secret"
)

// Server is a mail server as its URL tells:
//
//	smtp://user:password@host:587?starttls=required   STARTTLS: required (default), optional or disabled; port 587
//	smtps://user:password@host:465                    TLS from the first byte; port 465
//
// The password goes over TLS only, but for a server on this machine.
type Server struct {
	host        string
	port        int
	user        string
	password    secret.String
	starttls    string
	implicitTLS bool
}

// The values of starttls.
const (
	required = "required"
	optional = "optional"
	disabled = "disabled"
)

// ParseServer reads a URL. Its errors say what to write and never repeat the URL.
func ParseServer(text secret.String) (Server, error) {
	u, err := url.Parse(text.Reveal())
	if err != nil || u.Opaque != "" || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		return Server{}, errors.New("write smtp://user:password@host:587 or smtps://user:password@host:465")
	}
	s := Server{host: u.Hostname(), starttls: required}
	switch u.Scheme {
	case "smtp":
		s.port = 587
	case "smtps":
		s.port, s.implicitTLS = 465, true
	default:
		return Server{}, errors.New("the scheme is smtp (STARTTLS) or smtps")
	}
	if text := u.Port(); text != "" {
		if s.port, err = strconv.Atoi(text); err != nil || s.port < 1 || s.port > 65535 {
			return Server{}, errors.New("the port is a number from 1 to 65535")
		}
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.user, s.password = u.User.Username(), secret.New(password)
		if s.user == "" || password == "" {
			return Server{}, errors.New("a user needs a password and a password a user")
		}
	}
	err = s.options(u.Query())
	return s, err
}

// options reads the URL's query.
func (s *Server) options(query url.Values) error {
	for name, values := range query {
		if name != "starttls" || len(values) != 1 || s.implicitTLS {
			return errors.New("the only parameter is starttls, once and with smtp only")
		}
		s.starttls = values[0]
	}
	switch s.starttls {
	case required, optional, disabled:
	default:
		return errors.New("starttls is required, optional or disabled")
	}
	if s.starttls != required && s.user != "" && !s.local() {
		return errors.New("a password needs starttls=required or smtps, or it could be read on the way")
	}
	return nil
}

// local tells whether the server is on this machine.
func (s Server) local() bool {
	ip := net.ParseIP(s.host)
	return s.host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s Server) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

func (s Server) policy() mail.TLSPolicy {
	switch {
	case s.implicitTLS, s.starttls == disabled:
		return mail.NoTLS // go-mail's own, which would come on top
	case s.starttls == optional:
		return mail.TLSOpportunistic
	}
	return mail.TLSMandatory
}

// String and LogValue leave out the user and the password.
func (s Server) String() string {
	scheme := "smtp"
	if s.implicitTLS {
		scheme = "smtps"
	}
	return scheme + "://" + s.address()
}
func (s Server) LogValue() slog.Value { return slog.StringValue(s.String()) }
