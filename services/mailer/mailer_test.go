package mailer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/mailapi/mailclient"
	"github.com/watchword/watchword/pkg/mongodb"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/services/mailer"
	"github.com/watchword/watchword/services/mailer/internal/smtptest"
)

// canary stands for a one-time token.
const canary = "01JDZ5-canary"

func message(key string) mailapi.Message {
	return mailapi.Message{
		Key: key, Template: mailapi.Verification, Locale: "de", To: "ada.lovelace@example.org",
		Data: map[string]string{
			"username": "ada", "link": "https://accounts.example.com/verify?token=" + canary, "token": canary,
			"at": time.Now().Format(time.RFC3339), "expires": time.Now().Add(24 * time.Hour).Format(time.RFC3339),
		},
	}
}

// service is a mailer as its callers have it.
type service struct {
	t        *testing.T
	url      string
	cfg      mailer.Config
	log      *lines
	users    *mailclient.Client
	operator *mailclient.Client
	stop     func()
}

// start runs a mailer until the test ends. set changes its configuration.
func start(t *testing.T, set func(cfg *mailer.Config)) *service {
	t.Helper()
	s := &service{t: t, log: &lines{}, cfg: mailer.Config{
		MongoDBStableAPI: true, From: "Watchword <no-reply@example.com>", Locale: "en", Workers: 4,
	}}
	keys, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: []byte("0123456789abcdefghijklmnopqrstuv")})
	if err != nil {
		t.Fatal(err)
	}
	s.cfg.ServiceKeys = keys
	set(&s.cfg)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + ln.Addr().String()
	made, err := mailer.New(t.Context(), s.cfg, mailer.Listeners{Internal: ln}, slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- made.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.stop)
	s.users, s.operator = s.client("users"), s.client("operator")
	s.settle()
	return s
}

