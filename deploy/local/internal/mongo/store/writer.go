package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"github.com/watchword/watchword/deploy/local/internal/datafile"
	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// maxBatch is how many writes share one commit at most.
const maxBatch = 256

// writer runs writes one after the other. All that wait together share one commit and its fsync, and none is answered
// before that.
type writer struct {
	db      *bolt.DB
	onFatal func(error)
	queue   chan *job
	ending  chan struct{}
	ended   chan struct{}
	once    *sync.Once
	failed  *atomic.Bool
	known   *definitions
	tails   tails
}

type job struct {
	ctx  context.Context
	fn   func(*Tx) error
	err  error
	done chan struct{}
}

func newWriter(db *bolt.DB, onFatal func(error)) writer {
	return writer{
		db: db, onFatal: onFatal, queue: make(chan *job, maxBatch), ending: make(chan struct{}), ended: make(chan struct{}),
		once: &sync.Once{}, failed: &atomic.Bool{}, known: &definitions{}, tails: tails{},
	}
}

// undone is an answer that takes all changes back.
type undone struct{ error }

// Undo makes an error take back what the function that returns it has written.
func Undo(err error) error { return undone{err} }

// Write runs fn, alone, and returns once its changes are on disk. An error of fn that is a *code.Error keeps the changes
// that fn had made before it; Undo, and any other error, takes them back. fn may be run twice, the first time for
// nothing.
func (w writer) Write(ctx context.Context, fn func(*Tx) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case w.queue <- j:
	case <-w.ending:
		return expired(context.Canceled)
	}
	select {
	case <-j.done:
		return j.err
	case <-w.ended:
	}
	select {
	case <-j.done:
		return j.err
	default: // it came into the queue after the last look
		return expired(context.Canceled)
	}
}

func (w writer) stop() {
	w.once.Do(func() { close(w.ending) })
	<-w.ended
}

func (w writer) run() {
	defer close(w.ended)
	for {
		select {
		case j := <-w.queue:
			w.batch(j)
		case <-w.ending:
			return
		}
	}
}

// batch runs the first job and those that wait behind it in one transaction. If one of them breaks, all is taken back
// and each runs again in its own.
func (w writer) batch(first *job) {
	jobs := []*job{first}
	defer func() {
		for _, j := range jobs {
			close(j.done)
		}
	}()
	broken := w.commit(func(t *bolt.Tx) error {
		for i := 0; i < len(jobs); i++ {
			if err := jobs[i].run(w, t); err != nil {
				return err
			}
			if len(jobs) == maxBatch {
				continue
			}
			select {
			case j := <-w.queue:
				jobs = append(jobs, j)
			default:
			}
		}
		return nil
	})
	if broken == nil {
		return
	}
	for _, j := range jobs {
		if err := w.commit(func(t *bolt.Tx) error { return j.run(w, t) }); err != nil {
			var u undone
			if errors.As(err, &u) {
				err = u.error
			}
			j.err = err
		}
	}
}

// run keeps an answer in j.err; it returns an error that must take the changes back.
func (j *job) run(w writer, tx *bolt.Tx) error {
	if err := j.ctx.Err(); err != nil {
		j.err = expired(err)
		return nil
	}
	j.err = j.fn(newTx(j.ctx, tx, w.known, w.tails))
	var answer *code.Error
	if errors.As(j.err, &answer) {
		return nil
	}
	return j.err
}

// commit runs fn and makes its changes last. Once a commit has failed there is no other.
func (w writer) commit(fn func(*bolt.Tx) error) error {
	if w.failed.Load() {
		return code.ShutdownInProgress.Errorf("the store has failed and takes no more writes")
	}
	tx, err := datafile.Begin(w.db)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		w.failed.Store(true)
		if w.onFatal != nil {
			w.onFatal(fmt.Errorf("embedded mongodb: commit %s: %w", w.db.Path(), err))
		}
		return code.ShutdownInProgress.Errorf("the store has failed: the write may be lost")
	}
	return nil
}
