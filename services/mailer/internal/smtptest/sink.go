// Package smtptest is a mail server on the loopback for tests: it keeps what it takes over and refuses what it is told to.
package smtptest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Options say how the server behaves; the zero value takes everything, without TLS.
type Options struct {
	// TLS offers STARTTLS, or TLS from the first byte where Implicit is set.
	TLS      *tls.Config
	Implicit bool
	// User and Password are asked for where User is set. Insecure offers to take them without TLS.
	User, Password string
	Insecure       bool
	// Recipient and Message, where set, say yes (nil) or no to what is sent; a *smtp.SMTPError is answered as it is.
	Recipient func(to string) error
	Message   func(m Message) error
	// Listen is an address; default a free port of the loopback.
	Listen string
}

// Message is what the server took over.
type Message struct {
	From string
	To   []string
	Body []byte // headers and all, as on the wire
}

// Sink is the server.
type Sink struct {
	Addr string

	options  Options
	mu       sync.Mutex
	messages []Message
	stop     func()
}

// Start runs a server until the test ends.
func Start(t *testing.T, o Options) *Sink {
	t.Helper()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", o.Listen)
	if err != nil {
		t.Fatal(err)
	}
	s := &Sink{Addr: ln.Addr().String(), options: o}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		session := &session{sink: s}
		if o.User == "" {
			return session, nil
		}
		return &authSession{session: session}, nil
	}))
	server.Domain = "sink.test"
	server.AllowInsecureAuth = o.Insecure
	server.ErrorLog = silent{}
	if o.Implicit {
		ln = tls.NewListener(ln, o.TLS)
	} else {
		server.TLSConfig = o.TLS
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(ln)
	}()
	s.stop = sync.OnceFunc(func() {
		_ = ln.Close() // the server may not know it yet
		_ = server.Close()
		<-served
	})
	t.Cleanup(s.stop)
	return s
}

// Stop closes the server and its connections.
func (s *Sink) Stop() { s.stop() }

// Messages are those taken over so far.
func (s *Sink) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

type session struct {
	sink    *Sink
	message Message
}

func (s *session) Reset()        { s.message = Message{} }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.message.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if judge := s.sink.options.Recipient; judge != nil {
		if err := judge(to); err != nil {
			return err
		}
	}
	s.message.To = append(s.message.To, to)
	return nil
}

func (s *session) Data(r io.Reader) (err error) {
	if s.message.Body, err = io.ReadAll(r); err != nil {
		return err
	}
	if judge := s.sink.options.Message; judge != nil {
		if err := judge(s.message); err != nil {
			return err
		}
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.messages = append(s.sink.messages, s.message)
	return nil
}

// authSession takes mails from the one user only.
type authSession struct {
	*session
	known bool
}

func (s *authSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *authSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.sink.options.User || password != s.sink.options.Password {
			return errors.New("wrong user or password")
		}
		s.known = true
		return nil
	}), nil
}

func (s *authSession) Mail(from string, o *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	return s.session.Mail(from, o)
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
