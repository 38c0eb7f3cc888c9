package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	startLimit = 60 * time.Second
	// ticks is how many of them /proc counts in a second, on every Linux.
	ticks = 100
)

// process is one that this program has started, and ends.
type process struct {
	name   string
	cmd    *exec.Cmd
	errors bytes.Buffer
	began  time.Time
	done   chan struct{}
}

// start runs a binary with nothing in its environment but env. It is killed when ctx ends.
func start(ctx context.Context, name, binary string, env map[string]string, args ...string) (*process, error) {
	p := &process{name: name, cmd: exec.CommandContext(ctx, binary, args...), began: time.Now(), done: make(chan struct{})}
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	for key, value := range env {
		p.cmd.Env = append(p.cmd.Env, key+"="+value)
	}
	p.cmd.Stderr = &p.errors // its log goes to standard output, and from there nowhere
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // killed in the end, which is no news
	}()
	return p, nil
}

// stop kills it: its data goes too.
func (p *process) stop() error {
	err := p.cmd.Process.Kill()
	<-p.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// alive is an error where the process has ended.
func (p *process) alive() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s has ended (%s): %s", p.name, p.cmd.ProcessState, p.errors.String())
	default:
		return nil
	}
}

// await asks until ok, and gives the time since the process was started.
func (p *process) await(ok func() bool) (time.Duration, error) {
	for !ok() {
		if err := p.alive(); err != nil {
			return 0, err
		}
		if time.Since(p.began) > startLimit {
			return 0, fmt.Errorf("%s is not ready after %s", p.name, startLimit)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(p.began), nil
}

// usage is processor time by the process's name.
type usage map[string]time.Duration

// used is what the processes have used so far.
func used(processes []*process) (usage, error) {
	u := usage{}
	for _, p := range processes {
		stat, err := p.proc("stat")
		if err != nil {
			return nil, err
		}
		spent, err := cpuOf(stat)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		u[p.name] += spent
	}
	return u, nil
}

// add adds times as much of another usage.
func (u usage) add(o usage, times time.Duration) {
	for name, spent := range o {
		u[name] += times * spent
	}
}

func (u usage) sum() (sum time.Duration) {
	for _, spent := range u {
		sum += spent
	}
	return sum
}

// cpuOf reads a line of /proc/PID/stat: user and system time are its 14th and 15th fields; the 2nd, in brackets, may hold
// anything.
func cpuOf(stat string) (time.Duration, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat is not of the known form")
	}
	user, userErr := strconv.ParseInt(fields[11], 10, 64)
	system, systemErr := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticks, errors.Join(userErr, systemErr)
}

// resident is the memory that the process has, in bytes.
func (p *process) resident() (int64, error) {
	statm, err := p.proc("statm")
	if err != nil {
		return 0, err
	}
	var size, pages int64
	if _, err := fmt.Sscan(statm, &size, &pages); err != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	return pages * int64(os.Getpagesize()), nil
}

func (p *process) proc(file string) (string, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), file))
	if err != nil {
		return "", errors.Join(p.alive(), err)
	}
	return string(text), nil
}

// freeAddresses gives n addresses on loopback that nobody listens on now.
func freeAddresses(n int) ([]string, error) {
	var out []string
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close()
		out = append(out, ln.Addr().String())
	}
	return out, nil
}

// answers tells whether a GET of url is answered with 200.
func answers(url string) bool {
	res, err := http.Get(url)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

// listens tells whether somebody takes connections at an address.
func listens(address string) bool {
	conn, err := net.Dial("tcp", address)
	return err == nil && conn.Close() == nil
}
