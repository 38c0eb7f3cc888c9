package code_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/storetest"
)

// clock is a time that tests move. It starts at the real one, as the server lets keys lapse by its own.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// fixture is a store with an account of its own.
type fixture struct {
	*code.Store
	rdb     redis.UniversalClient
	clock   *clock
	account id.Account
}

func setup(t *testing.T) *fixture {
	t.Helper()
	c := &clock{t: time.Now().UTC().Truncate(time.Millisecond)}
	account, err := id.Source{Now: c.now, Rand: rand.Reader}.New()
	if err != nil {
		t.Fatal(err)
	}
	rdb := storetest.Redis(t)
	return &fixture{Store: code.NewStore(rdb, c.now), rdb: rdb, clock: c, account: id.Account(account)}
}

// issue puts a new token of a purpose.
func (f *fixture) issue(t testing.TB, p code.Purpose) (secret.String, code.Record) {
	t.Helper()
	token, err := code.New(p, f.account, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := code.Record{Purpose: p, Account: f.account, Address: "ann@example.com", Epoch: 7, Issued: f.clock.now()}
	if err := f.Put(t.Context(), token, r); err != nil {
		t.Fatal(err)
	}
	return token, r
}

func (f *fixture) live(t testing.TB, token secret.String) bool {
	t.Helper()
	_, err := f.Find(t.Context(), token)
	if err != nil && !fault.Has(err, fault.LinkInvalid) {
		t.Fatal(err)
	}
	return err == nil
}

// keys are all that Redis holds of the account.
func (f *fixture) keys(t *testing.T) []string {
	t.Helper()
	var held []string
	keys := f.rdb.Scan(t.Context(), 0, "*{"+string(f.account)+"}*", 1000).Iterator()
	for keys.Next(t.Context()) {
		held = append(held, keys.Val())
	}
	if err := keys.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(held)
	return held
}

func TestATokenStandsForItsRecordUntilItLapses(t *testing.T) {
	t.Parallel()
	for p, lifetime := range map[code.Purpose]time.Duration{code.Verify: 24 * time.Hour, code.Undo: 72 * time.Hour, code.Reset: 30 * time.Minute} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			token, want := f.issue(t, p)
			for range 2 { // Find spends nothing
				got, err := f.Find(t.Context(), token)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
			if got := f.rdb.PTTL(t.Context(), f.keys(t)[0]).Val(); got > lifetime || got < lifetime-time.Minute {
				t.Errorf("kept for %v, want %v", got, lifetime)
			}
			f.clock.advance(lifetime - time.Millisecond)
			if !f.live(t, token) {
				t.Error("lapsed early")
			}
			f.clock.advance(time.Millisecond)
			if f.live(t, token) {
				t.Error("outlives its time")
			}
		})
	}
}

