// Package mailcontract is what mailapi promises, as tests: the fake, the client over it, and the mailer service pass the
// same ones.
package mailcontract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
)

// Mailer is the whole internal API, as a caller has it.
type Mailer interface {
	Send(ctx context.Context, in mailapi.Message) (mailapi.Accepted, error)
	List(ctx context.Context, in mailapi.List) (mailapi.Listed, error)
	Requeue(ctx context.Context, in mailapi.Requeue) error
}

// Subject is an implementation and the string it hangs on. Each test has its own with an empty queue that nobody delivers
// from.
type Subject struct {
	Mailer Mailer
	// Bury makes a message dead, as a final refusal does.
	Bury func(t *testing.T, id string)
}

// Test runs the contract against the subjects that make makes.
func Test(t *testing.T, make func(t *testing.T) Subject) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, make(t))
		})
	}
}

var tests = map[string]func(t *testing.T, s Subject){
	"a message is accepted once by its key": func(t *testing.T, s Subject) {
		first := send(t, s, message("a"))
		again := message("a")
		again.To = "somebody.else@example.com"
		if second := send(t, s, again); second != first {
			t.Errorf("accepted as %s and %s", first, second)
		}
		if third := send(t, s, message("b")); third == first {
			t.Errorf("another key was accepted as %s too", third)
		}
		items := list(t, s, mailapi.List{}).Messages
		if len(items) != 2 {
			t.Fatalf("%d messages wait", len(items))
		}
		if got := items[1]; got.ID != first || got.Template != mailapi.Verification || got.State != mailapi.Waiting || got.Attempts != 0 {
			t.Errorf("the first message is %+v", got)
		}
	},
	"a list masks recipients": func(t *testing.T, s Subject) {
		send(t, s, message("a"))
		if to := list(t, s, mailapi.List{}).Messages[0].To; strings.Contains(to, "somebody") || !strings.HasSuffix(to, "@example.com") {
			t.Errorf("the recipient is shown as %q", to)
		}
	},
	"a message to discard is accepted and not kept": func(t *testing.T, s Subject) {
		m := message("a")
		m.Discard = true
		if send(t, s, m) == "" {
			t.Error("no id tells it from a message that is kept")
		}
		if items := list(t, s, mailapi.List{}).Messages; len(items) != 0 {
			t.Errorf("%d messages wait", len(items))
		}
	},
	"what can't be sent is refused": func(t *testing.T, s Subject) {
		for name, spoil := range map[string]func(*mailapi.Message){
			"key":      func(m *mailapi.Message) { m.Key = "" },
			"template": func(m *mailapi.Message) { m.Template = "greeting" },
			"to":       func(m *mailapi.Message) { m.To = "no address" },
		} {
			m := message("a")
			spoil(&m)
			_, err := s.Mailer.Send(t.Context(), m)
			if !fault.Has(err, fault.Malformed) {
				t.Errorf("a bad %s: %v", name, err)
			} else if f := fault.Of(err); f.Fields[name] == "" {
				t.Errorf("a bad %s blames %v", name, f.Fields)
			}
		}
		m := message(strings.Repeat("a", 129))
		if _, err := s.Mailer.Send(t.Context(), m); !fault.Has(err, fault.Malformed) {
			t.Errorf("a key of 129: %v", err)
		}
	},
	"pages go from the newest to the oldest": func(t *testing.T, s Subject) {
		var sent []string
		for i := range 5 {
			sent = append(sent, send(t, s, message(fmt.Sprint(i))))
		}
		slices.Reverse(sent)
		var got []string
		page := mailapi.Listed{}
		for range sent {
			page = list(t, s, mailapi.List{Limit: 2, After: page.Next})
			for _, m := range page.Messages {
				got = append(got, m.ID)
			}
			if page.Next == "" {
				break
			}
		}
		if diff := cmp.Diff(sent, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, limit := range []int{-1, 101} {
			if _, err := s.Mailer.List(t.Context(), mailapi.List{Limit: limit}); !fault.Has(err, fault.Malformed) {
				t.Errorf("limit %d: %v", limit, err)
			}
		}
	},
	"a dead message is sent again on request": func(t *testing.T, s Subject) {
		dead, alive := send(t, s, message("a")), send(t, s, message("b"))
		s.Bury(t, dead)
		items := list(t, s, mailapi.List{State: mailapi.Dead}).Messages
		if len(items) != 1 || items[0].ID != dead {
			t.Fatalf("dead are %+v", items)
		}
		if err := s.Mailer.Requeue(t.Context(), mailapi.Requeue{ID: dead}); err != nil {
			t.Fatal(err)
		}
		if items := list(t, s, mailapi.List{State: mailapi.Waiting}).Messages; len(items) != 2 {
			t.Errorf("waiting are %+v", items)
		}
		for _, id := range []string{dead, alive, "01JD9999999999999999999999"} {
			if err := s.Mailer.Requeue(t.Context(), mailapi.Requeue{ID: id}); !fault.Has(err, fault.MessageUnknown) {
				t.Errorf("requeue of %s: %v", id, err)
			}
		}
	},
}

func message(key string) mailapi.Message {
	return mailapi.Message{
		Key: key, Template: mailapi.Verification, Locale: "en", To: "somebody@example.com",
		Data: map[string]string{
			"username": "ada", "link": "https://accounts.example.com/verify?token=t", "token": "t",
			"at": "2026-01-02T03:04:05Z", "expires": "2026-01-03T03:04:05Z",
		},
	}
}

func send(t *testing.T, s Subject, m mailapi.Message) string {
	t.Helper()
	accepted, err := s.Mailer.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return accepted.ID
}

func list(t *testing.T, s Subject, in mailapi.List) mailapi.Listed {
	t.Helper()
	out, err := s.Mailer.List(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
