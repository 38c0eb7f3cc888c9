package totp_test

import (
	"errors"
	"testing"
	"time"

	"github.com/watchword/watchword/services/users/internal/totp"
)

var (
	seed1   = totp.Secret("12345678901234567890")
	seed256 = totp.Secret("12345678901234567890123456789012")
)

// The last six digits of RFC 6238's appendix B.
func TestRFC6238(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]struct{ sha1, sha256 string }{
		59:          {"287082", "119246"},
		1111111109:  {"081804", "084774"},
		1111111111:  {"050471", "062674"},
		1234567890:  {"005924", "819424"},
		2000000000:  {"279037", "698825"},
		20000000000: {"353130", "737706"},
	} {
		now := time.Unix(at, 0)
		wantCode(t, seed1, totp.SHA1, now, want.sha1)
		wantCode(t, seed256, totp.SHA256, now, want.sha256)
		if step, ok := totp.Match(seed256, totp.SHA256, want.sha256, now, 0); !ok || step != at/30 {
			t.Errorf("Match at %d = %d, %v; want %d", at, step, ok, at/30)
		}
	}
}

// RFC 4226, appendix D.
func TestRFC4226(t *testing.T) {
	t.Parallel()
	for step, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		wantCode(t, seed1, totp.SHA1, time.Unix(int64(step)*30, 0), want)
	}
}

func wantCode(t *testing.T, s totp.Secret, a totp.Algorithm, at time.Time, want string) {
	t.Helper()
	got, err := totp.Code(s, a, at)
	if err != nil || got != want {
		t.Errorf("Code(%s, %d) = %q, %v; want %q", a, at.Unix(), got, err, want)
	}
}

func TestMatchClock(t *testing.T) {
	t.Parallel()
	const step = 50_000_000
	code, err := totp.Code(seed256, totp.SHA256, time.Unix(step*30, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		now      int64
		lastStep int64
		want     bool
	}{
		{"its first second", step * 30, 0, true},
		{"its last second", step*30 + 29, 0, true},
		{"the step after", step*30 + 59, 0, true},
		{"two steps after", step*30 + 60, 0, false},
		{"the step before", step*30 - 30, 0, true},
		{"two steps before", step*30 - 31, 0, false},
		{"an earlier step was accepted", step * 30, step - 1, true},
		{"it was accepted itself", step * 30, step, false},
		{"a later step was accepted", step * 30, step + 1, false},
	} {
		got, ok := totp.Match(seed256, totp.SHA256, code, time.Unix(c.now, 0), c.lastStep)
		if ok != c.want || ok && got != step || !ok && got != 0 {
			t.Errorf("%s: Match = %d, %v; want ok %v", c.name, got, ok, c.want)
		}
	}
}

func TestMatchRefuses(t *testing.T) {
	t.Parallel()
	now := time.Unix(59, 0) // 287082
	for name, code := range map[string]string{
		"empty":             "",
		"another code":      "287083",
		"space before":      " 287082",
		"space after":       "287082 ",
		"newline after":     "287082\n",
		"space for a digit": "28708 ",
		"five digits":       "87082",
		"eight digits":      "94287082",
		"a sign":            "+87082",
		"fullwidth digits":  "\uff12\uff18\uff17\uff10\uff18\uff12",
		"six bytes of them": "\uff12\uff18",
	} {
		if _, ok := totp.Match(seed1, totp.SHA1, code, now, 0); ok {
			t.Errorf("%s: %q was accepted", name, code)
		}
	}
	if _, ok := totp.Match(seed1, totp.SHA256, "287082", now, 0); ok {
		t.Error("another algorithm's code was accepted")
	}
	if _, ok := totp.Match(seed1, "SHA512", "287082", now, 0); ok {
		t.Error("a code was accepted under an unknown algorithm")
	}
	ofNone, err := totp.Code(nil, totp.SHA1, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := totp.Match(nil, totp.SHA1, ofNone, now, 0); ok {
		t.Error("a code was accepted without a secret")
	}
}

// Steps twinStep and twinStep+1 happen to have the same code for seed1: once accepted, it is spent for both.
func TestMatchSpendsTwinsTogether(t *testing.T) {
	t.Parallel()
	const twinStep, code = 910_737, "911617"
	now := time.Unix(twinStep*30, 0)
	step, ok := totp.Match(seed1, totp.SHA1, code, now, 0)
	if !ok || step != twinStep+1 {
		t.Fatalf("Match = %d, %v; want %d", step, ok, twinStep+1)
	}
	if _, ok := totp.Match(seed1, totp.SHA1, code, now.Add(30*time.Second), step); ok {
		t.Error("the code was accepted a second time")
	}
}

func TestParseAlgorithm(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"SHA1", "SHA256"} {
		if a, err := totp.ParseAlgorithm(s); err != nil || string(a) != s {
			t.Errorf("ParseAlgorithm(%q) = %q, %v", s, a, err)
		}
	}
	for _, s := range []string{"", "sha1", "SHA512", "MD5"} {
		if _, err := totp.ParseAlgorithm(s); !errors.Is(err, totp.ErrAlgorithm) {
			t.Errorf("ParseAlgorithm(%q): %v", s, err)
		}
	}
	if _, err := totp.Code(seed1, "MD5", time.Unix(0, 0)); !errors.Is(err, totp.ErrAlgorithm) {
		t.Errorf("Code under MD5: %v", err)
	}
}
