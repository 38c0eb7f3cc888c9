package password

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		rule     Rule
		password string
		related  []string
		want     string
	}{
		{name: "seven", password: "k7#vqz1", want: TooShort},
		{name: "eight", password: "k7#vqz1m", want: ""},
		{name: "nothing", password: "", want: TooShort},
		{name: "eight emoji", password: strings.Repeat("🦊", 8), want: ""},
		{name: "seven emoji of four bytes", password: strings.Repeat("🦊", 7), want: TooShort},
		{name: "seven letters spelled as fourteen", password: strings.Repeat("e\u0301", 7), want: TooShort},
		{name: "eight spaces", password: "        ", want: ""},
		{name: "256", password: strings.Repeat("k7#vqz1m", 32), want: ""},
		{name: "257", password: strings.Repeat("k7#vqz1m", 32) + "x", want: TooLong},
		{name: "256 letters spelled as 512", password: strings.Repeat("e\u0301", 256), want: ""},
		{name: "a raised minimum", rule: Rule{Min: 15}, password: "fourteen chars", want: TooShort},
		{name: "a raised minimum, kept", rule: Rule{Min: 15}, password: "fifteen letters", want: ""},
		{name: "a minimum can't be lowered", rule: Rule{Min: 4}, password: "k7#v", want: TooShort},
		{name: "a lowered maximum", rule: Rule{Max: 64}, password: strings.Repeat("kv", 32) + "x", want: TooLong},
		{name: "a maximum can't be raised", rule: Rule{Max: 1000}, password: strings.Repeat("x", 257), want: TooLong},
		{name: "NUL", password: "k7#vqz1m\x00", want: Invalid},
		{name: "not UTF-8", password: "k7#vqz1m\xff", want: Invalid},
		{name: "half a surrogate pair", password: "k7#vqz1m\xed\xa0\x80", want: Invalid},
		{name: "the most common", password: "123456789", want: TooCommon},
		{name: "a common one", password: "iloveyou1", want: TooCommon},
		{name: "a common one in capitals", password: "ILoveYou1", want: TooCommon},
		{name: "the service", password: "WatchWord", want: TooCommon},
		{name: "a common one within", password: "my iloveyou1", want: ""},
		{name: "two neighbours of the list", password: "123456789\npassword", want: ""},
		{name: "username", password: "Jhon.Doe.1", related: []string{"jhon.doe.1", ""}, want: EqualsLogin},
		{name: "email", password: "jhondoe@Example.com", related: []string{"jd", "JhonDoe@example.com"}, want: EqualsLogin},
		{name: "local part", password: "JHONDOE123", related: []string{"jd", "jhondoe123@example.com"}, want: EqualsLogin},
		{name: "email in another spelling", password: "cafe\u0301@example.com", related: []string{"caf\u00e9@example.com"}, want: EqualsLogin},
		{name: "username within", password: "jhondoe123!", related: []string{"jhondoe123"}, want: ""},
		{name: "username with a space before", password: " jhondoe123", related: []string{"jhondoe123"}, want: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.rule.Check(c.password, c.related...); got != c.want {
				t.Errorf("Check(%q) = %q, want %q", c.password, got, c.want)
			}
		})
	}
}

func TestCommonList(t *testing.T) {
	t.Parallel()
	words := strings.Split(strings.TrimSuffix(common, "\n"), "\n")
	seen := map[string]bool{}
	for i, w := range words {
		if utf8.RuneCountInString(w) < MinLength || w != strings.ToLower(w) || seen[w] {
			t.Errorf("%q is short, has capitals or comes twice", w)
		}
		seen[w] = true
		if i%100 != 0 && i != len(words)-1 {
			continue
		}
		if got := (Rule{}).Check(strings.ToUpper(w)); got != TooCommon {
			t.Errorf("Check(%q) = %q", w, got)
		}
	}
	if len(seen) != 10_000 {
		t.Errorf("%d passwords", len(seen))
	}
}
