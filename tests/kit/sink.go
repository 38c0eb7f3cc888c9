package kit

import (
	"bytes"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Sink is a mail server of the test's own, for WATCHWORD_SMTP_URL: what it has taken outlives every process of the suite.
type Sink struct {
	address string
	mu      sync.Mutex
	mails   map[string][]Mail // by recipient, in the order of their coming; each letter once
	taken   int               // with those that came again
}

// NewSink runs one until the test ends.
func NewSink(t testing.TB) *Sink {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Sink{address: ln.Addr().String(), mails: map[string][]Mail{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{sink: s}, nil }))
	server.ErrorLog = log.New(io.Discard, "", 0) // whoever is killed hangs up
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close the mail server: %v", err)
		}
		if err := <-served; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("mail server: %v", err)
		}
	})
	return s
}

// URL is WATCHWORD_SMTP_URL.
func (s *Sink) URL() string { return "smtp://" + s.address + "?starttls=disabled" }

// Address is where it listens.
func (s *Sink) Address() string { return s.address }

// To are the letters to an address, the oldest first. One that came twice is one.
func (s *Sink) To(address string) []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails[address])
}

// Taken counts the letters, and those of them that had come before.
func (s *Sink) Taken() (letters, again int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, mails := range s.mails {
		letters += len(mails)
	}
	return letters, s.taken - letters
}

func (s *Sink) take(to string, m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken++
	if !slices.ContainsFunc(s.mails[to], func(other Mail) bool { return other.ID == m.ID }) {
		s.mails[to] = append(s.mails[to], m)
	}
}

// delivery is one conversation with the sink.
type delivery struct {
	sink *Sink
	to   []string
}

var _ smtp.Session = (*delivery)(nil)

// Mail begins a letter.
func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes any recipient.
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = append(d.to, to)
	return nil
}

// Data keeps the letter.
func (d *delivery) Data(r io.Reader) error {
	m, err := readMail(r)
	if err != nil {
		return err
	}
	for _, to := range d.to {
		d.sink.take(to, m)
	}
	return nil
}

// Reset forgets the letter that was begun.
func (d *delivery) Reset() { d.to = nil }

// Logout ends the conversation.
func (d *delivery) Logout() error { return nil }

// readMail reads a letter as mailer writes it: two parts, text and HTML. Its ID is the Message-Id.
func readMail(r io.Reader) (Mail, error) {
	var m Mail
	message, err := netmail.ReadMessage(r)
	if err != nil {
		return m, err
	}
	m.ID = message.Header.Get("Message-Id")
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return m, err
	}
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return m, err
	}
	for parts := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		text, err := readPart(part)
		if err != nil {
			return m, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = text
		} else {
			m.Text = text
		}
	}
}

func readPart(part *multipart.Part) (string, error) {
	var body io.Reader = part
	if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(part)
	}
	var text bytes.Buffer
	_, err := text.ReadFrom(body)
	return text.String(), err
}
