package abuse

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// enabled gives an account a second factor with backup codes, as lynx has it.
func enabled(t *testing.T, s *kit.Suite) (c *kit.Client, acc kit.Account, app *kit.Authenticator, codes []string) {
	t.Helper()
	acc = s.RegisterBy(t, "lynx")
	c = s.Client(t)
	c.SignInBy("lynx", acc, "").Want(http.StatusOK)
	enrolled := kit.Object[struct{ Result struct{ URI string } }](c.Get("/auth/totp").Want(http.StatusOK)).Result
	app = kit.NewAuthenticator(t, enrolled.URI)
	answer := c.Post("/auth/totp", object{"token": app.Code()}).Want(http.StatusOK)
	codes = kit.Object[struct {
		Result struct{ BackupCodes []string }
	}](answer).Result.BackupCodes
	if len(codes) != 6 {
		t.Fatalf("codes %q", codes)
	}
	return c, acc, app, codes
}

func recovery(c *kit.Client, acc kit.Account, code string) *kit.Answer {
	return c.Post("/auth/totp/recover", object{"username": acc.Username, "password": acc.Password, "backupCode": code})
}

// Of a code that is used many times at once one use counts, and none after it.
func TestBC03(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, _, codes := enabled(t, s)
	var granted atomic.Int32
	clients := make([]*kit.Client, 12)
	for i := range clients {
		clients[i] = s.Client(t)
		clients[i].Get("/csrf-token")
	}
	kit.Parallel(len(clients), func(i int) {
		if a := recovery(clients[i], acc, codes[0]); a.Status == http.StatusOK {
			granted.Add(1)
		} else if a.Cookie("token") != nil {
			t.Errorf("a refusal makes a session: %s", a.Body)
		}
	})
	if n := granted.Load(); n != 1 {
		t.Errorf("%d uses were granted", n)
	}
	if a := recovery(s.Client(t), acc, codes[0]); a.Status == http.StatusOK {
		t.Error("a spent code is granted again")
	}
}

// A code makes one session, switches the factor off, takes the other codes with it, and is told of by mail; a wrong
// password spends none.
func TestBC04(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	owner, acc, _, codes := enabled(t, s)
	thief := acc
	thief.Password = kit.Password()
	recovery(s.Client(t), thief, codes[0]).RefusedBy("lynx", http.StatusForbidden)
	if c := s.Client(t); c.SignInBy("lynx", acc, "").Status != http.StatusForbidden {
		t.Error("the factor is off although the password was wrong")
	}
	before := len(sessions(owner))
	c := s.Client(t)
	recovery(c, acc, codes[0]).Want(http.StatusOK)
	c.Get("/auth/me").Want(http.StatusOK)
	if got := len(sessions(owner)); got != before+1 {
		t.Errorf("%d sessions became %d", before, got)
	}
	s.Notice(t, acc.Email, "Your authenticator was removed")
	s.Client(t).SignInBy("lynx", acc, "").Want(http.StatusOK)
	for _, code := range codes[1:] {
		recovery(s.Client(t), acc, code).RefusedBy("lynx", http.StatusPreconditionFailed)
	}
}

// sessions are the client's account's, as nerdcult lists them.
func sessions(c *kit.Client) [][]any {
	return kit.Object[struct{ Tokens [][]any }](c.Get("/account/tokens").Want(http.StatusOK)).Tokens
}

// Wrong backup codes and wrong codes of the authenticator are counted together, whichever dialect they come through.
func TestBC06(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	_, acc, app, codes := enabled(t, s)
	wrong := strings.Repeat("A", len(codes[0]))
	for _, guess := range []func() *kit.Answer{
		func() *kit.Answer { return recovery(s.Client(t), acc, wrong) },
		func() *kit.Answer { return s.Client(t).SignInBy("lynx", acc, app.Wrong()) },
		func() *kit.Answer { return s.Client(t).SignInBy("ild", acc, app.Wrong()) },
		func() *kit.Answer { return s.Client(t).SignInBy("wolf", acc, app.Wrong()) },
		func() *kit.Answer { return recovery(s.Client(t), acc, wrong) },
	} {
		if a := guess(); a.Status != http.StatusForbidden && a.Status != http.StatusUnauthorized {
			t.Fatalf("a wrong code: status %d, body %s", a.Status, a.Body)
		}
	}
	recovery(s.Client(t), acc, codes[0]).RefusedBy("lynx", http.StatusTooManyRequests).Waits()
	s.Client(t).SignInBy("ild", acc, app.Code()).RefusedBy("ild", http.StatusTooManyRequests).Waits()
	s.Client(t).SignInBy("nerdcult", acc, app.Code()).RefusedBy("nerdcult", http.StatusForbidden).Waits()
}
