package password

import (
	"errors"
	"testing"
)

func TestAPepperIsRenamed(t *testing.T) {
	t.Parallel()
	here, there := pepper("k1", 1), pepper("old", 1)
	hash := hashOf(t, cheap(t, here), "correct horse")
	if got := PepperOf(hash); got != "k1" {
		t.Errorf("PepperOf = %q", got)
	}
	moved, err := RenamePepper(hash, "old")
	if err != nil || PepperOf(moved) != "old" {
		t.Fatalf("RenamePepper = %q, %v", moved, err)
	}
	wantVerify(t, cheap(t, pepper("k1", 2), there), moved, "correct horse", true)

	const bare = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for _, c := range []struct{ hash, id string }{{bare, "old"}, {"plain text", "old"}, {"", "old"}, {hash, ""}, {hash, "a$b"}} {
		if got, err := RenamePepper(c.hash, c.id); !errors.Is(err, ErrUnreadable) {
			t.Errorf("RenamePepper(%q, %q) = %q, %v", c.hash, c.id, got, err)
		}
		if c.hash != hash && PepperOf(c.hash) != "" {
			t.Errorf("PepperOf(%q) = %q", c.hash, PepperOf(c.hash))
		}
	}
}
