package mac_test

import (
	"slices"
	"testing"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/mac"
)

func TestAKeyIsRenamed(t *testing.T) {
	t.Parallel()
	one := key("k1")
	hash := keyed(t, "codes", one).Sum("ada", "text")
	if got := mac.KeyOf(hash); got != "k1" {
		t.Errorf("KeyOf = %q", got)
	}
	moved := mac.RenameKey(hash, "old")
	there := keyed(t, "codes", key("k1"), secret.Key{ID: "old", Bytes: one.Bytes})
	if !slices.Contains(there.Candidates("ada", "text"), moved) || slices.Contains(there.Candidates("ada", "text"), hash) {
		t.Errorf("%s is not what it is there", moved)
	}
	if got := mac.KeyOf("text"); got != "" {
		t.Errorf("KeyOf of no hash = %q", got)
	}
}
