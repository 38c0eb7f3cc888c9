package device

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

func keyring(t testing.TB, ids ...string) secret.Keyring {
	t.Helper()
	var keys []secret.Key
	for _, kid := range ids {
		keys = append(keys, secret.Key{ID: kid, Bytes: []byte(kid + "0123456789abcdefghijklmnopqrstuvwxyz")})
	}
	ring, err := secret.NewKeyring(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// someDevice draws a device with 1 to 8 accounts.
func someDevice(t *rapid.T) usersapi.Device {
	ulid := rapid.StringMatching(`[0-7][0-9A-HJKMNP-TV-Z]{25}`)
	d := usersapi.Device{ID: ulid.Draw(t, "device")}
	for _, a := range rapid.SliceOfN(ulid, 1, 8).Draw(t, "accounts") {
		d.Accounts = append(d.Accounts, id.Account(a))
	}
	return d
}

func TestWrittenIsRead(t *testing.T) {
	t.Parallel()
	k := New(keyring(t, "k1"))
	rapid.Check(t, func(t *rapid.T) {
		d := someDevice(t)
		if diff := cmp.Diff(d, k.parse(k.text(d))); diff != "" {
			t.Errorf("device (-want +got):\n%s", diff)
		}
	})
}

func TestAnyEditIsRefused(t *testing.T) {
	t.Parallel()
	k := New(keyring(t, "k1", "k2"))
	rapid.Check(t, func(t *rapid.T) {
		text := k.text(someDevice(t))
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		char := rapid.SampledFrom([]string{
			"", ".", "A", "a", "0", "1", "2", "_", "-", "=", "\n", "\r", " ", "\x00", "k", "ä", text[at : at+1],
		}).Draw(t, "character")
		behind := rapid.SampledFrom([]int{at, at + 1, len(text)}).Draw(t, "behind") // insert, replace or cut
		edited := text[:at] + char + text[behind:]
		if edited == text {
			t.Skip("nothing edited")
		}
		if got := k.parse(edited); got.ID != "" || got.Accounts != nil {
			t.Errorf("%q, edited to %q, is %v", text, edited, got)
		}
	})
}

func TestAccountsOfAnotherDeviceAreRefused(t *testing.T) {
	t.Parallel()
	k := New(keyring(t, "k1"))
	mine := strings.Split(k.text(usersapi.Device{ID: "D1", Accounts: []id.Account{"A1", "A2"}}), ".")
	other := strings.Split(k.text(usersapi.Device{ID: "D2", Accounts: []id.Account{"A3"}}), ".")
	for name, parts := range map[string][]string{
		"another account":           {mine[0], mine[1], "A3", mine[3], mine[4]},
		"one account fewer":         {mine[0], mine[1], mine[2], mine[4]},
		"one account more":          {mine[0], mine[1], mine[2], mine[3], "A3", mine[4]},
		"accounts in another order": {mine[0], mine[1], mine[3], mine[2], mine[4]},
		"another device":            {mine[0], other[1], mine[2], mine[3], mine[4]},
		"another's signature":       {mine[0], mine[1], mine[2], mine[3], other[3]},
		"no signature":              {mine[0], mine[1], mine[2], mine[3], ""},
		"no account":                {mine[0], mine[1], mine[4]},
		"another key":               {"k2", mine[1], mine[2], mine[3], mine[4]},
		"nothing":                   {""},
	} {
		if got := k.parse(strings.Join(parts, ".")); got.ID != "" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Nine accounts are more than the suite ever signs.
func TestNineAccountsAreRefused(t *testing.T) {
	t.Parallel()
	k := New(keyring(t, "k1"))
	d := usersapi.Device{ID: "D1", Accounts: make([]id.Account, 8)}
	if got := k.parse(k.text(d)); got.ID == "" {
		t.Error("eight are refused")
	}
	d.Accounts = append(d.Accounts, "A9")
	if got := k.parse(k.text(d)); got.ID != "" {
		t.Error("nine are read")
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	d := usersapi.Device{ID: "D1", Accounts: []id.Account{"A1"}}
	old := New(keyring(t, "k1")).text(d)
	both := New(keyring(t, "k2", "k1"))
	if got := both.parse(old); got.ID != d.ID {
		t.Error("the old key's cookie is refused while that key is kept")
	}
	if !strings.HasPrefix(both.text(d), "k2.") {
		t.Error("the first key does not sign")
	}
	if got := New(keyring(t, "k2")).parse(old); got.ID != "" {
		t.Error("a cookie is read whose key is gone")
	}
}
