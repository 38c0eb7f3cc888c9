package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// seedRoute is a route as the documents head a section: the method, a lock or not, the path, a query or not.
var seedRoute = regexp.MustCompile(`(?m)^(GET|POST|PUT|PATCH|DELETE) [^/\n]*(/[^ ?\n]*)`)

func TestEveryRouteOfTheSeedDocumentIsListed(t *testing.T) {
	t.Parallel()
	seeds := os.Getenv("WATCHWORD_SEEDS")
	if seeds == "" {
		seeds = filepath.Join(root(t), "..", "shared", "seeds")
	}
	for dialect, pattern := range map[string]string{"legion": "000_*.txt"} {
		found, err := filepath.Glob(filepath.Join(seeds, pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 {
			t.Skipf("%s's document is not in %s (WATCHWORD_SEEDS): its routes are NOT compared with it", dialect, seeds)
		}
		document, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(root(t), "tests", "contract", "testdata", "routes-"+dialect+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		var listed []string
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) == 3 {
				listed = append(listed, fields[0]+" "+fields[1])
			}
		}
		routes := seedRoute.FindAllStringSubmatch(string(document), -1)
		if len(routes) < 10 {
			t.Fatalf("only %d routes in %s: this shows nothing", len(routes), found[0])
		}
		for _, r := range routes {
			if !slices.Contains(listed, r[1]+" "+r[2]) {
				t.Errorf("%s: %s %s is in the document and not listed", dialect, r[1], r[2])
			}
		}
	}
}
