package inbox

import (
	"errors"
	"io"
	"log/slog"

	"github.com/emersion/go-smtp"
)

// newSMTP makes a server that takes any mail, without authentication or TLS.
func (s *Server) newSMTP() *smtp.Server {
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	srv.Domain = "localhost"
	srv.MaxMessageBytes = maxMessage
	srv.MaxRecipients = maxRecipients
	srv.ReadTimeout = idleTimeout
	srv.WriteTimeout = requestTimeout
	srv.EnableSMTPUTF8 = true
	srv.ErrorLog = slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelWarn)
	return srv
}

// session is one SMTP connection.
type session struct {
	server *Server
	conn   *smtp.Conn
	from   string
	to     []string
}

var _ smtp.Session = (*session)(nil)

// Mail begins a message.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt takes a recipient if the Behaviour does.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	err := s.server.cfg.Behaviour(to)
	var refusal Refusal
	switch {
	case err == nil:
		s.to = append(s.to, to)
		return nil
	case errors.Is(err, ErrDrop):
		return errors.Join(err, s.conn.Conn().Close())
	case errors.As(err, &refusal):
		return &smtp.SMTPError{
			Code: refusal.Code, EnhancedCode: smtp.EnhancedCode{refusal.Code / 100, 0, 0}, Message: refusal.Text,
		}
	default:
		return err
	}
}

// Data keeps the message.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.box.add(parse(raw, s.from, s.to, s.server.cfg.Now()))
	return nil
}

// Reset forgets the message that was begun.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the connection.
func (s *session) Logout() error { return nil }
