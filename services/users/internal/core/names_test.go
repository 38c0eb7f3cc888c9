package core_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/services/users/internal/core"
)

func TestCheckUsername(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"abc", "a-b", "Jaylon.Stamm22", "0_0", strings.Repeat("a", 32)} {
		if err := core.CheckUsername(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{
		"", "ab", strings.Repeat("a", 33), "-ab", "ab-", ".ab", "ab_", "a b", "a@b.de", "аdа", "ａｄａ", "a\u200db", "a\u202eb", "abc\n", "a/b", "a$b",
	} {
		if err := core.CheckUsername(s); !fault.Has(err, fault.UsernameRefused) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestEmailKey(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"john.doe@example.com":     "e:john.doe@example.com",
		"John.Doe@EXAMPLE.com":     "e:john.doe@example.com",
		"a+b@example.com":          "e:a+b@example.com",
		"a@münchen.example":        "e:a@xn--mnchen-3ya.example",
		"a@XN--MNCHEN-3YA.example": "e:a@xn--mnchen-3ya.example",
		"o'neil@sub.example.org":   "e:o'neil@sub.example.org",
	} {
		if got, err := core.EmailKey(s); err != nil || got != want {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "a", "a@", "@example.com", "a@example", "a@localhost", "a@.example.com", "a@example..com", "a@example.com.", "a@[127.0.0.1]",
		"a@127.0.0.1", "A <a@example.com>", "<a@example.com>", `"a b"@example.com`, "a(x)@example.com", "a@example.com ", " a@example.com",
		"a\r\nBcc: x@example.com", "a\x00@example.com", "ä@example.com", "a..b@example.com", ".a@example.com", "a@b@example.com",
		"a@exa mple.com", "a@-example.com", "a@exam_ple.com", "a@" + strings.Repeat("x", 64) + ".com", strings.Repeat("a", 65) + "@example.com",
		"a@" + strings.Repeat("x.", 130) + "com", "a@example.com,b@example.com", "a@\u202eexample.com",
	} {
		if got, err := core.EmailKey(s); !fault.Has(err, fault.EmailMalformed) {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
}

// A key's address has the key again, so an account found by it is the same however often it was written down.
func TestKeysAreStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[A-Za-z0-9.+_'-]{1,10}@[A-Za-zäöüß0-9-]{1,10}\.[A-Za-z]{2,5}`).Draw(t, "email")
		key, err := core.EmailKey(s)
		if err != nil {
			return
		}
		if again, err := core.EmailKey(strings.TrimPrefix(key, "e:")); err != nil || again != key {
			t.Fatalf("%q has the key %q, which has %q, %v", s, key, again, err)
		}
		name := rapid.String().Draw(t, "username")
		if key := core.UsernameKey(name); core.UsernameKey(strings.TrimPrefix(key, "u:")) != key {
			t.Fatalf("%q has the key %q", name, key)
		}
	})
}

func FuzzEmailKey(f *testing.F) {
	for _, s := range []string{"a@example.com", "a@münchen.example", `"a"@example.com`, "a@xn--a.com", strings.Repeat("a@", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		began := time.Now()
		key, err := core.EmailKey(s)
		if time.Since(began) > 2*time.Second {
			t.Fatalf("%q took too long", s)
		}
		if err == nil && (len(s) > 254 || strings.ContainsAny(key, "\x00\r\n <>\"")) {
			t.Fatalf("%q has the key %q", s, key)
		}
	})
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		" John Doe ":                           "John Doe",
		"Ὀδυσσεύς":                             "Ὀδυσσεύς",
		"李小龍":                                  "李小龍",
		"<a href=//evil>":                      "<a href=//evil>",
		strings.Repeat("ä", 100) + " \u00a0\t": strings.Repeat("ä", 100),
	} {
		if got, err := core.CheckName("name", s); err != nil || got != want {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "  ", strings.Repeat("ä", 101), "a\nb", "a\x00b", "a\x1bb", "a\u0085b", "a\u202eb", "a\u2066b", "a\u2028b"} {
		if _, err := core.CheckName("firstName", s); !fault.Has(err, fault.NameRefused) || fault.Of(err).Fields["firstName"] == "" {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestMaskEmail(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"john@example.com": "j***@example.com", "j@example.com": "j***@example.com", "": ""} {
		if got := core.MaskEmail(s); got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
}
