package password

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"
)

const (
	defaultMaxWait = 400 * time.Millisecond // so that a refusal is answered within 500
	waitersPerSlot = 16                     // about what one slot works off within defaultMaxWait
	minRetryAfter  = time.Second
	maxRetryAfter  = 3 * time.Second
	// memoryPerKiB is what a slot takes for each KiB of Params.Memory, in bytes: the last hash's garbage is still there
	// when the next one starts.
	memoryPerKiB = 2 << 10
)

// Why a hash was not computed, as Observer is told.
const (
	RejectedFull      = "full"      // no room in the queue
	RejectedLate      = "late"      // waited in vain
	RejectedCancelled = "cancelled" // whoever asked gave up
)

// OverloadedError says that no hash could be computed in time; nothing was.
type OverloadedError struct {
	RetryAfter time.Duration // 1 to 3 s, drawn anew each time
}

func (e *OverloadedError) Error() string {
	return fmt.Sprintf("password hashing is overloaded, retry after %v", e.RetryAfter)
}

// Observer is told what a Pool does, for metrics. Its methods must return at once.
type Observer interface {
	// HashStarted: a slot was taken after waiting so long.
	HashStarted(lane Lane, waited time.Duration)
	// HashDone: the slot is given back, after one hash, or an error that made it impossible.
	HashDone(lane Lane)
	// HashRejected: nothing was computed; why is one of the constants above.
	HashRejected(lane Lane, why string)
}

// PoolDeps are what a Pool needs; Slots, Memory, Queue and MaxWait may be zero.
type PoolDeps struct {
	Hasher   *Hasher
	Observer Observer
	Now      func() time.Time
	Rand     io.Reader // for the jitter of RetryAfter

	// Slots is how many hashes are computed at a time; 0: one fewer than GOMAXPROCS, at least one.
	Slots int
	// Memory is what hashing may take, in bytes; it lowers Slots, but not below one. 0: not bounded. Imported hashes, of
	// up to 256 MiB each, are not reckoned with.
	Memory int64
	// Queue is how many may wait in each lane; 0: 16 a slot.
	Queue int
	// MaxWait is how long one may wait for a slot; 0: 400 ms.
	MaxWait time.Duration
}

// Pool bounds how many hashes are computed at a time. Whoever finds no free slot waits in the queue of its lane, and is
// refused at once where that is full. The hash is computed by the caller's goroutine; the pool has none of its own.
type Pool struct {
	deps   PoolDeps
	mu     sync.Mutex
	free   int
	queues queues
}

// NewPool checks that nothing is missing.
func NewPool(d PoolDeps) (*Pool, error) {
	switch {
	case d.Hasher == nil, d.Observer == nil, d.Now == nil, d.Rand == nil:
		return nil, errors.New("password: a dependency is missing")
	case d.Slots < 0, d.Memory < 0, d.Queue < 0, d.MaxWait < 0:
		return nil, errors.New("password: a bound is negative")
	}
	if d.Slots == 0 {
		d.Slots = runtime.GOMAXPROCS(0) - 1
	}
	if d.Memory > 0 {
		d.Slots = min(d.Slots, int(d.Memory/(memoryPerKiB*int64(d.Hasher.params.Memory))))
	}
	d.Slots = max(d.Slots, 1)
	if d.Queue == 0 {
		d.Queue = waitersPerSlot * d.Slots
	}
	if d.MaxWait == 0 {
		d.MaxWait = defaultMaxWait
	}
	return &Pool{deps: d, free: d.Slots}, nil
}

// Hash is Hasher.Hash in one of the pool's slots. *OverloadedError where there is none in time; ctx's error where that
// ends first.
func (p *Pool) Hash(ctx context.Context, lane Lane, password string) (string, error) {
	if err := p.acquire(ctx, lane); err != nil {
		return "", err
	}
	defer p.release(lane)
	return p.deps.Hasher.Hash(password)
}

// Verify is Hasher.Verify in one of the pool's slots, with Hash's errors besides. rehash asks the caller to hash the
// password anew, and to store that only where hash still stands; it is never set without ok.
func (p *Pool) Verify(ctx context.Context, lane Lane, hash, password string) (ok, rehash bool, err error) {
	if err := p.acquire(ctx, lane); err != nil {
		return false, false, err
	}
	defer p.release(lane)
	ok, err = p.deps.Hasher.Verify(hash, password)
	return ok, ok && p.deps.Hasher.NeedsRehash(hash), err
}

// Slots is how many hashes are computed at a time.
func (p *Pool) Slots() int { return p.deps.Slots }

// Admit is *OverloadedError where a hash asked for now would be refused at once, and nil where it would at least wait: so
// that whoever is to be refused is so before anything is looked up or counted.
func (p *Pool) Admit(lane Lane) error {
	p.mu.Lock()
	full := p.free == 0 && len(p.queues[lane].waiting) >= p.deps.Queue
	p.mu.Unlock()
	if full {
		return p.overloaded(lane, RejectedFull)
	}
	return nil
}

// acquire takes a slot, which release gives back.
func (p *Pool) acquire(ctx context.Context, lane Lane) error {
	asked := p.deps.Now()
	slot := p.ask(lane)
	if slot == nil {
		return p.overloaded(lane, RejectedFull)
	}
	waiting, cancel := context.WithTimeout(ctx, p.deps.MaxWait)
	defer cancel()
	granted := true
	select {
	case <-slot:
	case <-waiting.Done():
		granted = !p.withdraw(lane, slot) // it may have come at the last moment
	}
	switch err := ctx.Err(); {
	case err != nil:
		if granted {
			p.pass()
		}
		p.deps.Observer.HashRejected(lane, RejectedCancelled)
		return err
	case !granted:
		return p.overloaded(lane, RejectedLate)
	}
	p.deps.Observer.HashStarted(lane, p.deps.Now().Sub(asked))
	return nil
}

func (p *Pool) release(lane Lane) {
	p.deps.Observer.HashDone(lane)
	p.pass()
}

// ask gives what is closed when a slot is ready, maybe at once; nil where the lane's queue is full.
func (p *Pool) ask(lane Lane) waiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free > 0 { // so nobody waits
		p.free--
		slot := make(waiter)
		close(slot)
		return slot
	}
	if len(p.queues[lane].waiting) >= p.deps.Queue {
		return nil
	}
	return p.queues.push(lane)
}

// withdraw leaves the queue; false: the slot is ready, and is to be used or passed on.
func (p *Pool) withdraw(lane Lane, slot waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queues.remove(lane, slot)
}

// pass hands a slot to whoever is next.
func (p *Pool) pass() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if next := p.queues.next(); next != nil {
		close(next)
		return
	}
	p.free++
}

func (p *Pool) overloaded(lane Lane, why string) error {
	p.deps.Observer.HashRejected(lane, why)
	var drawn [2]byte
	if _, err := io.ReadFull(p.deps.Rand, drawn[:]); err != nil {
		return &OverloadedError{RetryAfter: maxRetryAfter}
	}
	jitter := (maxRetryAfter - minRetryAfter) * time.Duration(binary.BigEndian.Uint16(drawn[:])) / (1 << 16)
	return &OverloadedError{RetryAfter: minRetryAfter + jitter}
}
