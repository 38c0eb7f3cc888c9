package chart

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden shows in a review what a change of the chart does to a production installation.
func TestGolden(t *testing.T) {
	t.Parallel()
	got, said, err := template(t, "-f", valueFiles(t)["production"])
	if err != nil {
		t.Fatal(said)
	}
	path := filepath.Join("testdata", "production.yaml")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("run with -update if that is meant: %s", diff)
	}
}
