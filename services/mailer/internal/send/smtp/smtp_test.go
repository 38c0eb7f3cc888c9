package smtp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	server "github.com/emersion/go-smtp"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/mailer/internal/core"
	"github.com/watchword/watchword/services/mailer/internal/smtptest"
)

func letter() core.Letter {
	return core.Letter{
		Key:  "users:01JDZ5",
		To:   "ada@example.org",
		Date: time.Date(2026, 3, 1, 13, 5, 0, 0, time.UTC),
		Content: core.Content{
			Language: "de",
			Subject:  "Bestätigen Sie Ihre E-Mail-Adresse",
			Text:     "Grüße, 01JDZ5\n.\nQUIT\n",
			HTML:     "<p>Grüße, 01JDZ5</p>",
		},
	}
}

func sender(t *testing.T, url string, spoil ...func(*Config)) *Sender {
	t.Helper()
	s, err := ParseServer(secret.New(url))
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Server: s, From: netmail.Address{Name: "Würdig & Co", Address: "no-reply@example.com"}, Timeout: 5 * time.Second}
	for _, f := range spoil {
		f(&cfg)
	}
	made, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func trusting(file string) func(*Config) { return func(c *Config) { c.CAFile = file } }

// refusal gives the error of a letter that is not sent.
func refusal(t *testing.T, s *Sender, l core.Letter) *core.SendError {
	t.Helper()
	err := s.Send(t.Context(), l)
	var e *core.SendError
	if !errors.As(err, &e) {
		t.Fatalf("sending ended with %v", err)
	}
	if strings.Contains(e.Error(), "ada") || strings.Contains(e.Error(), "hunter") {
		t.Errorf("the error tells the recipient or the password: %v", e)
	}
	return e
}

func TestLetterOnTheWire(t *testing.T) {
	t.Parallel()
	sink := smtptest.Start(t, smtptest.Options{})
	s := sender(t, "smtp://"+sink.Addr+"?starttls=disabled")
	for range 2 {
		if err := s.Send(t.Context(), letter()); err != nil {
			t.Fatal(err)
		}
	}
	got := sink.Messages()
	if len(got) != 2 {
		t.Fatalf("%d messages arrived", len(got))
	}
	if got[0].From != "no-reply@example.com" || len(got[0].To) != 1 || got[0].To[0] != "ada@example.org" {
		t.Errorf("the envelope is from %q to %q", got[0].From, got[0].To)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(got[0].Body))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"From":             "=?utf-8?b?V8O8cmRpZyAmIENv?= <no-reply@example.com>",
		"To":               "<ada@example.org>",
		"Date":             "Sun, 01 Mar 2026 13:05:00 +0000",
		"Auto-Submitted":   "auto-generated",
		"Content-Language": "de",
	} {
		if values := m.Header[name]; len(values) != 1 || values[0] != want {
			t.Errorf("%s is %q, not %q", name, values, want)
		}
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || subject != letter().Subject {
		t.Errorf("the subject is %q, %v", subject, err)
	}
	for _, name := range []string{"User-Agent", "X-Mailer", "Bcc", "Cc"} {
		if m.Header.Get(name) != "" {
			t.Errorf("there is a header %s", name)
		}
	}
	again, err := netmail.ReadMessage(bytes.NewReader(got[1].Body))
	if err != nil {
		t.Fatal(err)
	}
	id := m.Header.Get("Message-Id")
	if id != again.Header.Get("Message-Id") || !strings.HasSuffix(id, "@example.com>") || strings.Contains(id, "01JDZ5") {
		t.Errorf("the message ids are %s and %s", id, again.Header.Get("Message-Id"))
	}
	parts := read(t, m)
	if got := strings.ReplaceAll(parts["text/plain"], "\r\n", "\n"); got != letter().Text {
		t.Errorf("the text is %q", got)
	}
	if parts["text/html"] != letter().HTML {
		t.Errorf("the page is %q", parts["text/html"])
	}
}