func TestNewWritesLetterAccountAndRandom(t *testing.T) {
	t.Parallel()
	token, err := code.New(code.Reset, "01JX5J8W6V3M5Q9Z7T2B4N6P8R", bytes.NewReader(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := token.Reveal(), "rAZdLJHDbHQt0_PoSyVNZGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := code.New(code.Reset, "ann", rand.Reader); err == nil {
		t.Error("a token for what is no account id")
	}
	if _, err := code.New(code.Reset, "01JX5J8W6V3M5Q9Z7T2B4N6P8R", bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("a token out of too little randomness")
	}
}

func TestPurposeOf(t *testing.T) {
	t.Parallel()
	for _, p := range []code.Purpose{code.Verify, code.Undo, code.Reset, code.Pending} {
		token, err := code.New(p, "01JX5J8W6V3M5Q9Z7T2B4N6P8R", rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := code.PurposeOf(token); got != p {
			t.Errorf("got %q, want %q", got, p)
		}
		text := token.Reveal()
		for _, other := range []string{"", text[:1], text[1:], text + "A", "x" + text[1:], text[:64] + "="} {
			if got := code.PurposeOf(secret.New(other)); got != 0 {
				t.Errorf("%q is for %q", other, got)
			}
		}
	}
}

// TestPendingTokensAreNoAccounts: the id in one is a registration's, so the accounts' store neither keeps nor finds it.
func TestPendingTokensAreNoAccounts(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, err := code.New(code.Pending, f.account, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), token, code.Record{Purpose: code.Pending, Account: f.account, Issued: f.clock.now()}); err == nil {
		t.Error("kept")
	}
	f.issue(t, code.Verify)
	if f.live(t, token) {
		t.Error("found")
	}
	if err := f.Drop(t.Context(), token); err != nil || len(f.keys(t)) != 1 {
		t.Errorf("drop: %v, left %v", err, f.keys(t))
	}
}

func TestHashIsHexSHA256OfTheWholeText(t *testing.T) {
	t.Parallel()
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, appendix B.1
	if got := code.Hash(secret.New("abc")); got != want {
		t.Errorf("got %s", got)
	}
}

func TestOneLivesAtATime(t *testing.T) {
	t.Parallel()
	for _, p := range []code.Purpose{code.Verify, code.Reset} {
		f := setup(t)
		old, oldRecord := f.issue(t, p)
		f.clock.advance(time.Second)
		token, _ := f.issue(t, p)
		if f.live(t, old) || !f.live(t, token) {
			t.Errorf("%c: the new one does not replace the old", p)
		}
		// a mail that was held up is posted again, a spent link is dropped late: neither touches the newer token
		if err := f.Put(t.Context(), old, oldRecord); err != nil {
			t.Fatal(err)
		}
		if err := f.Drop(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		if f.live(t, old) || !f.live(t, token) {
			t.Errorf("%c: the old one comes back", p)
		}
	}
}

func TestSeveralUndosLive(t *testing.T) {
	t.Parallel()
	f := setup(t)
	one, _ := f.issue(t, code.Undo)
	two, _ := f.issue(t, code.Undo)
	if err := f.Drop(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if f.live(t, one) || !f.live(t, two) {
		t.Error("dropped the wrong one")
	}
}

func TestPutAgainChangesNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, r := f.issue(t, code.Verify)
	f.clock.advance(time.Hour)
	if err := f.Put(t.Context(), token, r); err != nil {
		t.Fatal(err)
	}
	got, err := f.Find(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if left := f.rdb.PTTL(t.Context(), f.keys(t)[0]).Val(); left > 23*time.Hour {
		t.Errorf("lives %v longer", left)
	}
}

func TestPutKeepsNothingThatHasLapsed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, err := code.New(code.Reset, f.account, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := code.Record{Purpose: code.Reset, Account: f.account, Issued: f.clock.now().Add(-30 * time.Minute)}
	if err := f.Put(t.Context(), token, r); err != nil {
		t.Fatal(err)
	}
	if held := f.keys(t); len(held) != 0 {
		t.Errorf("holds %v", held)
	}
}

func TestPutRefusesWhatDoesNotBelongTogether(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, err := code.New(code.Reset, f.account, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]code.Record{
		"purpose": {Purpose: code.Verify, Account: f.account, Issued: f.clock.now()},
		"account": {Purpose: code.Reset, Account: "01JX5J8W6V3M5Q9Z7T2B4N6P8R", Issued: f.clock.now()},
	} {
		if err := f.Put(t.Context(), token, r); err == nil {
			t.Errorf("other %s: kept", name)
		}
	}
}

func TestDropAndRevoke(t *testing.T) {
	t.Parallel()
	f := setup(t)
	verify, _ := f.issue(t, code.Verify)
	reset, _ := f.issue(t, code.Reset)
	undo, _ := f.issue(t, code.Undo)
	if err := f.Revoke(t.Context(), code.Reset, f.account); err != nil {
		t.Fatal(err)
	}
	if f.live(t, reset) || !f.live(t, verify) || !f.live(t, undo) {
		t.Error("revoked the wrong one")
	}
	if err := f.Revoke(t.Context(), code.Undo, f.account); err == nil {
		t.Error("revoked one of several")
	}
	for range 2 {
		if err := f.Drop(t.Context(), verify); err != nil {
			t.Errorf("drop: %v", err)
		}
	}
	if f.live(t, verify) {
		t.Error("alive after Drop")
	}
	if err := f.Drop(t.Context(), secret.New("nonsense")); err != nil {
		t.Errorf("drop of nonsense: %v", err)
	}
}

// TestKeys lists what each operation leaves in Redis: one key by its name, and in it no token.
func TestKeys(t *testing.T) {
	t.Parallel()
	hash := func(token secret.String) string {
		sum := sha256.Sum256([]byte(token.Reveal()))
		return hex.EncodeToString(sum[:])
	}
	tag := func(f *fixture) string { return "{" + string(f.account) + "}" }
	for p, key := range map[code.Purpose]func(*fixture, secret.String) string{
		code.Verify: func(f *fixture, _ secret.String) string { return "ww:verify:" + tag(f) },
		code.Reset:  func(f *fixture, _ secret.String) string { return "ww:reset:" + tag(f) },
		code.Undo:   func(f *fixture, token secret.String) string { return "ww:undo:" + tag(f) + ":" + hash(token) },
	} {
		f := setup(t)
		token, _ := f.issue(t, p)
		if got, want := f.keys(t), []string{key(f, token)}; !slices.Equal(got, want) {
			t.Errorf("%c: got %v, want %v", p, got, want)
		}
		if held := f.rdb.Get(t.Context(), key(f, token)).Val(); strings.Contains(held, token.Reveal()[1:]) || !strings.Contains(held, hash(token)) {
			t.Errorf("%c: holds %q", p, held)
		}
		if err := f.Drop(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if got := f.keys(t); len(got) != 0 {
			t.Errorf("%c: left %v", p, got)
		}
	}
}

// TestOneEditIsRefused: the text is exact to the character, and what it says is not taken for another token.
func TestOneEditIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var tokens []string
	for _, p := range []code.Purpose{code.Verify, code.Reset, code.Undo} {
		token, _ := f.issue(t, p)
		tokens = append(tokens, token.Reveal())
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SampledFrom(tokens).Draw(rt, "token")
		at := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
		with := rapid.SampledFrom([]string{"", "A", "v", "r", "u", "_", "-", "=", "\n", "\r", "\x00", "+", "/", " ", "ü"}).Draw(rt, "with")
		edited := text[:at] + with + text[at+1:]
		if rapid.Bool().Draw(rt, "insert") {
			edited = text[:at] + with + text[at:]
		}
		if edited != text && f.live(t, secret.New(edited)) {
			rt.Fatalf("%q at %d", with, at)
		}
	})
	for _, text := range []string{"", "v", strings.Repeat("v", 65), "x" + tokens[0][1:], "r" + tokens[0][1:]} {
		if f.live(t, secret.New(text)) {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestAnOutageIsNeverARefusal(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, r := f.issue(t, code.Verify)
	down := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = down.Close() })
	s := code.NewStore(down, f.clock.now)
	_, find := s.Find(t.Context(), token)
	for name, err := range map[string]error{
		"Put":    s.Put(t.Context(), token, r),
		"Find":   find,
		"Drop":   s.Drop(t.Context(), token),
		"Revoke": s.Revoke(t.Context(), code.Verify, f.account),
	} {
		if !fault.Has(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARecordThatIsBrokenIsNotAnUnknownLink(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, _ := f.issue(t, code.Verify)
	if err := f.rdb.Set(t.Context(), f.keys(t)[0], "{", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	var refused *fault.Fault
	if _, err := f.Find(t.Context(), token); err == nil || errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}
