package core_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// asked is one of the two ways to ask for a mail.
type asked func(f *coretest.Fixture, ctx context.Context, email string, client core.Client) error

var (
	forgot asked = func(f *coretest.Fixture, ctx context.Context, email string, client core.Client) error {
		return f.Forgot(ctx, email, client)
	}
	resend asked = func(f *coretest.Fixture, ctx context.Context, email string, client core.Client) error {
		return f.ResendVerification(ctx, email, client)
	}
)

func bothWays() map[string]asked { return map[string]asked{"forgot": forgot, "resend": resend} }

// unverified makes an account whose address waits to be confirmed.
func unverified(f *coretest.Fixture, name string) usersapi.Account {
	return f.Users.Add(userscontract.Person{Username: name, Email: name + "@example.com", Password: coretest.Password})
}

func TestMailOfAToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ask      asked
		template mailapi.Template
		page     string
		lifetime time.Duration
	}{
		"forgot": {forgot, mailapi.Reset, "/reset", 30 * time.Minute},
		"resend": {resend, mailapi.Verification, "/verify", 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := unverified(f, "ada")
			accept(t, test.ask(f, t.Context(), "ADA@Example.com", somebody))
			mails := f.Mails.Messages()
			equal(t, "mails", len(mails), 1)
			token := mails[0].Data["token"]
			now := f.Clock.Now().Truncate(time.Second)
			equal(t, "mail", mails[0], mailapi.Message{
				Key: mails[0].Key, Template: test.template, Locale: "en", To: a.Email, Data: map[string]string{
					"username": "ada",
					"at":       now.Format(time.RFC3339),
					"expires":  now.Add(test.lifetime).Format(time.RFC3339),
					"token":    token,
					"link":     coretest.Issuer + test.page + "?token=" + url.QueryEscape(token),
				},
			})
			r, err := f.Codes.Find(t.Context(), secret.New(token))
			accept(t, err)
			equal(t, "account", r.Account, a.ID)
			equal(t, "address", r.Address, a.Email)
			equal(t, "epoch", r.Epoch, a.Epoch)
			f.Clock.Advance(test.lifetime)
			_, err = f.Codes.Find(t.Context(), secret.New(token))
			refuse(t, err, fault.LinkInvalid)
		})
	}
}

// One live token for each purpose: a new mail makes the one before worthless.
func TestNewTokenReplacesTheOld(t *testing.T) {
	t.Parallel()
	for name, ask := range bothWays() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := unverified(f, "ada")
			accept(t, ask(f, t.Context(), a.Email, somebody))
			f.Clock.Advance(time.Second)
			accept(t, ask(f, t.Context(), a.Email, somebody))
			mails := f.Mails.Messages()
			_, err := f.Codes.Find(t.Context(), tokenOf(mails[0]))
			refuse(t, err, fault.LinkInvalid)
			_, err = f.Codes.Find(t.Context(), tokenOf(mails[1]))
			accept(t, err)
		})
	}
}

func tokenOf(m mailapi.Message) secret.String { return secret.New(m.Data["token"]) }

func TestMailGoesWhereItBelongs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ask   asked
		typed string
		to    []string
	}{
		"reset, to the verified address":            {forgot, "old@example.com", []string{"old@example.com"}},
		"reset by the new address, to the verified": {forgot, "new@example.com", []string{"old@example.com"}},
		"reset of an unknown address":               {forgot, "nobody@example.com", nil},
		"verification, to the new address":          {resend, "new@example.com", []string{"new@example.com"}},
		"verification by the old, to the new":       {resend, "old@example.com", []string{"new@example.com"}},
		"verification of an unknown address":        {resend, "nobody@example.com", nil},
		"verification of one that is verified":      {resend, "verified@example.com", nil},
		"reset of a deleted account":                {forgot, "deleted@example.com", nil},
		"verification of a deleted account":         {resend, "deleted@example.com", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			f.Add("verified", userscontract.None)
			f.Users.Remove(unverified(f, "deleted").ID)
			a := f.Users.Add(userscontract.Person{Username: "ada", Email: "old@example.com", Verified: true})
			f.Users.Alter(a.ID, func(a *usersapi.Account) { a.Email, a.EmailVerified = "new@example.com", false })
			accept(t, test.ask(f, t.Context(), test.typed, somebody))
			var to []string
			for _, m := range f.Mails.Messages() {
				to = append(to, m.To)
			}
			equal(t, "recipients", to, test.to)
		})
	}
}

func TestMalformedAddress(t *testing.T) {
	t.Parallel()
	for name, ask := range bothWays() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			refuse(t, ask(f, t.Context(), "no address", somebody), fault.EmailMalformed)
		})
	}
}

// Nobody can tell from what auth does whether an address is known: not by its steps, and not by what it says.
func TestUnknownAddressTakesTheSameSteps(t *testing.T) {
	t.Parallel()
	for name, ask := range bothWays() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := &steps{}
			f := coretest.New(t, steps.watch)
			a := unverified(f, "ada")
			for _, failing := range []error{nil, fault.Outage(nil)} {
				f.Mails.Fail(failing)
				known := ask(f, t.Context(), a.Email, somebody)
				afterKnown := steps.take()
				unknown := ask(f, t.Context(), "nobody@example.com", somebody)
				afterUnknown := steps.take()
				equal(t, "steps", afterUnknown, afterKnown)
				equal(t, "answer", fault.Has(unknown, fault.Unavailable), fault.Has(known, fault.Unavailable))
			}
			known, unknown := steps.messages[0], steps.messages[1]
			equal(t, "discarded", []bool{known.Discard, unknown.Discard}, []bool{false, true})
			equal(t, "members", keysOf(unknown.Data), keysOf(known.Data))
			equal(t, "a token's length", len(unknown.Data["token"]), len(known.Data["token"]))
		})
	}
}

func keysOf(m map[string]string) map[string]bool {
	keys := map[string]bool{}
	for k := range m {
		keys[k] = true
	}
	return keys
}

func TestMailerDownKeepsNothing(t *testing.T) {
	t.Parallel()
	for name, ask := range bothWays() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := &steps{}
			f := coretest.New(t, steps.watch)
			a := unverified(f, "ada")
			f.Mails.Fail(fault.Outage(nil))
			refuse(t, ask(f, t.Context(), a.Email, somebody), fault.Unavailable)
			_, err := f.Codes.Find(t.Context(), tokenOf(steps.messages[0]))
			refuse(t, err, fault.LinkInvalid)
			f.Mails.Fail(nil)
			accept(t, ask(f, t.Context(), a.Email, somebody))
			_, err = f.Codes.Find(t.Context(), tokenOf(steps.messages[1]))
			accept(t, err)
		})
	}
}

func TestUsersDownMailsNothing(t *testing.T) {
	t.Parallel()
	for name, ask := range bothWays() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := unverified(f, "ada")
			f.Users.Fail(fault.Outage(nil))
			for _, email := range []string{a.Email, "nobody@example.com"} {
				refuse(t, ask(f, t.Context(), email, somebody), fault.Unavailable)
			}
			equal(t, "mails", f.Mails.Messages(), nil)
		})
	}
}
