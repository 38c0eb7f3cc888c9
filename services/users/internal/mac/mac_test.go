package mac_test

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/mac"
)

func key(id string) secret.Key {
	b := make([]byte, secret.MinKeyBytes)
	_, _ = rand.Read(b) // never fails
	return secret.Key{ID: id, Bytes: b}
}

func keyed(t *testing.T, purpose string, keys ...secret.Key) *mac.Keyed {
	t.Helper()
	ring, err := secret.NewKeyring(keys...)
	if err != nil {
		t.Fatal(err)
	}
	k, err := mac.New(ring, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSumTellsOwnersTextsPurposesAndKeysApart(t *testing.T) {
	t.Parallel()
	one, two := key("k1"), key("k1")
	k := keyed(t, "codes", one)
	sums := []string{
		k.Sum("ada", "text"), k.Sum("bob", "text"), k.Sum("ada", "other"), k.Sum("adat", "ext"),
		keyed(t, "keys", one).Sum("ada", "text"), keyed(t, "codes", two).Sum("ada", "text"),
	}
	slices.Sort(sums)
	if len(slices.Compact(sums)) != 6 {
		t.Errorf("two are equal: %v", sums)
	}
	if k.Sum("ada", "text") != keyed(t, "codes", one).Sum("ada", "text") {
		t.Error("the same makes another sum")
	}
}

func TestCandidatesOutliveRotation(t *testing.T) {
	t.Parallel()
	old, fresh := key("old"), key("fresh")
	before := keyed(t, "codes", old).Sum("ada", "text")
	rotated := keyed(t, "codes", fresh, old)
	if !slices.Contains(rotated.Candidates("ada", "text"), before) {
		t.Error("what the old key made is no candidate any more")
	}
	if sum := rotated.Sum("ada", "text"); !strings.HasPrefix(sum, "fresh:") || !slices.Contains(rotated.Candidates("ada", "text"), sum) {
		t.Errorf("Sum is %s", sum)
	}
}

func TestNewWithoutKeys(t *testing.T) {
	t.Parallel()
	if _, err := mac.New(secret.Keyring{}, "codes"); err == nil {
		t.Error("no error")
	}
}
