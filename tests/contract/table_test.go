package contract

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

// statusLines are those of testdata/statuses-….txt: method, path and status.
func statusLines(t *testing.T, dialect string) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/statuses-" + dialect + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 {
			out = append(out, strings.Join(fields, " "))
		}
	}
	return out
}

// tableRow is a line of README.md: an endpoint or "any", a status, and tests.
var tableRow = regexp.MustCompile("(?m)^\\| (any|`[A-Z]+ /\\S*`) \\| (\\d{3}) \\| (.+) \\|$")

func TestTheTableIsWhole(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := &testNames{byFolder: map[string]string{}}
	sections := strings.Split(string(text), "\n## ")[1:]
	for i, dialect := range kit.Dialects {
		title, section, _ := strings.Cut(sections[i], "\n")
		if title != dialect {
			t.Fatalf("the section of %s is about %s", dialect, title)
		}
		var rows []string
		for _, m := range tableRow.FindAllStringSubmatch(section, -1) {
			endpoint := strings.Trim(strings.Replace(m[1], "any", "* *", 1), "`")
			rows = append(rows, endpoint+" "+m[2])
			for name := range strings.SplitSeq(m[3], ", ") {
				if !tests.have(t, strings.Trim(name, "`")) {
					t.Errorf("%s, %s %s: there is no %s", dialect, endpoint, m[2], name)
				}
			}
		}
		if diff := cmp.Diff(statusLines(t, dialect), rows); diff != "" {
			t.Errorf("%s (-testdata/statuses-%s.txt +README.md):\n%s", dialect, dialect, diff)
		}
		if _, deviations, _ := strings.Cut(section, "\nDeviations:\n"); !strings.HasPrefix(deviations, "- ") {
			t.Errorf("%s: no deviations", dialect)
		}
	}
}

// testNames reads test sources at most once.
type testNames struct{ byFolder map[string]string }

// have tells whether "TestX" is here, or "auth/lynx TestX" in that dialect's package.
func (n *testNames) have(t *testing.T, name string) bool {
	t.Helper()
	root, err := kit.Root()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(root, "tests", "contract")
	if where, rest, elsewhere := strings.Cut(name, " "); elsewhere {
		service, dialect, _ := strings.Cut(where, "/")
		folder, name = filepath.Join(root, "services", service, "internal", "dialect", dialect), rest
	}
	if n.byFolder[folder] == "" {
		files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			n.byFolder[folder] += string(text)
		}
	}
	return strings.Contains(n.byFolder[folder], fmt.Sprintf("\nfunc %s(t *testing.T) {", name))
}

// documented says how a seed document heads its routes, by the groups method and path.
var documented = map[string]struct{ file, route string }{
	"legion":   {"000_*.txt", `^(?P<method>GET|POST|PUT|PATCH|DELETE) [^/\n]*(?P<path>/[^ ?\n]*)`},
	"nerdcult": {"001_*.txt", "^### `(?P<path>[^`]+)` - (?P<method>\\w+)"},
	"ild":      {"002_*.txt", `^(?P<method>GET|POST|PUT|PATCH|DELETE) (?P<path>/\S+)`},
	"wolf":     {"003_*.txt", `^(?P<method>GET|POST|PUT|PATCH|DELETE) (?P<path>/\S+)`},
	"lynx":     {"004_*.txt", `method="(?P<method>\w+)" path="(?P<path>[^"]+)"`},
}

// Below a route stand its statuses; a line of its own that begins with one is about all routes.
const documentedStatus = `|^(?:##### |- |Status Code: )(?P<status>\d{3})\b|status="(?P<status>\d{3})|^(?P<any>\d{3}) [A-Z]`

var seedParameter = regexp.MustCompile(`:(\w+)`)

func TestEveryStatusOfTheSeedDocumentsIsListed(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("WATCHWORD_SEEDS")
	if folder == "" {
		root, err := kit.Root()
		if err != nil {
			t.Fatal(err)
		}
		folder = filepath.Join(root, "..", "shared", "seeds")
	}
	for dialect, seed := range documented {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			found, err := filepath.Glob(filepath.Join(folder, seed.file))
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != 1 {
				t.Skipf("%s's document is not in %s (WATCHWORD_SEEDS): its statuses are NOT compared with it", dialect, folder)
			}
			text, err := os.ReadFile(found[0])
			if err != nil {
				t.Fatal(err)
			}
			said, listed := statusesOf(string(text), seed.route), statusLines(t, dialect)
			if len(said) < 5 {
				t.Fatalf("only %q", said)
			}
			for _, line := range said {
				if !slices.ContainsFunc(listed, func(l string) bool { return strings.HasPrefix(l, line) }) {
					t.Errorf("%q is in the document and not listed", line)
				}
			}
		})
	}
}

// statusesOf reads a document: a line for each route, and for each status of one.
func statusesOf(document, route string) (lines []string) {
	pattern := regexp.MustCompile(`(?m)` + route + documentedStatus)
	current := ""
	for _, m := range pattern.FindAllStringSubmatch(document, -1) {
		group := map[string]string{}
		for i, name := range pattern.SubexpNames() {
			if m[i] != "" {
				group[name] = m[i]
			}
		}
		switch {
		case group["path"] != "":
			current = strings.ToUpper(group["method"]) + " " + seedParameter.ReplaceAllString(group["path"], "{$1}") + " "
			lines = append(lines, current)
		case group["any"] != "":
			lines = append(lines, "* * "+group["any"])
		default:
			lines = append(lines, current+group["status"])
		}
	}
	return lines
}
