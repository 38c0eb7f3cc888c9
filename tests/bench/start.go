package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// restart is the one-process run on a folder with accounts, from its start until it says that it is ready.
type restart struct {
	killed, clean, cold time.Duration // after a kill, after a clean stop, and after one with nothing of the file in memory
	peak, memory        int64         // the greatest resident memory, and that at rest, in bytes
	file                int64         // the size of the accounts' file
}

// startGoal is how long it may take.
const startGoal = 5 * time.Second

// starts only seeds the accounts and measures restarts.
func (b *bench) starts(ctx context.Context) (err error) {
	if _, err := b.build(ctx); err != nil {
		return err
	}
	defer os.RemoveAll(b.binaries)
	r, err := b.newRig(ctx, embedded, b.accounts, 0, nil)
	defer func() { err = errors.Join(err, r.stop()) }()
	if err != nil {
		return err
	}
	before := load()
	s, err := b.restarts(ctx, r)
	if err != nil {
		return err
	}
	fmt.Printf("%d accounts, %s: `make run` is ready after %s; load %s\n", b.accounts, mebibytes(s.file), s, before)
	return nil
}

func (s restart) String() string {
	cold := "not measured"
	if s.cold > 0 {
		cold = millis(s.cold)
	}
	return fmt.Sprintf("%s (after a kill %s, with a cold file %s; memory at most %s, then %s)", millis(s.clean), millis(s.killed), cold,
		mebibytes(s.peak), mebibytes(s.memory))
}

// ok tells whether all that was measured reaches the goal.
func (s restart) ok() bool { return max(s.killed, s.clean, s.cold) <= startGoal }

// restarts measures how long `make run` takes on what a suite leaves behind, which is killed for it.
func (b *bench) restarts(ctx context.Context, r *rig) (out restart, err error) {
	b.say("start anew, in one process")
	for _, p := range r.suite.processes() {
		if err := p.stop(); err != nil {
			return out, err
		}
	}
	info, err := os.Stat(filepath.Join(r.suite.dir, "mongodb.bolt"))
	if err != nil {
		return out, err
	}
	out.file = info.Size()
	if out.killed, err = b.startOnce(ctx, r.suite.dir, &out); err != nil {
		return out, err
	}
	if out.clean, err = b.startOnce(ctx, r.suite.dir, &out); err != nil || !forgetFiles() {
		return out, err
	}
	out.cold, err = b.startOnce(ctx, r.suite.dir, &out)
	return out, err
}

// forgetFiles has the system forget what it holds of files, where this program may ask for that.
func forgetFiles() bool {
	syscall.Sync()
	return os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0) == nil
}

// startOnce starts the one process, reads its memory, and stops it as a person does.
func (b *bench) startOnce(ctx context.Context, dir string, out *restart) (ready time.Duration, err error) {
	told := filepath.Join(dir, "run.json")
	if err := os.Remove(told); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	at, err := freeAddresses(2)
	if err != nil {
		return 0, err
	}
	p, err := start(ctx, "the one process", filepath.Join(b.binaries, "local"), map[string]string{
		"WATCHWORD_DATA": dir, "WATCHWORD_LISTEN": at[0], "WATCHWORD_INBOX_LISTEN": at[1],
	})
	if err != nil {
		return 0, err
	}
	ready, err = p.await(func() bool { _, err := os.Stat(told); return err == nil })
	if err == nil {
		time.Sleep(settle)
		err = p.memory(out)
	}
	if err != nil {
		return 0, errors.Join(err, p.stop())
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-p.done:
		return ready, nil
	case <-time.After(startLimit):
		return 0, errors.Join(fmt.Errorf("%s does not stop", p.name), p.stop())
	}
}

// memory reads how much the process has resident, and had at most.
func (p *process) memory(out *restart) error {
	status, err := p.proc("status")
	if err != nil {
		return err
	}
	for field, bytes := range map[string]*int64{"VmHWM:": &out.peak, "VmRSS:": &out.memory} {
		_, rest, _ := strings.Cut(status, field)
		if _, err := fmt.Sscan(rest, bytes); err != nil {
			return fmt.Errorf("%s of %s: %w", field, p.name, err)
		}
		*bytes *= 1024
	}
	return nil
}
