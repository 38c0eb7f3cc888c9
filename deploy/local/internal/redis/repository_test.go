package redis

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// repositoryScripts are all that the repository keeps, tests aside: the files NAME.lua under their path, and what Go code
// hands to NewScript itself, under the file's path and the variable's name.
func repositoryScripts(t *testing.T) map[string]string {
	t.Helper()
	top, out := root(t), map[string]string{}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) { // another test's, which has ended
				return nil
			}
			return err
		}
		if d.IsDir() && path != top && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		lua := strings.HasSuffix(path, ".lua")
		if !lua && (!strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go")) {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		switch name = filepath.ToSlash(name); {
		case lua:
			out[name] = string(source)
		case strings.Contains(string(source), ".NewScript("):
			for variable, script := range inGo(t, name, source) {
				out[name+":"+variable] = script
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("no script found")
	}
	return out
}

// inGo finds the scripts that a Go file has as literals, by the variables that hold them. One that comes from elsewhere
// fails the test, unless it is a variable that go:embed fills.
func inGo(t *testing.T, path string, source []byte) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared, out := map[string]ast.Expr{}, map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			declared[name.Name] = nil
			if i < len(spec.Values) {
				declared[name.Name] = spec.Values[i]
			}
		}
		return true
	})
	found := func(variable string, e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok {
			value, known := declared[id.Name]
			if known && value == nil { // go:embed
				return
			}
			e = value
		}
		literal, ok := e.(*ast.BasicLit)
		if !ok {
			t.Errorf("%s: the script of %s can't be reached: make it a .lua file", path, variable)
			return
		}
		if out[variable], err = strconv.Unquote(literal.Value); err != nil {
			t.Error(err)
		}
	}
	calls := 0
	isCall := func(e ast.Expr) (*ast.CallExpr, bool) {
		call, ok := e.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return nil, false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		return call, ok && sel.Sel.Name == "NewScript"
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if _, ok := isCall(e); ok {
				calls++
			}
		}
		return true
	})
	for variable, e := range declared {
		if call, ok := isCall(e); ok {
			calls--
			found(variable, call.Args[0])
		}
	}
	if calls != 0 {
		t.Errorf("%s: %d calls of NewScript outside a declaration", path, calls)
	}
	return out
}

// root is the repository's: the folder of go.work.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.work above the test")
		}
	}
}
