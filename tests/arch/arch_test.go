// Package arch makes the rules of the tree hold by failing the build: which way imports run, what core may know, how files
// and modules are kept. It reads the sources and go list, and runs nothing.
package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// pkg is a package of the repository, as go list tells.
type pkg struct {
	Dir          string
	ImportPath   string
	Name         string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
	Module       struct{ Path, Dir string }
}

// prefix is what the modules' paths begin with.
const prefix = "github.com/watchword/watchword/"

// path is the package's below the repository, such as "services/auth/internal/core".
func (p pkg) path() string { return strings.TrimPrefix(p.ImportPath, prefix) }

// within tells whether the package is that folder or below it.
func (p pkg) within(folder string) bool { return within(p.path(), folder) }

// forTests tells whether the package is part of tests, though its files are not named so.
func (p pkg) forTests() bool { return p.within("tests") || strings.HasSuffix(p.Name, "test") }

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// imports are those of the package's own files.
func (p pkg) imports() []string { return p.Imports }

// everyImport are those of its tests too.
func (p pkg) everyImport() []string {
	return slices.Concat(p.Imports, p.TestImports, p.XTestImports)
}

// files are all its Go files, whole paths.
func (p pkg) files() []string {
	var out []string
	for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
		out = append(out, filepath.Join(p.Dir, name))
	}
	return out
}

// root is the repository.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.work above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
}

// listed is go list's answer, the same for all tests.
var listed = sync.OnceValues(func() ([]pkg, error) {
	list := exec.Command("go", "list", "-json=Dir,ImportPath,Name,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports,Deps,Module", "work")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		return nil, errors.Join(err, errors.New(stderr.String()))
	}
	var all []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, p)
	}
})

func packages(t *testing.T) []pkg {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 40 {
		t.Fatalf("only %d packages: this shows nothing", len(all))
	}
	return all
}

// services are the names of the folders under services.
func services(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root(t), "services"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	if len(out) != 3 {
		t.Fatalf("services %v", out)
	}
	return out
}
