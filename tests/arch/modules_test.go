package arch

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// modules are the folders that hold a go.mod, from the top.
func modules(t *testing.T) []string {
	t.Helper()
	top := root(t)
	var out []string
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() != "." && strings.HasPrefix(entry.Name(), ".") && path != top {
			return fs.SkipDir
		}
		if entry.Name() == "go.mod" {
			folder, err := filepath.Rel(top, filepath.Dir(path))
			if err != nil {
				return err
			}
			out = append(out, filepath.ToSlash(folder))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// edit is what go work edit -json or go mod edit -json say.
type edit struct {
	Go      string
	Module  struct{ Path string }
	Use     []struct{ DiskPath string }
	Require []struct{ Path, Version string }
	Replace []struct {
		Old, New struct{ Path, Version string }
	}
}

func read(t *testing.T, kind, file string) edit {
	t.Helper()
	out, err := exec.Command("go", kind, "edit", "-json", file).Output()
	if err != nil {
		t.Fatalf("go %s edit -json %s: %v", kind, file, err)
	}
	var e edit
	if err := json.Unmarshal(out, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWorkspaceListsTheModules(t *testing.T) {
	t.Parallel()
	var used []string
	for _, use := range read(t, "work", filepath.Join(root(t), "go.work")).Use {
		used = append(used, strings.TrimPrefix(use.DiskPath, "./"))
	}
	slices.Sort(used)
	if diff := cmp.Diff(modules(t), used); diff != "" {
		t.Errorf("modules (-found +used):\n%s", diff)
	}
}

func TestModulesReachTheirSiblingsByTheirPaths(t *testing.T) {
	t.Parallel()
	siblings := map[string]map[string]bool{} // by module: the modules that its packages import
	for _, p := range packages(t) {
		if siblings[p.Module.Path] == nil {
			siblings[p.Module.Path] = map[string]bool{}
		}
		for _, imported := range p.everyImport() {
			for _, folder := range modules(t) {
				if m := prefix + folder; m != p.Module.Path && within(imported, m) {
					siblings[p.Module.Path][m] = true
				}
			}
		}
	}
	for _, folder := range modules(t) {
		mod := read(t, "mod", filepath.Join(root(t), folder, "go.mod"))
		if mod.Module.Path != prefix+folder || mod.Go != "1.26.0" {
			t.Errorf("%s is module %s, go %s", folder, mod.Module.Path, mod.Go)
		}
		for sibling := range siblings[mod.Module.Path] {
			required := slices.ContainsFunc(mod.Require, func(r struct{ Path, Version string }) bool {
				return r.Path == sibling && r.Version == "v0.0.0"
			})
			relative, err := filepath.Rel(folder, strings.TrimPrefix(sibling, prefix))
			if err != nil {
				t.Fatal(err)
			}
			replaced := slices.ContainsFunc(mod.Replace, func(r struct {
				Old, New struct{ Path, Version string }
			},
			) bool {
				return r.Old.Path == sibling && r.New.Path == filepath.ToSlash(relative)
			})
			if !required || !replaced {
				t.Errorf("%s: require %s v0.0.0: %t; replace by %s: %t", folder, sibling, required, relative, replaced)
			}
		}
	}
}

// alone are packages of pkg that fewer than two services reach, and why they may stay.
var alone = map[string]string{
	"pkg/internal":               "helps pkg's own tests",
	"pkg/storetest":              "is for tests",
	"pkg/rpc/rpctest":            "is for tests",
	"pkg/usersapi/usersclient":   "is one end of a contract, whose other end is users",
	"pkg/usersapi/usersfake":     "stands in for users in tests",
	"pkg/usersapi/userscontract": "is the contract's test",
	"pkg/mailapi/mailfake":       "stands in for mailer in tests",
	"pkg/mailapi/mailcontract":   "is the contract's test",
}

func TestPkgIsSharedByTwoServices(t *testing.T) {
	t.Parallel()
	reached := map[string]map[string]bool{}
	all := packages(t)
	for _, p := range all {
		rest, ok := strings.CutPrefix(p.path(), "services/")
		if !ok {
			continue
		}
		service, _, _ := strings.Cut(rest, "/")
		for _, dependency := range p.Deps {
			if reached[dependency] == nil {
				reached[dependency] = map[string]bool{}
			}
			reached[dependency][service] = true
		}
	}
	for _, p := range all {
		if !p.within("pkg") {
			continue
		}
		excused := false
		for folder := range alone {
			excused = excused || p.within(folder)
		}
		if n := len(reached[p.ImportPath]); n < 2 && !excused {
			t.Errorf("%s is reached by %d services", p.path(), n)
		}
	}
	for folder := range alone {
		if _, err := os.Stat(filepath.Join(root(t), folder)); err != nil {
			t.Errorf("%s is excused and not there", folder)
		}
	}
}
