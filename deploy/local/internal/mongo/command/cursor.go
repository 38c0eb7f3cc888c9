package command

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

const (
	cursorIdle = 10 * time.Minute // how long a cursor lives that nobody asks
	maxCursors = 1000
)

// source gives documents in batches of at most n; done tells that there are no more.
type source interface {
	next(ctx context.Context, n int64) (docs []bson.Raw, done bool, err error)
}

// stored gives what a query finds.
type stored struct {
	store      *store.Store
	at         *store.Cursor
	projection document.Projection
}

func (f stored) next(ctx context.Context, n int64) (docs []bson.Raw, done bool, err error) {
	err = f.store.Read(ctx, func(t *store.Tx) (err error) {
		docs, err = t.Next(f.at, int(n), maxReply)
		return err
	})
	if !f.projection.Whole() {
		for i, d := range docs {
			docs[i] = f.projection.Apply(d)
		}
	}
	return docs, f.at.Done(), err
}

// held gives documents that are there already.
type held struct{ docs []bson.Raw }

func (h *held) next(_ context.Context, n int64) (docs []bson.Raw, done bool, err error) {
	size, i := 0, 0
	for i < len(h.docs) && int64(i) < n && (size < maxReply || i == 0) {
		size += len(h.docs[i])
		i++
	}
	docs, h.docs = h.docs[:i], h.docs[i:]
	return docs, len(h.docs) == 0, nil
}

// cursor is a source that a client goes on asking.
type cursor struct {
	ns     string
	source source

	busy bool // a command is reading from it
	used time.Time
}

type cursors struct {
	mu   sync.Mutex
	open map[int64]*cursor
}

func (c *cursors) add(cur *cursor, now time.Time) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= maxCursors {
		return 0, code.ExceededMemoryLimit.Errorf("more than %d cursors are open", maxCursors)
	}
	for {
		id := rand.Int64()
		if id != 0 && c.open[id] == nil {
			cur.used = now
			c.open[id] = cur
			return id, nil
		}
	}
}

// take gives a cursor to one command, until it is released or removed.
func (c *cursors) take(id int64, ns string) (*cursor, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cur := c.open[id]
	switch {
	case cur == nil:
		return nil, code.CursorNotFound.Errorf("cursor id %d not found", id)
	case cur.ns != ns:
		return nil, code.Unauthorized.Errorf("Requested getMore on namespace '%s', but cursor belongs to a different namespace %s", ns, cur.ns)
	case cur.busy:
		return nil, code.CursorInUse.Errorf("cursor id %d is already in use", id)
	}
	cur.busy = true
	return cur, nil
}

func (c *cursors) release(id int64, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cur := c.open[id]; cur != nil {
		cur.busy, cur.used = false, now
	}
}

func (c *cursors) remove(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, there := c.open[id]
	delete(c.open, id)
	return there
}

// ExpireCursors forgets the cursors that nobody has asked for ten minutes.
func (s *Server) ExpireCursors() {
	s.cursors.mu.Lock()
	defer s.cursors.mu.Unlock()
	for id, cur := range s.cursors.open {
		if !cur.busy && s.now().Sub(cur.used) > cursorIdle {
			delete(s.cursors.open, id)
		}
	}
}
