package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// startLimit covers building the stores on a slow machine.
const startLimit = 3 * time.Minute

// stores says where the embedded ones listen, as run.json does.
type stores struct {
	MongoDB string `json:"mongodb"`
	Redis   string `json:"redis"`
}

// start runs once for a test binary; nothing else in it can hold what all its tests share.
var start = sync.OnceValues(startStores)

func embedded(t testing.TB) stores {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatalf("start the embedded stores, or set WATCHWORD_TEST_MONGODB_URI and WATCHWORD_TEST_REDIS_URL: %v", err)
	}
	return s
}

// startStores runs deploy/local's stores on free ports. They end with this process, however it ends: they watch
// their standard input, whose other end only this process holds.
func startStores() (stores, error) {
	module, err := moduleDir()
	if err != nil {
		return stores{}, err
	}
	data, err := os.MkdirTemp("", "watchword-stores-")
	if err != nil {
		return stores{}, err
	}
	// The open files outlive their names, so nothing is left behind however this process ends.
	defer os.RemoveAll(data)

	log, err := os.Create(filepath.Join(data, "log"))
	if err != nil {
		return stores{}, err
	}
	// The go command keeps what it has built, so only the first test binary waits for the build.
	run := exec.Command("go", "run", ".", "stores")
	run.Dir = module
	run.Env = append(os.Environ(), "WATCHWORD_DATA="+data, "WATCHWORD_EXIT_ON_STDIN_EOF=1")
	run.Stdout, run.Stderr = log, log
	// Never closed by us: the end of this process closes it.
	if _, err := run.StdinPipe(); err != nil {
		return stores{}, err
	}
	if err := run.Start(); err != nil {
		return stores{}, err
	}
	exited := make(chan error, 1)
	go func() { exited <- run.Wait() }()
	s, err := awaitStores(filepath.Join(data, "run.json"), exited)
	if err != nil {
		_ = run.Process.Kill()
		return stores{}, fmt.Errorf("%s: %w\n%s", module, err, said(log))
	}
	go func() { // they outlive the tests, or it is told why they didn't
		err := <-exited
		fmt.Fprintf(os.Stderr, "the embedded stores ended: %v\n%s", err, said(log))
	}()
	return s, nil
}

// said is what the stores have logged.
func said(log *os.File) []byte {
	text, _ := io.ReadAll(io.NewSectionReader(log, 0, 1<<20))
	return text
}

// awaitStores waits until run.json is there and whole.
func awaitStores(path string, exited <-chan error) (stores, error) {
	deadline := time.After(startLimit)
	for {
		var run struct {
			Stores stores `json:"stores"`
		}
		content, err := os.ReadFile(path)
		if err == nil && json.Unmarshal(content, &run) == nil && run.Stores.MongoDB != "" && run.Stores.Redis != "" {
			return run.Stores, nil
		}
		select {
		case err := <-exited:
			return stores{}, fmt.Errorf("the stores ended at once: %w", err)
		case <-deadline:
			return stores{}, errors.New("the stores never wrote run.json")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// moduleDir finds deploy/local beside go.work, above the folder that the test runs in.
func moduleDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return filepath.Join(dir, "deploy", "local"), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.work above the test's folder")
		}
		dir = parent
	}
}
