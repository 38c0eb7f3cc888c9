package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// suite is Watchword as separate processes, on stores of its own.
type suite struct {
	dir        string
	mongo      string // URI
	redis      string // host and port
	signingKey string // path
	stores     []*process
	services   []*process
	auth       string // the public listener's host and port
	users      string
	internal   map[string]string // the internal listeners' base URLs
	ready      map[string]time.Duration
	accounts   int
	sessions   []*session
}

// The stores for Redis; MongoDB is the embedded one in both.
const (
	embedded = "embedded stores"
	debian   = "redis-server"
)

// startSuite starts stores and services and waits until they are ready. The suite comes back with an error too, to be
// stopped.
func startSuite(ctx context.Context, binaries, stores string, extra map[string]string) (*suite, error) {
	s := &suite{ready: map[string]time.Duration{}, internal: map[string]string{}}
	var err error
	if s.dir, err = os.MkdirTemp("", "watchword-bench-"); err != nil {
		return s, err
	}
	if err := s.startStores(ctx, binaries, stores); err != nil {
		return s, err
	}
	return s, s.startServices(ctx, binaries, extra)
}

func (s *suite) startStores(ctx context.Context, binaries, stores string) error {
	local := filepath.Join(binaries, "local")
	keys := filepath.Join(s.dir, "keys")
	if text, err := exec.CommandContext(ctx, local, "keys", keys).CombinedOutput(); err != nil {
		return fmt.Errorf("mint keys: %w: %s", err, text)
	}
	s.signingKey = filepath.Join(keys, "signing", "0001.pem")
	args := []string{"stores"}
	if stores == debian {
		args = append(args, "--redis", "")
	}
	p, err := start(ctx, "stores", local, map[string]string{"WATCHWORD_DATA": s.dir}, args...)
	if err != nil {
		return err
	}
	s.stores = append(s.stores, p)
	var info struct {
		Stores struct{ MongoDB, Redis string }
	}
	_, err = p.await(func() bool {
		text, err := os.ReadFile(filepath.Join(s.dir, "run.json"))
		return err == nil && json.Unmarshal(text, &info) == nil
	})
	if err != nil {
		return err
	}
	s.mongo, s.redis = info.Stores.MongoDB, strings.TrimSuffix(strings.TrimPrefix(info.Stores.Redis, "redis://"), "/0")
	if stores == debian {
		return s.startRedis(ctx)
	}
	return nil
}

// startRedis runs redis-server as its manual advises for data that must last: append-only, synced each second.
func (s *suite) startRedis(ctx context.Context) error {
	address, err := freeAddresses(1)
	if err != nil {
		return err
	}
	s.redis = address[0]
	_, port, _ := strings.Cut(s.redis, ":")
	p, err := start(ctx, "redis-server", "redis-server", nil, "--bind", "127.0.0.1", "--port", port, "--dir", s.dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction")
	if err != nil {
		return err
	}
	s.stores = append(s.stores, p)
	_, err = p.await(func() bool { return listens(s.redis) })
	return err
}

func (s *suite) startServices(ctx context.Context, binaries string, extra map[string]string) error {
	at, err := freeAddresses(5)
	if err != nil {
		return err
	}
	s.auth, s.users = at[0], at[1]
	s.internal = map[string]string{"auth": "http://" + at[2], "users": "http://" + at[3], "mailer": "http://" + at[4]}
	public := map[string]string{"auth": s.auth, "users": s.users}
	for _, name := range []string{"mailer", "auth", "users"} { // users asks auth for its keys at the first token only
		env := s.settings(at[0])
		env["WATCHWORD_PUBLIC_ADDR"] = public[name]
		env["WATCHWORD_INTERNAL_ADDR"] = strings.TrimPrefix(s.internal[name], "http://")
		for key, value := range extra {
			env[key] = value
		}
		p, err := start(ctx, name, filepath.Join(binaries, name), env)
		if err != nil {
			return err
		}
		s.services = append(s.services, p)
		if s.ready[name], err = p.await(func() bool { return answers(s.internal[name] + "/readyz") }); err != nil {
			return err
		}
	}
	return nil
}

// settings are the services': the defaults but for where things are, and for limits that one client would run into.
func (s *suite) settings(public string) map[string]string {
	env := map[string]string{
		"WATCHWORD_PUBLIC_URL":  "http://" + public,
		"WATCHWORD_AUTH_URL":    s.internal["auth"],
		"WATCHWORD_USERS_URL":   s.internal["users"],
		"WATCHWORD_MAILER_URL":  s.internal["mailer"],
		"WATCHWORD_MONGODB_URI": s.mongo,
		"WATCHWORD_REDIS_URL":   "redis://" + s.redis,
		"WATCHWORD_SMTP_URL":    "smtp://127.0.0.1:9?starttls=disabled", // nobody has an address that is mailed to here
		"WATCHWORD_MAIL_FROM":   "bench@example.com",
		"WATCHWORD_LIMIT_SCALE": "100000",

		"WATCHWORD_SIGNING_KEYS_DIR": filepath.Dir(s.signingKey),
	}
	for _, name := range []string{"SERVICE_KEYS", "CSRF_KEYS", "LIMIT_KEY", "REFRESH_KEYS", "SEAL_KEYS", "PEPPER_KEYS"} {
		file := strings.ToLower(strings.Replace(name, "_", ".", 1))
		env["WATCHWORD_"+name+"_FILE"] = filepath.Join(s.dir, "keys", file)
	}
	return env
}

// processes are all of the suite's.
func (s *suite) processes() []*process { return slices.Concat(s.services, s.stores) }

// stop ends what was started, callers first, and takes the data away.
func (s *suite) stop() error {
	var errs []error
	for _, p := range s.processes() {
		errs = append(errs, p.stop())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// baselines are the two processes that the suite is held against: the first asks the second, as auth asks users.
type baselines struct {
	address   string
	processes []*process
}

func startBaselines(ctx context.Context, binaries string, s *suite) (*baselines, error) {
	at, err := freeAddresses(2)
	if err != nil {
		return nil, err
	}
	b := &baselines{address: at[0]}
	for i, address := range at {
		p, err := start(ctx, "baseline", filepath.Join(binaries, "baseline"), nil, "-listen", address, "-peer", "http://"+at[1],
			"-mongodb", s.mongo, "-redis", s.redis, "-key", s.signingKey)
		if err != nil {
			return b, err
		}
		b.processes = append(b.processes, p)
		if _, err := p.await(func() bool { return listens(at[i]) }); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (b *baselines) stop() error {
	var errs []error
	for _, p := range b.processes {
		errs = append(errs, p.stop())
	}
	return errors.Join(errs...)
}