// settle waits a while until the mailer is ready, which one without its store never is.
func (s *service) settle() {
	s.t.Helper()
	for range 100 {
		if status, _ := s.get("/readyz"); status == http.StatusOK {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *service) client(caller string) *mailclient.Client {
	s.t.Helper()
	tel, err := telemetry.New(s.t.Context(), telemetry.Config{Service: caller})
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := rpc.NewClient(rpc.ClientConfig{Caller: caller, Callee: "mailer", BaseURL: s.url, Tokens: token.NewServiceCodec(s.cfg.ServiceKeys, time.Now), Telemetry: tel})
	if err != nil {
		s.t.Fatal(err)
	}
	return mailclient.New(c)
}

func (s *service) send(m mailapi.Message) string {
	s.t.Helper()
	accepted, err := s.users.Send(s.t.Context(), m)
	if err != nil {
		s.t.Fatal(err)
	}
	return accepted.ID
}

// mail shows a mail of the queue.
func (s *service) mail(id string) mailapi.Item {
	s.t.Helper()
	all, err := s.operator.List(s.t.Context(), mailapi.List{Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range all.Messages {
		if m.ID == id {
			return m
		}
	}
	s.t.Fatalf("%s is not among %+v", id, all.Messages)
	return mailapi.Item{}
}

func (s *service) get(path string) (int, string) {
	s.t.Helper()
	res, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// lines is a log that a test can read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// eventually waits for what is bound to happen.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// on points a service to a database and a mail server.
func on(uri, database, smtpURL string) func(cfg *mailer.Config) {
	return func(cfg *mailer.Config) {
		cfg.MongoDBURI, cfg.MongoDBDatabase, cfg.SMTPURL = secret.New(uri), database, secret.New(smtpURL)
	}
}

func plain(addr string) string { return "smtp://" + addr + "?starttls=disabled" }

func TestFromCallToMailServer(t *testing.T) {
	t.Parallel()
	uri, database := storetest.Mongo(t)
	certificate, file := smtptest.Certificate(t)
	sink := smtptest.Start(t, smtptest.Options{TLS: certificate, User: "mailer", Password: "hunter2"})
	s := start(t, func(cfg *mailer.Config) {
		on(uri, database, "smtp://mailer:hunter2@"+sink.Addr)(cfg)
		cfg.SMTPCAFile = file
	})
	id := s.send(message("a"))
	eventually(t, "the mail is sent", func() bool { return s.mail(id).State == mailapi.Sent })
	if again := s.send(message("a")); again != id {
		t.Errorf("the same key is accepted as %s and %s", id, again)
	}
	discarded := message("b")
	discarded.Discard = true
	s.send(discarded)
	got := sink.Messages()
	if len(got) != 1 || got[0].From != "no-reply@example.com" || len(got[0].To) != 1 || got[0].To[0] != "ada.lovelace@example.org" {
		t.Fatalf("arrived: %+v", got)
	}
	for _, want := range []string{"From: \"Watchword\" <no-reply@example.com>", "Content-Language: de", "Guten Tag, ada", canary} {
		if !bytes.Contains(got[0].Body, []byte(want)) {
			t.Errorf("the mail does not say %q:\n%s", want, got[0].Body)
		}
	}
	if status, _ := s.get("/readyz"); status != http.StatusOK {
		t.Errorf("ready: %d", status)
	}
	eventually(t, "the mail is counted", func() bool {
		_, metrics := s.get("/metrics")
		return strings.Contains(metrics, `watchword_mail_deliveries_total{outcome="sent",template="verification"} 1`) &&
			strings.Contains(metrics, `watchword_mail_queue{state="waiting"} 0`) && strings.Contains(metrics, "watchword_mail_oldest_seconds 0")
	})
	s.stop()
	for _, hidden := range []string{canary, "lovelace", "hunter2", "accounts.example.com"} {
		if strings.Contains(s.log.String(), hidden) {
			t.Errorf("the log holds %q", hidden)
		}
	}
}

func TestGreylistedAndRefused(t *testing.T) {
	t.Parallel()
	uri, database := storetest.Mongo(t)
	sink := smtptest.Start(t, smtptest.Options{Recipient: func(to string) error {
		if strings.HasPrefix(to, "nobody@") {
			return &smtp.SMTPError{Code: 550, Message: to + " is not known here"}
		}
		return &smtp.SMTPError{Code: 451, Message: to + " may come back later"}
	}})
	s := start(t, on(uri, database, plain(sink.Addr)))
	m := message("refused")
	m.To = "nobody@example.org"
	refused, later := s.send(m), s.send(message("later"))
	eventually(t, "one is refused, one waits", func() bool {
		return s.mail(refused).State == mailapi.Dead && s.mail(later).State == mailapi.Waiting && s.mail(later).Attempts == 1
	})
	if got := s.mail(refused); got.LastError != "550 recipient refused" || got.To != "n***@example.org" {
		t.Errorf("refused is %+v", got)
	}
	if got := s.mail(later); got.LastError != "451 recipient refused" || time.Until(got.NextAt) < 20*time.Second {
		t.Errorf("waiting is %+v", got)
	}
	if err := s.operator.Requeue(t.Context(), mailapi.Requeue{ID: refused}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is refused again", func() bool { got := s.mail(refused); return got.State == mailapi.Dead && got.Attempts == 1 })
	if err := s.operator.Requeue(t.Context(), mailapi.Requeue{ID: later}); !fault.Has(err, fault.MessageUnknown) {
		t.Errorf("requeue of one that waits: %v", err)
	}
	if _, err := s.users.List(t.Context(), mailapi.List{}); err == nil {
		t.Error("users may look into the queue")
	}
}

// While the mail server is down mails are accepted and wait, and a dump of the database lets nobody in.
func TestMailServerDown(t *testing.T) {
	t.Parallel()
	uri, database := storetest.Mongo(t)
	sink := smtptest.Start(t, smtptest.Options{})
	sink.Stop()
	s := start(t, on(uri, database, plain(sink.Addr)))
	id := s.send(message("a"))
	eventually(t, "it was tried", func() bool { return s.mail(id).LastError == "server not reachable" })
	if got := s.mail(id); got.State != mailapi.Waiting {
		t.Errorf("it is %+v", got)
	}
	if status, _ := s.get("/readyz"); status != http.StatusOK {
		t.Errorf("ready: %d", status)
	}
	dump := dump(t, uri, database)
	if !strings.Contains(dump, id) {
		t.Fatalf("the dump lacks the mail:\n%s", dump)
	}
	for _, hidden := range []string{canary, "lovelace", "accounts.example.com"} {
		if strings.Contains(dump, hidden) {
			t.Errorf("the database holds %q:\n%s", hidden, dump)
		}
	}
}

// dump is all that a database holds, as bytes.
func dump(t *testing.T, uri, database string) string {
	t.Helper()
	tel, err := telemetry.New(t.Context(), telemetry.Config{Service: "test"})
	if err != nil {
		t.Fatal(err)
	}
	client, err := mongodb.Connect(mongodb.Config{URI: secret.New(uri), Telemetry: tel, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(t.Context())
	var all strings.Builder
	for _, name := range []string{"mails", "discards"} {
		found, err := client.Database(database).Collection(name).Find(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		var docs []bson.Raw
		if err := found.All(t.Context(), &docs); err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			all.Write(d)
		}
	}
	return all.String()
}

// Two processes with 25 workers each send each mail once.
func TestManyWorkersSendEachMailOnce(t *testing.T) {
	t.Parallel()
	const mails = 60
	uri, database := storetest.Mongo(t)
	sink := smtptest.Start(t, smtptest.Options{})
	many := func(cfg *mailer.Config) {
		on(uri, database, plain(sink.Addr))(cfg)
		cfg.Workers = 25
	}
	a, b := start(t, many), start(t, many)
	var all sync.WaitGroup
	for i := range mails {
		all.Go(func() {
			m := message(fmt.Sprint(i))
			m.Data["username"] = fmt.Sprintf("ada-%d", i)
			for _, s := range []*service{a, b} { // each asked for twice
				if _, err := s.users.Send(t.Context(), m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	eventually(t, "all are sent", func() bool {
		sent, err := a.operator.List(t.Context(), mailapi.List{State: mailapi.Sent, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(sent.Messages) == mails
	})
	if got := len(sink.Messages()); got != mails {
		t.Errorf("%d mails arrived", got)
	}
	for i := range mails {
		n := 0
		for _, m := range sink.Messages() {
			if bytes.Contains(m.Body, fmt.Appendf(nil, "Guten Tag, ada-%d,", i)) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("mail %d arrived %d times", i, n)
		}
	}
}

// Without its store mailer accepts nothing, and says so to known and unknown recipients alike.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	s := start(t, on("mongodb://"+addr+"/?serverSelectionTimeoutMS=100", "watchword_mailer", plain(addr)))
	for _, discard := range []bool{false, true} {
		m := message("a")
		m.Discard = discard
		if _, err := s.users.Send(t.Context(), m); !fault.Has(err, fault.Unavailable) {
			t.Errorf("discard %t: %v", discard, err)
		}
	}
	if status, _ := s.get("/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", status)
	}
	if status, _ := s.get("/healthz"); status != http.StatusOK {
		t.Errorf("alive: %d", status)
	}
}

// Each line of the log is one event, whatever was in the message.
func TestLogIsJSON(t *testing.T) {
	t.Parallel()
	uri, database := storetest.Mongo(t)
	sink := smtptest.Start(t, smtptest.Options{})
	s := start(t, on(uri, database, plain(sink.Addr)))
	m := message("a\x1b[31m\n{}")
	if _, err := s.users.Send(t.Context(), m); !fault.Has(err, fault.Malformed) {
		t.Errorf("answered %v", err)
	}
	s.stop()
	d := json.NewDecoder(strings.NewReader(s.log.String()))
	for {
		var line map[string]any
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if line["msg"] == nil {
			t.Errorf("a line says nothing: %v", line)
		}
	}
}
