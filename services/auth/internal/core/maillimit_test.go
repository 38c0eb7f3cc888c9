package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// Three an hour for a recipient, whoever asks and whether it is known; both kinds of mail together.
func TestMailsAreLimitedByRecipient(t *testing.T) {
	t.Parallel()
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		t.Run(email, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			unverified(f, "ada")
			client := somebody
			for i, ask := range []asked{forgot, resend, forgot} {
				client.Address = fmt.Sprint("192.0.2.", i)
				accept(t, ask(f, t.Context(), email, client))
			}
			wait := refuse(t, forgot(f, t.Context(), strings.ToUpper(email), client), fault.Throttled).RetryAfter
			refuse(t, resend(f, t.Context(), email, client), fault.Throttled)
			f.Clock.Advance(wait)
			accept(t, resend(f, t.Context(), email, client))
		})
	}
}

// Ten, and one more each 2.4 hours from the first on.
func TestMailsAreLimitedByDay(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := unverified(f, "ada")
	for range 24 * 3 {
		if err := forgot(f, t.Context(), a.Email, somebody); err != nil {
			refuse(t, err, fault.Throttled)
		}
		f.Clock.Advance(20 * time.Minute)
	}
	equal(t, "mails in a day", len(f.Mails.Messages()), 19)
}

func TestMailsAreLimitedByClient(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	for i := range 60 {
		accept(t, bothWays()[[]string{"forgot", "resend"}[i%2]](f, t.Context(), fmt.Sprintf("nobody%d@example.com", i), somebody))
	}
	refuse(t, forgot(f, t.Context(), "somebody@example.com", somebody), fault.Throttled)
	elsewhere := somebody
	elsewhere.Address = "192.0.2.2"
	accept(t, forgot(f, t.Context(), "somebody@example.com", elsewhere))
}

// A reset typed for a new address goes to the verified one. That one's allowance counts too, and whoever asks is not told:
// they must not learn that the two belong together.
func TestMailThatGoesElsewhereIsLimitedSilently(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.None)
	for range 3 {
		accept(t, forgot(f, t.Context(), a.Email, somebody))
	}
	f.Users.Alter(a.ID, func(a *usersapi.Account) { a.Email, a.EmailVerified = "new@example.com", false })
	accept(t, forgot(f, t.Context(), "new@example.com", somebody))
	equal(t, "mails", len(f.Mails.Messages()), 3)
	f.Clock.Advance(time.Hour)
	accept(t, forgot(f, t.Context(), "new@example.com", somebody))
	equal(t, "mails", len(f.Mails.Messages()), 4)
}

// The ſ of ſite.com is folded to an s when addresses are looked up, but makes another address of what was typed. The
// recipient's allowance is one all the same.
func TestRecipientWrittenInAnotherWay(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Users.Add(userscontract.Person{Username: "ada", Email: "ada@site.com", Verified: true})
	accept(t, forgot(f, t.Context(), a.Email, somebody))
	for range 3 {
		accept(t, forgot(f, t.Context(), "ada@\u017fite.com", somebody))
	}
	equal(t, "mails", len(f.Mails.Messages()), 3)
}
