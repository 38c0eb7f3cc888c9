package core_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// A session's token is what its dialect's policy says, for as long as it says, and dies with the session.
func TestTokensOfAPolicy(t *testing.T) {
	t.Parallel()
	const week, month = 7 * 24 * time.Hour, 30 * 24 * time.Hour
	for name, test := range map[string]struct {
		policy          core.Policy
		access, session time.Duration
		text            string
		refresh         bool
	}{
		"pair":        {core.Policy{}, 15 * time.Minute, month, `^[\w-]+\.[\w-]+\.[\w-]+$`, true},
		"brief pair":  {core.Policy{Lifetime: time.Minute}, time.Minute, time.Minute, `^[\w-]+\.[\w-]+\.[\w-]+$`, true},
		"single":      {core.Policy{Token: core.Single, Lifetime: week}, week, week, `^[\w-]+\.[\w-]+\.[\w-]+$`, false},
		"opaque":      {core.Policy{Token: core.Opaque}, month, month, `^[0-9A-Z]{26}-[0-9A-Z]{26}\.[\w-]{43}$`, false},
		"opaque week": {core.Policy{Token: core.Opaque, Lifetime: week}, week, week, `^[0-9A-Z]{26}-[0-9A-Z]{26}\.[\w-]{43}$`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			a := f.Add("ada", userscontract.None)
			client := somebody
			client.Policy = test.policy
			out, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", client)
			accept(t, err)
			now := f.Clock.Now()
			equal(t, "session's end", out.SessionExpires, now.Add(test.session))
			if d := now.Add(test.access).Sub(out.AccessExpires); d < 0 || d >= time.Second {
				t.Errorf("the token ends at %v, want %v", out.AccessExpires, now.Add(test.access))
			}
			equal(t, "a refresh token", !out.Refresh.Empty(), test.refresh)
			if !regexp.MustCompile(test.text).MatchString(out.Access.Reveal()) {
				t.Errorf("token %q", out.Access.Reveal())
			}
			who, err := f.Authenticate(t.Context(), out.Access.Reveal())
			accept(t, err)
			equal(t, "whose it is", who.Account, a.ID)

			f.Clock.Advance(test.access - time.Second)
			_, err = f.Authenticate(t.Context(), out.Access.Reveal())
			accept(t, err)
			accept(t, f.Logout(t.Context(), who))
			_, err = f.Authenticate(t.Context(), out.Access.Reveal())
			refuse(t, err, fault.Unauthenticated)
		})
	}
}

func TestTokensLapse(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]core.TokenKind{"pair": core.Pair, "single": core.Single, "opaque": core.Opaque} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t)
			client := somebody
			client.Policy = core.Policy{Token: kind, Lifetime: time.Hour}
			out, err := f.Login(t.Context(), byName(f.Add("ada", userscontract.None)), secret.New(coretest.Password), "", client)
			accept(t, err)
			f.Clock.Advance(time.Hour + 30*time.Second) // and what clocks may differ by
			_, err = f.Authenticate(t.Context(), out.Access.Reveal())
			refuse(t, err, fault.Unauthenticated)
		})
	}
}

// An unknown name is told from a wrong password only where the dialect's document does, and accounts are not concealed.
func TestUnknownNameByPolicy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tell, conceal bool
		refused       fault.Reason
	}{
		"told":                {tell: true, refused: fault.AccountUnknown},
		"not told":            {refused: fault.CredentialsWrong},
		"concealed":           {tell: true, conceal: true, refused: fault.CredentialsWrong},
		"concealed, not told": {conceal: true, refused: fault.CredentialsWrong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t, func(d *core.Deps) { d.Settings.Conceal = test.conceal })
			a := f.Add("ada", userscontract.None)
			client := somebody
			client.Policy.TellUnknown = test.tell
			_, err := f.Login(t.Context(), nobody(a), secret.New(coretest.Password), "", client)
			refuse(t, err, test.refused)
			_, err = f.Login(t.Context(), byName(a), secret.New("wrong"), "", client)
			refuse(t, err, fault.CredentialsWrong)
		})
	}
}

// A registration that waits is told of only where the dialect's document does, and accounts are not concealed.
func TestPendingNameByPolicy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tell, conceal bool
		refused       fault.Reason
	}{
		"told":      {tell: true, refused: fault.EmailUnverified},
		"not told":  {refused: fault.CredentialsWrong},
		"concealed": {tell: true, conceal: true, refused: fault.CredentialsWrong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coretest.New(t, func(d *core.Deps) { d.Settings.Conceal = test.conceal })
			register(t, f, "ada", "ada@example.com", another)
			client := somebody
			client.Policy.TellPending = test.tell
			for _, login := range []usersapi.Login{{Username: "ada"}, {Email: "Ada@example.com"}} {
				_, err := f.Login(t.Context(), login, secret.New(another), "", client)
				refuse(t, err, test.refused)
				_, err = f.Login(t.Context(), login, secret.New("wrong"), "", client)
				refuse(t, err, fault.CredentialsWrong)
			}
		})
	}
}

// A challenge is 64 letters and digits, given out only where the dialect has a way to answer it.
func TestChallengeByPolicy(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.Required)
	token := challenge(t, f, a)
	if !regexp.MustCompile(`^[A-Za-z0-9]{64}$`).MatchString(token.Reveal()) {
		t.Errorf("challenge %q", token.Reveal())
	}
	client := somebody
	client.Policy.Challenge = false
	_, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", client)
	if refuse(t, err, fault.CodeRequired).Challenge != nil {
		t.Error("a challenge that nothing answers")
	}
}

// A challenge is answered by itself too, without saying who one is; in its own dialect, and once.
func TestAnswerChallenge(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	a := f.Add("ada", userscontract.Required)
	token := challenge(t, f, a)
	f.Events.Take()
	_, err := f.AnswerChallenge(t.Context(), token, wrongCode(f, a), somebody)
	refuse(t, err, fault.CodeWrong)
	elsewhere := somebody
	elsewhere.Dialect = session.Wolf
	_, err = f.AnswerChallenge(t.Context(), token, f.Users.Code(a.ID), elsewhere)
	refuse(t, err, fault.ChallengeInvalid)
	_, err = f.AnswerChallenge(t.Context(), secret.String{}, f.Users.Code(a.ID), somebody)
	refuse(t, err, fault.ChallengeInvalid)

	out, err := f.AnswerChallenge(t.Context(), token, f.Users.Code(a.ID), somebody)
	accept(t, err)
	claims, err := f.Access.Verify(t.Context(), out.Access.Reveal())
	accept(t, err)
	equal(t, "amr", claims.AMR, []string{"pwd", "otp", "mfa"})
	_, err = f.AnswerChallenge(t.Context(), token, f.Users.Code(a.ID), somebody)
	refuse(t, err, fault.ChallengeInvalid)
	equal(t, "events", f.Events.Take(), []string{
		"sign-in challenge refused", "sign-in challenge refused", "sign-in challenge refused", "sign-in challenge signed_in", "sign-in challenge refused",
	})
}
