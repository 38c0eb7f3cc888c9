package token

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAccessTokensOfEveryKeyType(t *testing.T) {
	t.Parallel()
	for alg, key := range map[string]crypto.Signer{"ES256": ecKey(t), "EdDSA": edKey(t), "RS256": rsaKey(t, 2048)} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t, key)
			want := Access{Account: accountID, Session: sessionID, Role: "admin", AMR: []string{"pwd", "otp", "mfa"}}
			text, minted, err := s.minter.Mint(want, s.clock.now().Add(AccessLifetime))
			if err != nil {
				t.Fatal(err)
			}
			want.ID, want.Issued, want.Expires = minted.ID, s.clock.now(), s.clock.now().Add(AccessLifetime)
			if diff := cmp.Diff(want, minted); diff != "" || want.ID == "" {
				t.Errorf("minted (-want +got)\n%s", diff)
			}
			for range 2 { // the second time out of the cache
				got, err := s.verifier.Verify(t.Context(), text.Reveal())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("verified (-want +got)\n%s", diff)
				}
			}
			if got := decode(t, text.Reveal(), 0)["alg"]; got != alg {
				t.Errorf("alg %v", got)
			}
		})
	}
}

func TestAccessTokensEndWhenTheyAreToldTo(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	end := s.clock.now().Add(time.Minute)
	_, minted, err := s.minter.Mint(Access{Account: accountID, Session: sessionID, Role: "standard"}, end)
	if err != nil {
		t.Fatal(err)
	}
	if !minted.Expires.Equal(end) {
		t.Errorf("expires %v, want %v", minted.Expires, end)
	}
}

// TestRefreshTokensFollowFromTheirClaims: a second tab must be answered with the very same token.
func TestRefreshTokensFollowFromTheirClaims(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	r := Refresh{
		Account: accountID, Session: sessionID, Dialect: "ild", Generation: 41,
		Issued: s.clock.now().Add(-time.Hour), Expires: s.clock.now().Add(time.Hour),
	}
	first, err := s.refresh.Sign(r)
	if err != nil {
		t.Fatal(err)
	}
	s.clock.advance(10 * time.Second)
	second, err := s.refresh.Sign(r)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Equal(second) {
		t.Error("the same claims made two tokens")
	}
	got, err := s.refresh.Verify(first.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestServiceTokensAreForOneCallee(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	text := s.serviceToken(t)
	caller, err := s.service.Verify(text, "users")
	if err != nil || caller != "auth" {
		t.Fatalf("%q, %v", caller, err)
	}
	for _, other := range []string{"mailer", "auth", ""} {
		if _, err := s.service.Verify(text, other); !errors.Is(err, ErrInvalid) {
			t.Errorf("taken by %q: %v", other, err)
		}
	}
	s.clock.advance(ServiceLifetime + leeway)
	if _, err := s.service.Verify(text, "users"); !errors.Is(err, ErrInvalid) {
		t.Errorf("past its time: %v", err)
	}
}

// TestKindsAreTakenByTheirOwnVerifierOnly is JW-05: of the matrix only the diagonal passes.
func TestKindsAreTakenByTheirOwnVerifierOnly(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	tokens := map[string]string{"access": s.access(t), "refresh": s.refreshToken(t, 1), "service": s.serviceToken(t)}
	for verifier, verify := range s.verifiers(t) {
		for kind, text := range tokens {
			err := verify(text)
			if kind == strings.TrimSuffix(verifier, " expired") {
				if err != nil {
					t.Errorf("%s by %s: %v", kind, verifier, err)
				}
			} else if !errors.Is(err, ErrInvalid) {
				t.Errorf("%s by %s: %v", kind, verifier, err)
			}
		}
	}
}

func (s *suite) verifiers(t *testing.T) map[string]func(string) error {
	return map[string]func(string) error{
		"access":         func(x string) error { _, err := s.verifier.Verify(t.Context(), x); return err },
		"access expired": func(x string) error { _, err := s.verifier.VerifyExpired(t.Context(), x); return err },
		"refresh":        func(x string) error { _, err := s.refresh.Verify(x); return err },
		"service":        func(x string) error { _, err := s.service.Verify(x, "users"); return err },
	}
}

func TestTimesAreCheckedOutOfTheCacheToo(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	text := s.access(t)
	check := func(want error) {
		t.Helper()
		if err := second(s.verifier.Verify(t.Context(), text)); !errors.Is(err, want) {
			t.Errorf("at %v: %v, want %v", s.clock.now(), err, want)
		}
	}
	check(nil)
	s.clock.advance(AccessLifetime + leeway - time.Second)
	check(nil)
	s.clock.advance(time.Second)
	check(ErrInvalid)
	s.clock.advance(24 * time.Hour)
	if got, err := s.verifier.VerifyExpired(t.Context(), text); err != nil || got.Session != sessionID {
		t.Errorf("as a companion: %+v, %v", got, err)
	}
	s.clock.advance(-48 * time.Hour) // before it was issued
	check(ErrInvalid)
	if err := second(s.verifier.VerifyExpired(t.Context(), text)); !errors.Is(err, ErrInvalid) {
		t.Errorf("as a companion, before it was issued: %v", err)
	}
}

func TestCacheStaysBounded(t *testing.T) {
	t.Parallel()
	c := newCache[verified](10)
	digest := func(n byte) [32]byte { return sha256.Sum256([]byte{n}) }
	c.put(digest(0), verified{kid: "asked for"})
	for n := range byte(200) {
		c.put(digest(n+1), verified{})
		if _, ok := c.get(digest(0)); !ok {
			t.Fatalf("forgotten at %d, though asked for all the time", n)
		}
	}
	if got := len(c.young) + len(c.old); got > 10 {
		t.Errorf("%d entries", got)
	}
	if _, ok := c.get(digest(1)); ok {
		t.Error("one that nobody asked for is still there")
	}
}
