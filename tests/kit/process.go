package kit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a running binary. It ends with the test process however that ends: its standard input closes then, and the
// binaries of deploy/local watch that; others are killed by Stop.
type Process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *buffer
	err   *buffer
	done  chan struct{} // closed when it has ended
}

// Launch runs a binary with the settings in env over what the test process has, but for the suite's own settings, which
// are never inherited.
func Launch(binary string, env map[string]string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(binary, args...), out: &buffer{}, err: &buffer{}, done: make(chan struct{})}
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "WATCHWORD_") && !strings.HasPrefix(setting, "OTEL_") {
			p.cmd.Env = append(p.cmd.Env, setting)
		}
	}
	p.cmd.Env = append(p.cmd.Env, "WATCHWORD_EXIT_ON_STDIN_EOF=1")
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.err
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // ExitCode tells
	}()
	return p, nil
}

// Output is what it has printed so far, and Log its standard error.
func (p *Process) Output() string { return p.out.String() }

// Log is what it has written to standard error so far.
func (p *Process) Log() string { return p.err.String() }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// PID is the process's.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// CloseInput ends the process's standard input.
func (p *Process) CloseInput() error { return p.stdin.Close() }

// Signal sends one; a process that has ended already is no error.
func (p *Process) Signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Kill ends it without warning, as a power cut does, and waits for that.
func (p *Process) Kill() error {
	err := p.Signal(syscall.SIGKILL)
	<-p.done
	return err
}

// Stop asks it to end, waits for that and gives its exit code. One that doesn't is killed, which is an error.
func (p *Process) Stop() (code int, err error) {
	if err := p.Signal(os.Interrupt); err != nil {
		return 0, err
	}
	return p.Await(Patience)
}

// Await waits for the process to end by itself and gives its exit code.
func (p *Process) Await(limit time.Duration) (code int, err error) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(limit):
		return 0, errors.Join(fmt.Errorf("process still runs after %s", limit), p.Kill())
	}
}

// buffer may be read while a process writes into it.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
