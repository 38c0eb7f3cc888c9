package abuse

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/abuse/checklist"
	"github.com/watchword/watchword/tests/kit"
)

func TestTheTableIsCurrent(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(checklist.Render(), string(got)); diff != "" {
		t.Errorf("go run ./tests/abuse/table renews it (-want +got):\n%s", diff)
	}
}

func TestWhatTheTableNamesExists(t *testing.T) {
	t.Parallel()
	root, err := kit.Root()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]string{} // tests by folder
	for _, row := range checklist.Rows() {
		if row.By != "" {
			if _, err := os.Stat(filepath.Join(root, row.By)); err != nil {
				t.Errorf("%s: %v", row.ID, err)
			}
		}
		if len(row.Tests) == 0 && row.By == "" && row.Waits == "" {
			t.Errorf("%s: neither shown nor waiting", row.ID)
		}
		for _, test := range row.Tests {
			folder, name, _ := strings.Cut(test, ".")
			if known[folder] == nil {
				known[folder] = testsIn(t, filepath.Join(root, folder))
			}
			if !slices.Contains(known[folder], name) {
				t.Errorf("%s: there is no %s", row.ID, test)
			}
		}
	}
}

// testsIn names the tests of a folder's package.
func testsIn(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{""}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

// The checklist is the project's, beside the repository; where it isn't at hand the rows are only held against each other.
func TestEveryRowIsInTheTable(t *testing.T) {
	t.Parallel()
	var ours []string
	for _, row := range checklist.Rows() {
		if slices.Contains(ours, row.ID) {
			t.Errorf("%s is there twice", row.ID)
		}
		ours = append(ours, row.ID)
	}
	root, err := kit.Root()
	if err != nil {
		t.Fatal(err)
	}
	shared := os.Getenv("WATCHWORD_SHARED")
	if shared == "" {
		shared = filepath.Join(root, "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(shared, "SECURITY.md"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s holds no SECURITY.md (WATCHWORD_SHARED): the table's rows are NOT compared with the checklist", shared)
	}
	if err != nil {
		t.Fatal(err)
	}
	var theirs []string
	for _, m := range regexp.MustCompile(`(?m)^- ([A-Z]{2}-\d{2}) \|`).FindAllStringSubmatch(string(text), -1) {
		theirs = append(theirs, m[1])
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("rows (-checklist +table):\n%s", diff)
	}
}
