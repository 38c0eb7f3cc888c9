package launch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// The control socket lets a command ask the process that holds the data. Whoever may enter the data folder may use it.
const (
	controlName  = "control.sock"
	backupPath   = "/backup"
	backupLimit  = 10 * time.Minute
	controlDrain = 5 * time.Second
)

type backupRequest struct {
	Folder string `json:"folder"` // absolute, and new
}

// control serves backups of s on a socket in the data folder.
func control(data string, s stores) (loop, error) {
	path := filepath.Join(data, controlName)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err // one that a killed process left; the stores' locks say that none runs now
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+backupPath, func(w http.ResponseWriter, r *http.Request) {
		var in backupRequest
		err := json.NewDecoder(r.Body).Decode(&in)
		if err == nil {
			err = s.backup(r.Context(), data, in.Folder)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: controlDrain}
	return func(ctx context.Context) error {
		go func() {
			<-ctx.Done()
			drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), controlDrain)
			defer cancel()
			_ = server.Shutdown(drain) // a backup under way is not kept
		}()
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, nil
}

// backup copies keys, sessions and accounts into a new folder, in this order: what a session's account has changed since
// is then in the copy too, so no session that has ended comes back to life by a refresh.
func (s stores) backup(ctx context.Context, data, folder string) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	if err := copyKeys(filepath.Join(data, "keys"), filepath.Join(folder, "keys")); err != nil {
		return err
	}
	if s.redis != nil {
		if err := s.redis.Backup(ctx, filepath.Join(folder, redisFile)); err != nil {
			return err
		}
	}
	if s.mongo != nil {
		return s.mongo.Backup(ctx, filepath.Join(folder, mongoFile))
	}
	return nil
}

// copyKeys copies a folder of small files; stores that run alone have none.
func copyKeys(from, to string) error {
	source, err := os.OpenRoot(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	target, err := os.OpenRoot(to)
	if err != nil {
		return err
	}
	defer target.Close()
	return fs.WalkDir(source.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || path == ".":
			return err
		case d.IsDir():
			return target.Mkdir(path, 0o700)
		}
		content, err := source.ReadFile(path)
		if err != nil {
			return err
		}
		return target.WriteFile(path, content, 0o600)
	})
}

// Backup asks the process that runs on data to copy it into folder, which must not exist yet.
func Backup(ctx context.Context, data, folder string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, backupLimit)
	defer cancel()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(data, controlName))
	}}}
	body, err := json.Marshal(backupRequest{Folder: folder})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control"+backupPath, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("nothing runs on %s that could copy itself; a folder that is not in use can simply be copied: %w", data, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		why, _ := io.ReadAll(io.LimitReader(res.Body, 1<<12))
		return fmt.Errorf("no backup was made: %s", why)
	}
	return nil
}
