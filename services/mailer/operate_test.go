package mailer_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/services/mailer"
	"github.com/watchword/watchword/services/mailer/internal/smtptest"
)

func TestOperator(t *testing.T) {
	t.Parallel()
	uri, database := storetest.Mongo(t)
	sink := smtptest.Start(t, smtptest.Options{Recipient: func(string) error { return &smtp.SMTPError{Code: 550, Message: "no"} }})
	s := start(t, on(uri, database, plain(sink.Addr)))
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.cfg
	cfg.InternalAddr = ":" + u.Port()
	operate := func(args ...string) (string, error) {
		var out strings.Builder
		err := mailer.Operate(t.Context(), cfg, &out, args)
		return out.String(), err
	}

	id := s.send(message("a"))
	eventually(t, "it is refused", func() bool { return s.mail(id).State == mailapi.Dead })
	if out, err := operate("queue", "dead"); err != nil || !strings.Contains(out, id) || !strings.Contains(out, "550 recipient refused") || strings.Contains(out, "lovelace") {
		t.Errorf("the queue is\n%s%v", out, err)
	}
	if out, err := operate("queue", "waiting"); err != nil || strings.Contains(out, id) {
		t.Errorf("waiting are\n%s%v", out, err)
	}
	if out, err := operate("requeue", "01JD9999999999999999999999", id); out != id+"\n" || err == nil || !strings.Contains(err.Error(), "01JD9999999999999999999999") {
		t.Errorf("requeued are %q, %v", out, err)
	}
	eventually(t, "it is refused again", func() bool { return s.mail(id).State == mailapi.Dead })
	for _, args := range [][]string{{"queue", "lost"}, {"queue", "dead", "waiting"}, {"requeue"}} {
		if _, err := operate(args...); err == nil {
			t.Errorf("%v goes", args)
		}
	}
	cfg.ServiceKeys = secret.Keyring{}
	if _, err := operate("queue"); err == nil {
		t.Error("goes without a key")
	}
}
