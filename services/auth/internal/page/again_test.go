package page_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

// waits demands that the answer says when to come back.
func waits(t *testing.T, a webtest.Answer) {
	t.Helper()
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestALinkIsOfferedAgainAfterAnOutage(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	token := s.token(t, code.Verify, "ada@example.com")
	s.Users.Fail(fault.Outage(nil))
	asked := s.Do(t, http.MethodGet, "/verify?token="+token, "")
	asked.Has(t, 503, "<h1>The service is not available</h1>", "Your link stays valid.", `<form method="get" action="verify">`, `name="token" value="`+token+`"`, "Try again")
	waits(t, asked)
	s.Users.Fail(nil)
	s.Do(t, http.MethodGet, "/verify?token="+token, "").Has(t, 200)
}

func TestAFormComesBackAfterAnOutage(t *testing.T) {
	t.Parallel()
	for path, test := range map[string]struct {
		purpose code.Purpose
		field   string
	}{
		"/verify": {code.Verify, "action=confirm"},
		"/reset":  {code.Reset, "password=staple battery horse"},
	} {
		s := serve(t, ada)
		token := s.token(t, test.purpose, "ada@example.com")
		s.Users.Fail(fault.Outage(nil))
		sent := s.submit(t, path, "token="+token, test.field)
		sent.Has(t, 503, `role="alert"`, "The service is not available. Wait a moment and press the button again.")
		waits(t, sent)
		isPage(t, sent)
		s.Users.Fail(nil)
		s.submit(t, path, "token="+hidden(t, sent), test.field).Has(t, 200)
	}
}

func TestAFormComesBackPastTheLimit(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	token := s.token(t, code.Verify, "ada@example.com")
	for range 30 {
		s.submit(t, "/verify", "token=x", "action=confirm").Has(t, 422)
	}
	sent := s.submit(t, "/verify", "token="+token, "action=confirm")
	sent.Has(t, 429, ">ada</dd>", "Too many requests came from your network.")
	waits(t, sent)
	unknown := s.submit(t, "/verify", "token=x", "action=confirm")
	unknown.Has(t, 429, "<h1>Too many requests</h1>")
	if strings.Contains(unknown.Body, "<form") {
		t.Error("what is no token of ours is offered again")
	}
	s.Clock.Advance(time.Minute)
	s.submit(t, "/verify", "token="+hidden(t, sent), "action=confirm").Has(t, 200)
}

// Over plain HTTP browsers send no Sec-Fetch-Site: the pages' own Origin must do, and null must not.
func TestTheFormNeedsItsOwnOrigin(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	body := "action=confirm&token=" + s.token(t, code.Verify, "ada@example.com")
	s.Do(t, http.MethodPost, "/verify", body, form, "Origin: null").Has(t, 403, "Requests from another site are not allowed here.")
	s.Do(t, http.MethodPost, "/verify", body, form, "Origin: https://evil.example").Has(t, 403)
	s.Do(t, http.MethodPost, "/verify", body, form, "Origin: "+s.URL).Has(t, 200)
}
