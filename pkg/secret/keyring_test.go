package secret_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/secret"
)

// random is 32 bytes as /dev/urandom gives them.
const random = "q83vEjRWeJASq83vEjSs3q2+78r+ur4BI0VniavN7xA="

func TestKeyringReadsLines(t *testing.T) {
	t.Parallel()
	other := base64.StdEncoding.EncodeToString([]byte("\x00\x91\x22\xf3\x44\xb5\x66\xd7\x88\x19\xaa\x3b\xcc\x5d\xee\x7f0123456789abcdef"))
	var ring secret.Keyring
	text := "# the first signs\n\n  new\t" + random + "  \r\nold  " + other + "\n#" + "gone " + random
	if err := ring.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range ring.All() {
		ids = append(ids, k.ID)
	}
	if got := strings.Join(ids, " "); got != "new old" || ring.First().ID != "new" {
		t.Errorf("read %q, the first is %q", got, ring.First().ID)
	}
	if k, ok := ring.Find("old"); !ok || base64.StdEncoding.EncodeToString(k.Bytes) != other {
		t.Errorf("old is %v, %v", k, ok)
	}
	if _, ok := ring.Find("gone"); ok {
		t.Error("a comment was read as a key")
	}
	if got, want := ring.String(), "new:[redacted] old:[redacted]"; got != want {
		t.Errorf("it is shown as %q, want %q", got, want)
	}
}

func TestKeyringOfNothingIsEmpty(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n\n", "# nothing yet\n"} {
		var ring secret.Keyring
		if err := ring.UnmarshalText([]byte(text)); err != nil || !ring.Empty() {
			t.Errorf("%q: %v, empty %v", text, err, ring.Empty())
		}
	}
}

func TestKeyringRefuses(t *testing.T) {
	t.Parallel()
	encode := func(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
	counting := make([]byte, 32)
	for i := range counting {
		counting[i] = byte(3 * i)
	}
	for name, text := range map[string]string{
		"no id":          random,
		"three words":    "k1 " + random + " extra",
		"no base64":      "k1 ~" + random[1:],
		"31 bytes":       "k1 " + encode([]byte(random)[:31]),
		"a long id":      strings.Repeat("k", 33) + " " + random,
		"an id's letter": "k:1 " + random,
		"an id twice":    "k1 " + random + "\nk1 " + random,
		"reversed":       random + " k1",
		"zeros":          "k1 " + encode(make([]byte, 32)),
		"few letters":    "k1 " + encode([]byte(strings.Repeat("change", 6))),
		"one piece":      "k1 " + encode([]byte(strings.Repeat("0123456789abcdef", 2))),
		"a cut piece":    "k1 " + encode([]byte(strings.Repeat("change-me-pls", 3))),
		"counting":       "k1 " + encode(counting),
	} {
		var ring secret.Keyring
		err := ring.UnmarshalText([]byte(text))
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		if !ring.Empty() {
			t.Errorf("%s: refused and read", name)
		}
		if strings.Contains(err.Error(), random[:12]) {
			t.Errorf("%s: the error repeats the key: %v", name, err)
		}
	}
	if _, err := secret.NewKeyring(); err == nil {
		t.Error("a keyring of no key was made")
	}
}

func TestKeyringTakesRandomKeys(t *testing.T) {
	t.Parallel()
	for range 2000 {
		key := newKey(t, "k")
		ring, err := secret.NewKeyring(key)
		if err != nil {
			t.Fatalf("%x: %v", key.Bytes, err)
		}
		if !bytes.Equal(ring.First().Bytes, key.Bytes) {
			t.Fatal("another key came back")
		}
	}
}

func TestKeyringIsItsOwn(t *testing.T) {
	t.Parallel()
	keys := []secret.Key{newKey(t, "a"), newKey(t, "b")}
	ring, err := secret.NewKeyring(keys...)
	if err != nil {
		t.Fatal(err)
	}
	keys[0], ring.All()[0] = keys[1], keys[1]
	if ring.First().ID != "a" {
		t.Error("a caller's slice is the keyring's")
	}
}
