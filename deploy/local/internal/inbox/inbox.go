// Package inbox is where the mails of a local run end: an SMTP sink that delivers nothing, a page to read the mails on,
// and the part of Mailpit's HTTP API that tests use (https://mailpit.axllent.org/docs/api-v1/).
//
// It keeps the newest mails in memory and nothing on disk. Mails hold links that sign people in, so the pages answer
// only to loopback names when the listener is on loopback, and to no other site's scripts ever.
package inbox

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/emersion/go-smtp"
)

// Bounds on what is taken and kept.
const (
	maxMessages   = 500
	maxKept       = 64 << 20 // bytes of all messages
	maxMessage    = 1 << 20  // bytes
	maxRecipients = 100
)

const (
	requestTimeout = 10 * time.Second
	idleTimeout    = time.Minute
	drainTimeout   = 5 * time.Second
	maxHeader      = 32 << 10 // bytes
)

// ErrDrop, returned by a Behaviour, closes the connection without an answer.
var ErrDrop = errors.New("drop the connection")

// Refusal, returned by a Behaviour, is answered to RCPT: 4xx, try again later, or 5xx, never.
type Refusal struct {
	Code int
	Text string
}

func (r Refusal) Error() string { return r.Text }

// Config is what a Server needs; SMTP and HTTP are required.
type Config struct {
	// SMTP and HTTP take the clients; the Server closes them.
	SMTP, HTTP net.Listener
	// Logger defaults to one that discards. Neither addresses nor contents are logged.
	Logger *slog.Logger
	// Behaviour, if set, is asked about each recipient: nil accepts, a Refusal is answered, ErrDrop hangs up. For tests.
	Behaviour func(recipient string) error
	// Now defaults to time.Now.
	Now func() time.Time
}

// Server is a running inbox.
type Server struct {
	cfg  Config
	box  *box
	smtp *smtp.Server
	http *http.Server
}

// New checks cfg. Nothing is served before Run.
func New(cfg Config) (*Server, error) {
	if cfg.SMTP == nil || cfg.HTTP == nil {
		return nil, errors.New("inbox: both listeners are required")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Behaviour == nil {
		cfg.Behaviour = func(string) error { return nil }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{cfg: cfg, box: newBox(maxMessages, maxKept)}
	s.smtp = s.newSMTP()
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: requestTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelWarn),
	}
	return s, nil
}

// SMTPURL is what a mailer is given: smtp://127.0.0.1:PORT?starttls=disabled.
func (s *Server) SMTPURL() string {
	return "smtp://" + s.cfg.SMTP.Addr().String() + "?starttls=disabled"
}

// Run serves until ctx ends, then hangs up on SMTP clients and lets page requests finish, 5 s at most. The error is nil
// after a clean stop. Call it once.
func (s *Server) Run(ctx context.Context) error {
	smtpDone, httpDone := make(chan error, 1), make(chan error, 1)
	go func() { smtpDone <- s.smtp.Serve(s.cfg.SMTP) }()
	go func() { httpDone <- s.http.Serve(s.cfg.HTTP) }()
	var failed error
	select {
	case failed = <-smtpDone:
		smtpDone <- nil
	case failed = <-httpDone:
		httpDone <- http.ErrServerClosed
	case <-ctx.Done():
	}
	_ = s.smtp.Close()
	_ = s.cfg.SMTP.Close() // go-smtp forgets a listener that it doesn't serve yet
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	failed = errors.Join(failed, s.http.Shutdown(drain), s.http.Close(), <-smtpDone)
	if err := <-httpDone; !errors.Is(err, http.ErrServerClosed) {
		failed = errors.Join(failed, err)
	}
	return failed
}
