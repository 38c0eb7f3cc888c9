package arch

import (
	"bytes"
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
)

// syntax parses a file.
func syntax(t *testing.T, path string, mode parser.Mode) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, mode)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestEveryPackageHasOnePackageComment(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		var comments []string
		for _, path := range p.files() {
			if doc := syntax(t, path, parser.ParseComments|parser.PackageClauseOnly).Doc; doc != nil {
				comments = append(comments, filepath.Base(path)+": "+doc.Text())
			}
		}
		if len(comments) != 1 {
			t.Errorf("%s has %d package comments: %.200q", p.path(), len(comments), comments)
			continue
		}
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command "
		}
		if _, text, _ := strings.Cut(comments[0], ": "); !strings.HasPrefix(text, want) {
			t.Errorf("%s: the package comment begins %.60q, want %q", p.path(), text, want)
		}
	}
}

// lines counts a file's.
func lines(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, path := range p.files() {
			n := lines(t, path)
			if n > 500 {
				t.Errorf("%s has %d lines", path, n)
			}
			if p.Name == "main" && filepath.Base(path) == "main.go" && n >= 60 {
				t.Errorf("%s has %d lines", path, n)
			}
		}
	}
}

// timeless tells whether the package's time and chance are given to it: all cores, tokens, TOTP and the stores.
func timeless(p pkg) bool {
	for _, folder := range []string{"pkg/token", "pkg/code", "pkg/session", "pkg/id", "pkg/secret", "pkg/limit"} {
		if p.within(folder) {
			return true
		}
	}
	_, inside, ok := strings.Cut(p.path(), "/internal/")
	return ok && p.within("services") && !p.forTests() &&
		(within(inside, "core") || within(inside, "store") || within(inside, "totp"))
}

// ambient are functions that take time, chance or settings from the process.
var ambient = map[string][]string{
	"time": {"Now", "Sleep", "Since", "Until"},
	"rand": {"Read", "Reader", "Text", "Int"},
	"os":   {"Getenv", "LookupEnv", "Environ"},
}

func TestTimeAndChanceAreGiven(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, p := range packages(t) {
		if !timeless(p) {
			continue
		}
		for _, name := range p.GoFiles {
			checked++
			path := filepath.Join(p.Dir, name)
			file := syntax(t, path, parser.SkipObjectResolution)
			ast.Inspect(file, func(n ast.Node) bool {
				selector, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := selector.X.(*ast.Ident); ok && slices.Contains(ambient[x.Name], selector.Sel.Name) {
					t.Errorf("%s uses %s.%s", path, x.Name, selector.Sel.Name)
				}
				return true
			})
		}
	}
	if checked < 40 {
		t.Errorf("only %d files: this shows nothing", checked)
	}
}

func TestSettingsAreReadAtTheTopAlone(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if !p.within("services") && !p.within("pkg") || p.within("pkg/serve") || p.within("pkg/storetest") || strings.Contains(p.path(), "/cmd/") {
			continue
		}
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			ast.Inspect(syntax(t, path, parser.SkipObjectResolution), func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "os" && slices.Contains(ambient["os"], s.Sel.Name) {
						t.Errorf("%s uses os.%s", path, s.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

func TestNoInitAndNoFibersRandomIDs(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			ast.Inspect(syntax(t, path, parser.SkipObjectResolution), func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if n.Recv == nil && n.Name.Name == "init" {
						t.Errorf("%s has an init", path)
					}
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "utils" && strings.HasPrefix(n.Sel.Name, "UUID") {
						t.Errorf("%s uses utils.%s", path, n.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

// traces are what tells of one machine or of unfinished work.
var traces = map[string]*regexp.Regexp{
	"a machine's path": regexp.MustCompile(`(?:/root/|/work/|/home/[a-z]|/Users/[a-z]|/tmp/[a-z]|[A-Z]:\\)`),
	"unfinished work":  regexp.MustCompile(`\b(?:TODO|FIXME|XXX|HACK)\b|panic\("(?:shape|not implemented|unimplemented)`),
}

func TestSourcesTellOfNoMachineAndNoUnfinishedWork(t *testing.T) {
	t.Parallel()
	top := root(t)
	checked := 0
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != top && (strings.HasPrefix(name, ".") || name == "bin" || name == "redoc") {
			return fs.SkipDir
		}
		if entry.IsDir() || !slices.Contains([]string{".go", ".yaml", ".yml", ".md", ".html", ".txt", ".lua", ".mod", ".sh", ".tpl", ".json"}, filepath.Ext(name)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		checked++
		for what, pattern := range traces {
			if found := pattern.Find(text); found != nil && filepath.Base(path) != "source_test.go" {
				t.Errorf("%s holds %s: %s", strings.TrimPrefix(path, top+"/"), what, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 200 {
		t.Errorf("only %d files: this shows nothing", checked)
	}
}
