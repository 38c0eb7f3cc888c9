package session_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/token"
)

// opaque makes a session that has an opaque token.
func (f *fixture) opaque(t *testing.T) (session.Session, string) {
	t.Helper()
	x := f.fresh(t, 0)
	text, hash, err := session.NewOpaque(x.Account, x.ID, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x.Dialect, x.TokenHash = session.Nerdcult, hash
	if err := f.Create(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	return x, text.Reveal()
}

func (f *fixture) authenticator(t *testing.T) (*session.Authenticator, *token.KeyDir) {
	t.Helper()
	keys := signingKeys(t, f)
	return session.NewAuthenticator(token.NewVerifier(keys, issuer, f.clock.now), f.Store), keys
}

func TestNewOpaque(t *testing.T) {
	t.Parallel()
	const account, sid = "01JX5J8W6V3M5Q9Z7T2B4N6P8R", "01JX5J8W6V3M5Q9Z7T2B4N6P8S"
	text, hash, err := session.NewOpaque(account, sid, bytes.NewReader(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	if want := account + "-" + sid + "." + strings.Repeat("A", 43); text.Reveal() != want {
		t.Errorf("got %s, want %s", text.Reveal(), want)
	}
	if !regexp.MustCompile("^[0-9a-f]{64}$").MatchString(hash) {
		t.Errorf("hash %q", hash)
	}
	if _, _, err := session.NewOpaque(account, sid, bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("a token out of too little randomness")
	}
}

func TestAnOpaqueTokenIsItsSessions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a, keys := f.authenticator(t)
	x, text := f.opaque(t)
	got, err := a.Authenticate(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	want := session.Principal{
		Account: f.account, Session: x.ID, Dialect: session.Nerdcult, Role: "standard", Email: "ann@example.com", Expires: x.Expires,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	other, otherText := f.opaque(t)
	jwts := f.create(t, 0)
	drawn := text[strings.Index(text, "."):]
	for name, text := range map[string]string{
		"the id part":               session.OpaqueID(x.Account, x.ID),
		"the stored hash":           session.OpaqueID(x.Account, x.ID) + "." + x.TokenHash[:43],
		"of another session":        session.OpaqueID(x.Account, other.ID) + drawn,
		"of a session without one":  session.OpaqueID(x.Account, jwts.ID) + drawn,
		"of another account":        "01JX5J8W6V3M5Q9Z7T2B4N6P8R-" + string(x.ID) + drawn,
		"two of them":               text + otherText,
		"as a JWT":                  text + ".x",
		"in lower case":             strings.ToLower(text[:53]) + drawn,
		"a JWT of no session of it": f.bearer(t, keys, f.fresh(t, 0)),
	} {
		if _, err := a.Authenticate(t.Context(), text); !fault.Has(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A session with an opaque token ends like any other, and its token with it.
func TestAnOpaqueTokenEndsWithItsSession(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*fixture, session.Session) error{
		"ended": func(f *fixture, x session.Session) error { return second(f.End(t.Context(), x.Account, x.ID)) },
		"others": func(f *fixture, x session.Session) error {
			return second(f.EndOthers(t.Context(), x.Account, standing(1), ""))
		},
		"lapsed": func(f *fixture, x session.Session) error { f.clock.advance(x.Expires.Sub(f.clock.now())); return nil },
	} {
		f := setup(t)
		a, _ := f.authenticator(t)
		x, text := f.opaque(t)
		f.clock.advance(time.Minute)
		if _, err := a.Authenticate(t.Context(), text); err != nil {
			t.Errorf("%s: refused before: %v", name, err)
		}
		if err := end(f, x); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Authenticate(t.Context(), text); !fault.Has(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRedisHoldsAnOpaqueTokenAsItsHashAlone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	x, text := f.opaque(t)
	if err := f.Update(t.Context(), f.account, standing(0)); err != nil {
		t.Fatal(err)
	}
	held, err := f.keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, drawn, _ := strings.Cut(text, ".")
	if all := fmt.Sprint(held); strings.Contains(all, drawn) || !strings.Contains(all, x.TokenHash) {
		t.Errorf("holds %s", all)
	}
}

func TestOneEditOfAnOpaqueTokenIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a, _ := f.authenticator(t)
	_, text := f.opaque(t)
	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
		with := rapid.SampledFrom([]string{"", "A", "a", "0", "-", ".", "_", "=", "\n", "\x00", " ", "ü"}).Draw(rt, "with")
		edited := text[:at] + with + text[at+1:]
		if rapid.Bool().Draw(rt, "insert") {
			edited = text[:at] + with + text[at:]
		}
		_, err := a.Authenticate(t.Context(), edited)
		if (err == nil) != (edited == text) || err != nil && !fault.Has(err, fault.Unauthenticated) {
			rt.Fatalf("%q at %d: %v", with, at, err)
		}
	})
}
