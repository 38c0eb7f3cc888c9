package inbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

var came = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// start runs an inbox until stop or the end of the test.
func start(t *testing.T, change ...func(*Config)) (smtpAddr, httpURL string, stop func()) {
	t.Helper()
	cfg := Config{SMTP: listen(t), HTTP: listen(t), Now: func() time.Time { return came }}
	for _, f := range change {
		f(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.SMTPURL())
	if err != nil || u.Scheme != "smtp" || u.RawQuery != "starttls=disabled" {
		t.Errorf("SMTPURL %s, %v", s.SMTPURL(), err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return u.Host, "http://" + cfg.HTTP.Addr().String(), stop
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// send sends mail over SMTP; its lines end in \n here.
func send(addr, mail string, to ...string) error {
	return smtp.SendMail(addr, nil, "bounces@example.com", to, []byte(strings.ReplaceAll(mail, "\n", "\r\n")))
}

func mustSend(t *testing.T, addr, mail string, to ...string) {
	t.Helper()
	if err := send(addr, mail, to...); err != nil {
		t.Fatal(err)
	}
}

// call makes a request and gives status, header and body.
func call(t *testing.T, method, target string, change ...func(*http.Request)) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(req)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

func getJSON[T any](t *testing.T, target string) T {
	t.Helper()
	status, _, body := call(t, http.MethodGet, target)
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d %s %v", target, status, body, err)
	}
	return v
}

const alternative = `From: =?utf-8?q?W=C3=A4chter?= <noreply@example.com>
To: "Ann Example" <ann@example.com>, bob@example.com
Cc: Cat <CAT@example.com>
Reply-To: help@example.com
Subject: =?utf-8?b?QmVzdMOkdGlnZW4=?= Sie =?utf-8?q?f=C3=BCr?= uns
Date: Tue, 03 Mar 2026 10:00:00 +0100
Message-ID: <key@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

preamble
--outer
Content-Type: multipart/alternative; boundary="in ner"

--in ner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe, open https://example.com/verify?token=3Dabc=
def.
..dots
--in ner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+R3LDvMOfZSA8c2NyaXB0PmFsZXJ0KDEp
PC9zY3JpcHQ+PC9wPg==
--in ner--
--outer
Content-Type: application/pdf
Content-Disposition: attachment; filename="=?utf-8?q?=C3=BC.pdf?="
Content-Transfer-Encoding: base64

AAECAw==
--outer--
`

func TestMessage(t *testing.T) {
	t.Parallel()
	addr, base, _ := start(t)
	mustSend(t, addr, alternative, "ann@example.com", "bob@example.com", "Cat@example.com", "hidden@example.com")
	list := getJSON[summariesJSON](t, base+"/api/v1/messages")
	wantSummary := summaryJSON{
		ID: "1", MessageID: "key@example.com", From: addressJSON{"Wächter", "noreply@example.com"},
		To: []addressJSON{{"Ann Example", "ann@example.com"}, {"", "bob@example.com"}}, Cc: []addressJSON{{"Cat", "CAT@example.com"}},
		Bcc: []addressJSON{{"", "hidden@example.com"}}, ReplyTo: []addressJSON{{"", "help@example.com"}},
		Subject: "Bestätigen Sie für uns", Created: came, Tags: []string{}, Attachments: 1, Size: list.Messages[0].Size,
		Snippet: "Grüße, open https://example.com/verify?token=abcdef. ..dots",
	}
	want := summariesJSON{Total: 1, Unread: 1, Count: 1, Matching: 1, Tags: []string{}, Messages: []summaryJSON{wantSummary}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	if sent := len(strings.ReplaceAll(alternative, "\n", "\r\n")); list.Messages[0].Size != sent {
		t.Errorf("size %d, sent %d", list.Messages[0].Size, sent)
	}
	for _, id := range []string{"1", "latest"} {
		got := getJSON[messageJSON](t, base+"/api/v1/message/"+id)
		want := messageJSON{
			ID: "1", MessageID: "key@example.com", From: wantSummary.From, To: wantSummary.To, Cc: wantSummary.Cc, Bcc: wantSummary.Bcc,
			ReplyTo: wantSummary.ReplyTo, ReturnPath: "bounces@example.com", Subject: wantSummary.Subject,
			Date: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC), Tags: []string{}, Size: wantSummary.Size,
			Text: "Grüße, open https://example.com/verify?token=abcdef.\r\n..dots", HTML: "<p>Grüße <script>alert(1)</script></p>",
			Inline: []attachmentJSON{}, Attachments: []attachmentJSON{{"ü.pdf", "application/pdf", 4}},
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
			t.Error(diff)
		}
	}
	if list := getJSON[summariesJSON](t, base+"/api/v1/messages"); list.Unread != 0 || !list.Messages[0].Read {
		t.Errorf("a message that was opened is unread: %+v", list)
	}
}

// TestMailpitNames: the JSON has the names that Mailpit's clients look for.
func TestMailpitNames(t *testing.T) {
	t.Parallel()
	addr, base, _ := start(t)
	mustSend(t, addr, "From: a@example.com\nSubject: x\n\nhi", "b@example.com")
	list := getJSON[map[string]any](t, base+"/api/v1/messages")
	for _, name := range []string{"total", "unread", "count", "start", "messages", "messages_count", "tags"} {
		if _, ok := list[name]; !ok {
			t.Errorf("the list lacks %s", name)
		}
	}
	summary := list["messages"].([]any)[0].(map[string]any)
	for _, name := range []string{"ID", "MessageID", "Read", "From", "To", "Cc", "Bcc", "ReplyTo", "Subject", "Created", "Tags", "Size", "Attachments", "Snippet"} {
		if v, ok := summary[name]; !ok || v == nil {
			t.Errorf("a summary's %s is %v", name, v)
		}
	}
	message := getJSON[map[string]any](t, base+"/api/v1/message/1")
	for _, name := range []string{"ID", "MessageID", "From", "To", "Cc", "Bcc", "ReplyTo", "ReturnPath", "Subject", "Date", "Tags", "Text", "HTML", "Size", "Inline", "Attachments"} {
		if v, ok := message[name]; !ok || v == nil {
			t.Errorf("a message's %s is %v", name, v)
		}
	}
}

func TestMailsOfAllKinds(t *testing.T) {
	t.Parallel()
	deep := "Content-Type: multipart/mixed; boundary=b0\n\n"
	for i := range maxDepth {
		deep += fmt.Sprintf("--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
	}
	many := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: x/y\n\n", maxParts) + "--b\n\nhello\n--b--"
	for name, test := range map[string]struct{ mail, text, html string }{
		"plain":              {"Subject: x\n\nhello\n", "hello\r\n", ""},
		"no header":          {"\nhello", "hello", ""},
		"no mail":            {"this is no header\nnor this", "this is no header\r\nnor this\r\n", ""},
		"html only":          {"Content-Type: text/html\n\n<b>x</b>", "", "<b>x</b>"},
		"latin-1":            {"Content-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe", "Grüße", ""},
		"not UTF-8":          {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\na=FFb", "a\uFFFDb", ""},
		"bad type":           {"Content-Type: ;;;\n\nhello", "hello", ""},
		"bad base64":         {"Content-Transfer-Encoding: base64\n\naGVsbG8=\n!!!!", "hello", ""},
		"no boundary":        {"Content-Type: multipart/mixed\n\nhello", "", ""},
		"an unclosed part":   {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello", "hello\r\n", ""},
		"a text attachment":  {"Content-Type: text/plain\nContent-Disposition: attachment\n\nhello", "", ""},
		"parts too deep":     {deep + fmt.Sprintf("--b%d\n\nhello", maxDepth), "", ""},
		"too many parts":     {many, "", ""},
		"second text is not": {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--", "one", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, base, _ := start(t)
			mustSend(t, addr, test.mail, "ann@example.com")
			m := getJSON[messageJSON](t, base+"/api/v1/message/latest")
			if strings.TrimRight(m.Text, "\r\n") != strings.TrimRight(test.text, "\r\n") || strings.TrimSpace(m.HTML) != test.html {
				t.Errorf("text %q, html %q", m.Text, m.HTML)
			}
			if len(m.Bcc) != 1 || m.Bcc[0].Address != "ann@example.com" {
				t.Errorf("recipients %v", m.Bcc)
			}
			if status, _, _ := call(t, http.MethodGet, base+"/message/1"); status != http.StatusOK {
				t.Errorf("page: %d", status)
			}
		})
	}
}

// TestOneConnection: a second mail on a connection has its own recipients.
func TestOneConnection(t *testing.T) {
	t.Parallel()
	addr, base, _ := start(t)
	c, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"first@example.com", "second@example.com"} {
		if err := errors.Join(c.Mail("a@example.com"), c.Rcpt(to)); err != nil {
			t.Fatal(err)
		}
		data, err := c.Data()
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(data, "Subject: x\r\n\r\nhi")
		if err := errors.Join(err, data.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
	list := getJSON[summariesJSON](t, base+"/api/v1/messages").Messages
	if len(list) != 2 || !cmp.Equal(list[0].Bcc, []addressJSON{{"", "second@example.com"}}) || !cmp.Equal(list[1].Bcc, []addressJSON{{"", "first@example.com"}}) {
		t.Errorf("%+v", list)
	}
}

func TestSearchAndPages(t *testing.T) {
	t.Parallel()
	addr, base, _ := start(t)
	for i := range 5 {
		mustSend(t, addr, fmt.Sprintf("From: Shop <shop@example.com>\nTo: u%d@example.com\nSubject: Code %d\n\nYour code is 12%d", i, i, i), fmt.Sprintf("u%d@example.com", i))
	}
	mustSend(t, addr, "From: other@example.org\nSubject: Two words\n\nhello", "u1@example.com")
	call(t, http.MethodGet, base+"/api/v1/message/3")
	for query, want := range map[string][]string{
		"to:u1@example.com": {"6", "2"}, "to:U1": {"6", "2"}, `to:"u4@example.com"`: {"5"}, "from:shop to:u1": {"2"}, "subject:code": {"5", "4", "3", "2", "1"},
		`subject:"two words"`: {"6"}, `"two words"`: {"6"}, "code 123": {"4"}, "nothing": {}, "to:nobody@example.com": {}, "is:read": {"3"},
		"is:unread from:shop": {"5", "4", "2", "1"}, "": {"6", "5", "4", "3", "2", "1"},
	} {
		got := getJSON[summariesJSON](t, base+"/api/v1/search?query="+url.QueryEscape(query))
		if diff := cmp.Diff(want, ids(got)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
		if got.Total != 6 || got.Count != len(want) || got.Matching != len(want) {
			t.Errorf("%s: %+v", query, got)
		}
	}
	page := getJSON[summariesJSON](t, base+"/api/v1/messages?start=1&limit=2")
	if diff := cmp.Diff([]string{"5", "4"}, ids(page)); diff != "" || page.Start != 1 || page.Total != 6 || page.Count != 2 {
		t.Errorf("%s %+v", diff, page)
	}
	for _, bad := range []string{"/api/v1/messages?start=-1", "/api/v1/messages?limit=x", "/api/v1/search?query=tag:x", "/api/v1/search?query=is:tagged"} {
		if status, _, _ := call(t, http.MethodGet, base+bad); status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, status)
		}
	}
}

func ids(list summariesJSON) []string {
	out := []string{}
	for _, m := range list.Messages {
		out = append(out, m.ID)
	}
	return out
}

func TestDelete(t *testing.T) {
	t.Parallel()
	addr, base, _ := start(t)
	for range 4 {
		mustSend(t, addr, "Subject: x\n\nhi", "a@example.com")
	}
	body := func(s string) func(*http.Request) {
		return func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(s)) }
	}
	for _, step := range []struct {
		body   string
		status int
		left   []string
	}{
		{`{"IDs":["2","9"]}`, http.StatusOK, []string{"4", "3", "1"}},
		{`{"IDs":`, http.StatusBadRequest, []string{"4", "3", "1"}},
		{``, http.StatusOK, []string{}},
	} {
		if status, _, answer := call(t, http.MethodDelete, base+"/api/v1/messages", body(step.body)); status != step.status {
			t.Errorf("%s: %d %s", step.body, status, answer)
		}
		if diff := cmp.Diff(step.left, ids(getJSON[summariesJSON](t, base+"/api/v1/messages"))); diff != "" {
			t.Error(diff)
		}
	}
	if status, _, _ := call(t, http.MethodGet, base+"/api/v1/message/1"); status != http.StatusNotFound {
		t.Errorf("a deleted message: %d", status)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	b := newBox(3, 100)
	for i, size := range []int{10, 10, 10, 10} {
		b.add(&message{size: size})
		if got := len(b.all()); got != min(i+1, 3) {
			t.Errorf("%d messages kept", got)
		}
	}
	b.add(&message{size: 85})
	if all := b.all(); len(all) != 2 || all[0].id != "5" || all[1].id != "4" || b.bytes != 95 {
		t.Errorf("%+v, %d bytes", all, b.bytes)
	}
	b.add(&message{size: 200}) // the newest always stays
	if all := b.all(); len(all) != 1 || all[0].id != "6" {
		t.Errorf("%+v", all)
	}
	b.remove(nil)
	if len(b.all()) != 0 || b.bytes != 0 {
		t.Errorf("%d bytes left", b.bytes)
	}

	addr, base, _ := start(t)
	line := strings.Repeat("x", 70) + "\n"
	var refused *textproto.Error
	if err := send(addr, "Subject: big\n\n"+strings.Repeat(line, maxMessage/len(line)+1), "a@example.com"); !errors.As(err, &refused) || refused.Code != 552 {
		t.Errorf("a mail over the limit: %v", err)
	}
	mustSend(t, addr, "Subject: fits\n\n"+strings.Repeat(line, maxMessage/len(line)-len("Subject")*200), "a@example.com")
	if got := getJSON[summariesJSON](t, base+"/api/v1/messages"); got.Total != 1 || got.Messages[0].Subject != "fits" {
		t.Errorf("%+v", got)
	}
}

func TestBehaviour(t *testing.T) {
	t.Parallel()
	addr, base, _ := start(t, func(cfg *Config) {
		cfg.Behaviour = func(to string) error {
			switch to {
			case "later@example.com":
				return Refusal{Code: 451, Text: "greylisted"}
			case "never@example.com":
				return fmt.Errorf("wrapped: %w", Refusal{Code: 550, Text: "no such user"})
			case "drop@example.com":
				return ErrDrop
			}
			return nil
		}
	})
	for to, code := range map[string]int{"later@example.com": 451, "never@example.com": 550} {
		var refused *textproto.Error
		if err := send(addr, "Subject: x\n\nhi", to); !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("%s: %v", to, err)
		}
	}
	if err := send(addr, "Subject: x\n\nhi", "drop@example.com"); err == nil || errors.As(err, new(*textproto.Error)) {
		t.Errorf("a dropped connection was answered: %v", err)
	}
	mustSend(t, addr, "Subject: x\n\nhi", "ann@example.com")
	if got := getJSON[summariesJSON](t, base+"/api/v1/messages"); got.Total != 1 {
		t.Errorf("%d messages", got.Total)
	}
}

func TestStopLeavesNothingBehind(t *testing.T) {
	// Not parallel: it counts goroutines.
	before := goleak.IgnoreCurrent()
	addr, base, stop := start(t)
	mustSend(t, addr, "Subject: x\n\nhi", "ann@example.com")
	call(t, http.MethodGet, base+"/")
	idle, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	if _, err := bufio.NewReader(idle).ReadString('\n'); err != nil { // go-smtp closes only whom it has greeted
		t.Fatal(err)
	}
	stop()
	goleak.VerifyNone(t, before)
}

// TestStopAtOnce: a context that has ended before Run still closes both listeners.
func TestStopAtOnce(t *testing.T) {
	t.Parallel()
	s, err := New(Config{SMTP: listen(t), HTTP: listen(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Error(err)
	}
}
