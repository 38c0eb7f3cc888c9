package redis

import (
	"maps"
	"slices"
	"sync"
)

// batch is changes that are committed together.
type batch struct {
	number  int               // batches reach the disk in this order
	changes map[string][]byte // the encoded value of each key; nil: gone
	done    chan struct{}     // closed when they are on disk, or never will be
	err     error             // to be read once done is closed
}

func newBatch(number int) *batch {
	return &batch{number: number, changes: map[string][]byte{}, done: make(chan struct{})}
}

// later is the one of two batches that reaches the disk last; nil is none.
func later(a, b *batch) *batch {
	if a == nil || b != nil && b.number > a.number {
		return b
	}
	return a
}

// wait returns when the batch is on disk, or says why it isn't. No batch is nothing to wait for.
func (b *batch) wait() error {
	if b == nil {
		return nil
	}
	<-b.done
	return b.err
}

func (b *batch) changesAny(keys []string) bool {
	return b != nil && slices.ContainsFunc(keys, func(k string) bool { _, ok := b.changes[k]; return ok })
}

// journal gathers changes while a commit is under way, and commits them with the next.
type journal struct {
	commit func(map[string][]byte) error
	wake   chan struct{}

	mu     sync.Mutex
	open   *batch // takes changes
	flying *batch // is being committed, or has failed; nil: none
	failed bool   // flying has failed, and so does whatever comes after it
}

func newJournal(commit func(map[string][]byte) error) *journal {
	return &journal{commit: commit, wake: make(chan struct{}, 1), open: newBatch(1)}
}

// add takes changes that belong together: all of them are on disk after a crash, or none. No change makes no batch.
func (j *journal) add(changes map[string][]byte) *batch {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed {
		return j.flying
	}
	if len(changes) == 0 {
		return nil
	}
	maps.Copy(j.open.changes, changes)
	select {
	case j.wake <- struct{}{}:
	default:
	}
	return j.open
}

// holding is the last batch not yet on disk that changes one of keys; nil: none does.
func (j *journal) holding(keys []string) *batch {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed {
		return j.flying
	}
	if j.open.changesAny(keys) {
		return j.open
	}
	if j.flying.changesAny(keys) {
		return j.flying
	}
	return nil
}

// last is the last batch not yet on disk; nil: none.
func (j *journal) last() *batch {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed || len(j.open.changes) == 0 {
		return j.flying
	}
	return j.open
}

// run commits until stop is closed and everything is on disk, or until a commit fails.
func (j *journal) run(stop <-chan struct{}) error {
	for {
		select {
		case <-j.wake:
			if err := j.flush(); err != nil {
				return err
			}
		case <-stop:
			return j.flush()
		}
	}
}

// flush commits the open batch. If that fails, it and all that is added later are never on disk.
func (j *journal) flush() error {
	j.mu.Lock()
	b := j.open
	if len(b.changes) == 0 {
		j.mu.Unlock()
		return nil
	}
	j.flying, j.open = b, newBatch(b.number+1)
	j.mu.Unlock()

	b.err = j.commit(b.changes)

	j.mu.Lock()
	defer j.mu.Unlock()
	close(b.done)
	if b.err != nil {
		j.failed = true
		j.open.err = b.err
		close(j.open.done)
		return b.err
	}
	j.flying = nil
	return nil
}
