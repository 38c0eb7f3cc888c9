package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// seed says how a document heads its routes: the pattern's first two groups are method and path, or path and method.
type seed struct {
	file, route string
	pathFirst   bool
	routes      int // how many there are, or this test shows nothing
}

var seeds = map[string]seed{
	// The method, a lock or not, the path, a query or not.
	"legion":   {"000_*.txt", `(?m)^(GET|POST|PUT|PATCH|DELETE) [^/\n]*(/[^ ?\n]*)`, false, 10},
	"nerdcult": {"001_*.txt", "(?m)^### `([^`]+)` - (\\w+)", true, 6},
	"ild":      {"002_*.txt", `(?m)^(GET|POST|PUT|PATCH|DELETE) (/\S+)`, false, 19},
	"wolf":     {"003_*.txt", `(?m)^(GET|POST|PUT|PATCH|DELETE) (/\S+)`, false, 5},
	"lynx":     {"004_*.txt", `method="(\w+)" path="([^"]+)"`, false, 12},
}

// A parameter is written :name in a document and {name} in a list.
var seedParameter = regexp.MustCompile(`:(\w+)`)

func TestEveryRouteOfTheSeedDocumentsIsListed(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("WATCHWORD_SEEDS")
	if folder == "" {
		folder = filepath.Join(root(t), "..", "shared", "seeds")
	}
	for dialect, seed := range seeds {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			found, err := filepath.Glob(filepath.Join(folder, seed.file))
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != 1 {
				t.Skipf("%s's document is not in %s (WATCHWORD_SEEDS): its routes are NOT compared with it", dialect, folder)
			}
			document, err := os.ReadFile(found[0])
			if err != nil {
				t.Fatal(err)
			}
			listed := listedRoutes(t, dialect)
			routes := regexp.MustCompile(seed.route).FindAllStringSubmatch(string(document), -1)
			if len(routes) < seed.routes {
				t.Fatalf("only %d routes in %s", len(routes), found[0])
			}
			for _, r := range routes {
				method, path := r[1], r[2]
				if seed.pathFirst {
					method, path = path, method
				}
				route := strings.ToUpper(method) + " " + seedParameter.ReplaceAllString(path, "{$1}")
				if !slices.Contains(listed, route) {
					t.Errorf("%s is in the document and not listed", route)
				}
			}
		})
	}
}

// listedRoutes are those that the contract tests demand of a dialect: method and path.
func listedRoutes(t *testing.T, dialect string) []string {
	t.Helper()
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
	return listed
}
