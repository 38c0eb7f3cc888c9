package kit

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"
)

// The processes of an Apart.
const (
	Auth   = "auth"
	Users  = "users"
	Mailer = "mailer"
	Stores = "stores" // the embedded ones; not there where the test was given both

	// Instead of Stores, in a suite of StartAsunder.
	MongoDB = "mongodb"
	Redis   = "redis"
)

// order is that in which processes start: whoever is asked before whoever asks.
var order = [...]string{Stores, MongoDB, Redis, Mailer, Users, Auth}

// Apart is a suite whose services, and stores, are processes of their own. There is no gateway: clients speak to the
// services themselves. Each process may be killed and started again, on the same data and ports.
type Apart struct {
	*Suite
	launches  map[string]launch
	processes map[string]*Process
	asunder   bool // each store is a process of its own
}

// launch is how a process is started.
type launch struct {
	folder string // of its command, in the repository
	args   []string
	env    map[string]string
	ready  func(p *Process) bool
}

// StartApart runs one until the test ends, with settings over the kit's own. It has neither inbox nor mail server: env
// names one by WATCHWORD_SMTP_URL.
func StartApart(t testing.TB, env map[string]string) *Apart {
	t.Helper()
	return startApart(t, env, false)
}

// StartAsunder is StartApart with embedded stores that are two processes, whatever stores the environment names: they are
// there to be stopped.
func StartAsunder(t testing.TB, env map[string]string) *Apart {
	t.Helper()
	own := map[string]string{"WATCHWORD_MONGODB_URI": "", "WATCHWORD_MONGODB_DATABASE": "", "WATCHWORD_REDIS_URL": ""}
	maps.Copy(own, env)
	return startApart(t, own, true)
}

func startApart(t testing.TB, env map[string]string, asunder bool) *Apart {
	t.Helper()
	data := t.TempDir()
	s := &Suite{Data: data, Env: settings(Options{Data: data, Env: env}), http: NewHTTP(), canaries: newCanaries()}
	s.database = s.Env["WATCHWORD_MONGODB_DATABASE"]
	a := &Apart{Suite: s, launches: map[string]launch{}, processes: map[string]*Process{}, asunder: asunder}
	t.Cleanup(func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.start(); err != nil {
		t.Fatalf("start services: %v", err)
	}
	return a
}

func (a *Apart) start() error {
	if err := a.plan(); err != nil {
		return err
	}
	for _, name := range order {
		if _, ok := a.launches[name]; !ok {
			continue
		}
		if err := a.Restart(name); err != nil {
			return err
		}
	}
	var err error
	a.docs, err = FetchDocuments(a.http, a.Services[Auth].Public, a.Host(), a.Env)
	return err
}

// Names are those of the processes, sorted.
func (a *Apart) Names() []string { return slices.Sorted(maps.Keys(a.launches)) }

// Kill ends a process without warning, and fails where it has logged a secret.
func (a *Apart) Kill(name string) error {
	p := a.processes[name]
	err := p.Kill()
	a.http.CloseIdleConnections()
	return errors.Join(err, a.sweep(p))
}

// Restart starts a process, on the data and the ports that it had before, and waits until it is ready.
func (a *Apart) Restart(name string) error {
	l := a.launches[name]
	binary, err := Binary(l.folder)
	if err != nil {
		return err
	}
	p, err := Launch(binary, l.env, l.args...)
	if err != nil {
		return err
	}
	a.processes[name] = p
	for deadline := time.After(startLimit); !l.ready(p); {
		select {
		case <-p.Done():
			return fmt.Errorf("%s ended at once:\n%s%s", name, p.Output(), p.Log())
		case <-deadline:
			return fmt.Errorf("%s is not ready within %s:\n%s%s", name, startLimit, p.Output(), p.Log())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// Command runs a process's command once more beside it, with arguments, and with settings over its own ("" takes one away).
func (a *Apart) Command(name string, env map[string]string, args ...string) (*Process, error) {
	l := a.launches[name]
	binary, err := Binary(l.folder)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(l.env)
	maps.Copy(all, env)
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return Launch(binary, all, args...)
}

// Process is one of the suite's, by its name.
func (a *Apart) Process(name string) *Process { return a.processes[name] }

// close ends what runs, callers first, looks for secrets in the logs and drops the database on a server of others.
func (a *Apart) close() error {
	var errs []error
	for _, name := range slices.Backward(order[:]) {
		if p := a.processes[name]; p != nil {
			_, err := p.Stop()
			errs = append(errs, err, a.sweep(p))
		}
	}
	a.http.CloseIdleConnections()
	return errors.Join(append(errs, a.drop())...)
}

// sweep looks for secrets in what a process wrote; services log to their standard output.
func (a *Apart) sweep(p *Process) error { return a.canaries.sweep(p.Output() + p.Log()) }

func (a *Apart) answers(url string) bool {
	res, err := a.http.Get(url)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}
