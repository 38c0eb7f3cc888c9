package totp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/services/users/internal/totp"
)

func TestNewSecret(t *testing.T) {
	t.Parallel()
	random := bytes.Repeat([]byte("0123456789"), 4)
	for a, size := range map[totp.Algorithm]int{totp.SHA1: 20, totp.SHA256: 32} {
		got, err := totp.NewSecret(iotest.OneByteReader(bytes.NewReader(random)), a)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(random[:size], []byte(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", a, diff)
		}
		if _, err := totp.NewSecret(bytes.NewReader(random[:size-1]), a); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s from too little randomness: %v", a, err)
		}
	}
	if _, err := totp.NewSecret(bytes.NewReader(random), "SHA512"); !errors.Is(err, totp.ErrAlgorithm) {
		t.Errorf("unknown algorithm: %v", err)
	}
}

func TestSecretIsHidden(t *testing.T) {
	t.Parallel()
	secret := totp.Secret("a very secret key")
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb, secret)
		fmt.Fprintf(&out, verb, struct{ S totp.Secret }{secret})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("made", "secret", secret, "in", map[string]any{"s": secret})
	if err := json.NewEncoder(&out).Encode(secret); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"secret key", "6120766572", "YSB2ZXJ5", "97 32 118"} {
		if strings.Contains(out.String(), shown) {
			t.Errorf("shown as %s in %s", shown, out.String())
		}
	}
}

func TestURI(t *testing.T) {
	t.Parallel()
	secret := totp.Secret("12345678901234567890")
	for _, c := range []struct{ issuer, account, want string }{
		{
			"LegionKimitri", "jhondoe123",
			"otpauth://totp/jhondoe123?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=LegionKimitri&algorithm=SHA256&digits=6&period=30",
		},
		{
			"A & B", "a&secret=AAAA",
			"otpauth://totp/a%26secret%3DAAAA?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20%26%20B&algorithm=SHA256&digits=6&period=30",
		},
	} {
		if diff := cmp.Diff(c.want, totp.URI(c.issuer, c.account, secret, totp.SHA256)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestBase32HasNoPadding(t *testing.T) {
	t.Parallel()
	if got := totp.Secret("12345678901234567890123456789012").Base32(); got != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA" {
		t.Errorf("Base32 = %s", got)
	}
}

func FuzzURI(f *testing.F) {
	f.Add("LegionKimitri", "jhondoe123")
	f.Add("x", "a&secret=AAAA")
	f.Add("x#y?z", "../a?secret=AAAA#b")
	f.Add("x%26secret=AAAA", "a;secret=AAAA")
	f.Add("", "a b+c:d@e/\x00\xff")
	secret := totp.Secret("12345678901234567890")
	f.Fuzz(func(t *testing.T, issuer, account string) {
		u, err := url.Parse(totp.URI(issuer, account, secret, totp.SHA1))
		if err != nil {
			t.Fatal(err)
		}
		if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/"+account || u.Fragment != "" {
			t.Errorf("parsed as %#v", u)
		}
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			t.Fatal(err)
		}
		want := url.Values{
			"secret": {secret.Base32()}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"},
		}
		if diff := cmp.Diff(want, query); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
