package smtp

import (
	"bytes"
	"maps"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/services/mailer/internal/smtptest"
)

// Whatever is in a letter, either it is refused or exactly one message arrives: to its one recipient, with the headers that
// every letter has and no other.
func FuzzHeaders(f *testing.F) {
	for _, seed := range [][4]string{
		{"ada@example.org", "Hello", "text", "key"},
		{"ada@example.org\r\nRCPT TO:<eve@example.org>", "Hello", "text", "key"},
		{"ada@example.org", "Hello\r\nBcc: eve@example.org", "text", "key"},
		{"ada@example.org", "Hello\nBcc: eve@example.org\n\nbody", "text", "key"},
		{"ada@example.org", "Hello\x00", "text\r\n.\r\nMAIL FROM:<eve@example.org>\r\n", "key\r\nBcc: eve@example.org"},
		{`"ada@example.org> NOTIFY=NEVER"@example.org`, "Hello", "text", "key"},
		{`"a\"@evil.test,"@example.org`, "Hello", "text", "key"},
		{"ada@example.org, eve@example.org", "Hello", "text", "key"},
		{"Ada <ada@example.org>", "=?utf-8?q?=0D=0ABcc:_eve@example.org?=", "text", "key"},
		{"ada@exämple.org", "Grüße \u2028 \u202e", "\n.\n..\n", "ключ"},
		{"ädä@example.org", strings.Repeat("long ", 500), strings.Repeat("x", 5000), "key"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	want := []string{
		"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To",
	}
	f.Fuzz(func(t *testing.T, to, subject, text, key string) {
		sink := smtptest.Start(t, smtptest.Options{})
		s := sender(t, "smtp://"+sink.Addr+"?starttls=disabled", func(c *Config) { c.Timeout = time.Minute })
		l := letter()
		l.To, l.Subject, l.Text, l.Key = to, subject, text, key
		err := s.Send(t.Context(), l)
		got := sink.Messages()
		if err != nil {
			if len(got) != 0 {
				t.Fatalf("refused with %v and sent %d times", err, len(got))
			}
			return
		}
		if len(got) != 1 || len(got[0].To) != 1 || got[0].From != "no-reply@example.com" {
			t.Fatalf("arrived: %+v", got)
		}
		if strings.Count(got[0].To[0], "@") != 1 || strings.ContainsAny(got[0].To[0], "<>, \"\r\n") {
			t.Fatalf("the recipient is %q", got[0].To[0])
		}
		m, err := netmail.ReadMessage(bytes.NewReader(got[0].Body))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(m.Header))); diff != "" {
			t.Fatalf("headers (-want +got):\n%s", diff)
		}
		for name, values := range m.Header {
			if len(values) != 1 {
				t.Fatalf("%s comes %d times", name, len(values))
			}
		}
		if addresses, err := m.Header.AddressList("To"); err != nil || len(addresses) != 1 || addresses[0].Name != "" {
			t.Fatalf("To is %q, %v", m.Header.Get("To"), err)
		}
		if parts := read(t, m); len(parts) != 2 {
			t.Fatalf("the parts are %v", slices.Collect(maps.Keys(parts)))
		}
	})
}
