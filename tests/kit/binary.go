package kit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sync"
)

// binaries are built at most once in a process.
var binaries struct {
	sync.Mutex
	dir   string
	paths map[string]string
}

// Binary builds the command in a folder of the repository, such as "deploy/local", and gives the binary's path.
func Binary(folder string) (string, error) {
	b := &binaries
	b.Lock()
	defer b.Unlock()
	if built, ok := b.paths[folder]; ok {
		return built, nil
	}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "watchword-bin-")
		if err != nil {
			return "", err
		}
		b.dir, b.paths = dir, map[string]string{}
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	out := filepath.Join(b.dir, path.Base(folder))
	build := exec.Command("go", "build", "-o", out, ".")
	build.Dir = filepath.Join(root, filepath.FromSlash(folder))
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", folder, err, text)
	}
	b.paths[folder] = out
	return out, nil
}

func removeBinaries() {
	binaries.Lock()
	defer binaries.Unlock()
	if binaries.dir != "" {
		_ = os.RemoveAll(binaries.dir) // a temporary folder; nothing depends on its going
	}
}

// Root is the repository: the folder with go.work, above the one that the test runs in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.work above the test's folder")
		}
		dir = parent
	}
}