// read gives the parts of a multipart/alternative message.
func read(t *testing.T, m *netmail.Message) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the message is %s, %v", kind, err)
	}
	parts := map[string]string{}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		parts[kind] = string(content)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	certificate, file := smtptest.Certificate(t)
	_, other := smtptest.Certificate(t)
	for name, test := range map[string]struct {
		server smtptest.Options
		url    string
		ca     string
		fails  string
	}{
		"starttls required":                        {server: smtptest.Options{TLS: certificate}, url: "smtp://%s", ca: file},
		"starttls required, stripped":              {url: "smtp://%s", ca: file, fails: "no agreement"},
		"starttls required, nobody's certificate":  {server: smtptest.Options{TLS: certificate}, url: "smtp://%s", ca: other, fails: "certificate"},
		"starttls optional, offered":               {server: smtptest.Options{TLS: certificate}, url: "smtp://%s?starttls=optional", ca: file},
		"starttls optional, not offered":           {url: "smtp://%s?starttls=optional"},
		"starttls disabled":                        {server: smtptest.Options{TLS: certificate}, url: "smtp://%s?starttls=disabled"},
		"implicit":                                 {server: smtptest.Options{TLS: certificate, Implicit: true}, url: "smtps://%s", ca: file},
		"implicit, nobody's certificate":           {server: smtptest.Options{TLS: certificate, Implicit: true}, url: "smtps://%s", fails: "certificate"},
		"implicit asked of a server that has none": {url: "smtps://%s", ca: file, fails: "no agreement"},
		"sign-in": {
			server: smtptest.Options{TLS: certificate, User: "mailer", Password: "hunter2"}, url: "smtp://mailer:hunter2@%s", ca: file,
		},
		"sign-in over implicit TLS": {
			server: smtptest.Options{TLS: certificate, Implicit: true, User: "mailer", Password: "hunter2"}, url: "smtps://mailer:hunter2@%s", ca: file,
		},
		"sign-in with a wrong password": {
			server: smtptest.Options{TLS: certificate, User: "mailer", Password: "hunter2"}, url: "smtp://mailer:hunter3@%s", ca: file, fails: "not willing",
		},
		"sign-in to a server that has none":     {server: smtptest.Options{TLS: certificate}, url: "smtp://mailer:hunter2@%s", ca: file, fails: "no agreement"},
		"no sign-in to a server that wants one": {server: smtptest.Options{TLS: certificate, User: "mailer"}, url: "smtp://%s", ca: file, fails: "sender refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := smtptest.Start(t, test.server)
			s := sender(t, strings.Replace(test.url, "%s", sink.Addr, 1), trusting(test.ca))
			if test.fails == "" {
				if err := s.Send(t.Context(), letter()); err != nil {
					t.Fatal(err)
				}
				if len(sink.Messages()) != 1 {
					t.Error("nothing arrived")
				}
				return
			}
			if e := refusal(t, s, letter()); !strings.Contains(e.Error(), test.fails) || e.Final {
				t.Errorf("refused with %q, final: %t", e, e.Final)
			}
			if len(sink.Messages()) != 0 {
				t.Error("the letter went out all the same")
			}
		})
	}
}

// A password is not shown to whoever strips STARTTLS.
func TestPasswordWithoutTLS(t *testing.T) {
	t.Parallel()
	sink := smtptest.Start(t, smtptest.Options{User: "mailer", Password: "hunter2", Insecure: true})
	s := sender(t, "smtp://mailer:hunter2@"+sink.Addr)
	if e := refusal(t, s, letter()); e.Final {
		t.Errorf("refused with %q", e)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	say := func(code int) *server.SMTPError {
		return &server.SMTPError{Code: code, EnhancedCode: server.EnhancedCodeNotSet, Message: "ada@example.org is not known here, hunter2"}
	}
	for name, test := range map[string]struct {
		server smtptest.Options
		want   core.SendError
	}{
		"greylisted":        {smtptest.Options{Recipient: func(string) error { return say(451) }}, core.SendError{Code: 451, Text: "recipient refused"}},
		"unknown recipient": {smtptest.Options{Recipient: func(string) error { return say(550) }}, core.SendError{Code: 550, Text: "recipient refused", Final: true}},
		"refused content":   {smtptest.Options{Message: func(smtptest.Message) error { return say(554) }}, core.SendError{Code: 554, Text: "message refused", Final: true}},
		"full":              {smtptest.Options{Message: func(smtptest.Message) error { return say(452) }}, core.SendError{Code: 452, Text: "message refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := smtptest.Start(t, test.server)
			got := refusal(t, sender(t, "smtp://"+sink.Addr+"?starttls=disabled"), letter())
			if *got != test.want {
				t.Errorf("got %+v, not %+v", *got, test.want)
			}
		})
	}
}

func TestServerDown(t *testing.T) {
	t.Parallel()
	sink := smtptest.Start(t, smtptest.Options{})
	sink.Stop()
	if e := refusal(t, sender(t, "smtp://"+sink.Addr+"?starttls=disabled"), letter()); e.Final || e.Text != "server not reachable" {
		t.Errorf("refused with %+v", e)
	}
}

// A server that never answers holds a letter no longer than its context.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	sink := smtptest.Start(t, smtptest.Options{Message: func(smtptest.Message) error { <-hold; return nil }})
	t.Cleanup(func() { close(hold) }) // before the sink stops, which waits for its sessions
	ctx, cancel := context.WithCancel(t.Context())
	s := sender(t, "smtp://"+sink.Addr+"?starttls=disabled", func(c *Config) { c.Timeout = time.Hour })
	time.AfterFunc(50*time.Millisecond, cancel)
	err := s.Send(ctx, letter())
	var e *core.SendError
	if !errors.As(err, &e) || e.Final {
		t.Fatalf("sending ended with %v", err)
	}
}

func TestSettingsThatDoNotGo(t *testing.T) {
	t.Parallel()
	good := Config{From: netmail.Address{Address: "a@example.com"}}
	for name, spoil := range map[string]func(*Config){
		"no sender":               func(c *Config) { c.From.Address = "" },
		"a sender with line ends": func(c *Config) { c.From.Name = "a\r\nBcc: x@example.com" },
		"no CA file":              func(c *Config) { c.CAFile = "/does/not/exist" },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s goes", name)
		}
	}
}
