package command

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheReadmesTableOfSettingsIsCurrent(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	now, err := withSettings(page)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(page), string(now)); d != "" {
		t.Errorf("run make docs-fix:\n%s", d)
	}
}
