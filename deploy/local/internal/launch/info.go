package launch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Info is what run.json in the data folder tells of the process that runs there.
type Info struct {
	Gateway  string              `json:"gateway,omitempty"` // http://host:port
	Inbox    string              `json:"inbox,omitempty"`
	Services map[string]Bindings `json:"services,omitempty"`
	Stores   Stores              `json:"stores"`
	SMTP     string              `json:"smtp,omitempty"`
	PID      int                 `json:"pid"`
}

// Bindings are a service's listeners.
type Bindings struct {
	Public   string `json:"public,omitempty"`
	Internal string `json:"internal"`
}

// Stores says where the embedded stores are; empty: not run here.
type Stores struct {
	MongoDB string `json:"mongodb,omitempty"`
	Redis   string `json:"redis,omitempty"`
}

// ErrNotRunning says that no process has told where it listens.
var ErrNotRunning = errors.New("nothing runs with this data folder")

func infoPath(data string) string { return filepath.Join(data, "run.json") }

// ReadInfo reads run.json.
func ReadInfo(data string) (Info, error) {
	var i Info
	content, err := os.ReadFile(infoPath(data))
	if errors.Is(err, fs.ErrNotExist) {
		return i, ErrNotRunning
	}
	if err != nil {
		return i, err
	}
	return i, json.Unmarshal(content, &i)
}

// write puts the file in its place whole.
func (i Info) write(data string) error {
	content, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	next := infoPath(data) + ".new"
	if err := os.WriteFile(next, append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("write run.json: %w", err)
	}
	return os.Rename(next, infoPath(data))
}

func (i Info) remove(data string) error {
	err := os.Remove(infoPath(data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
