package command

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

const (
	firstBatch = 101 // documents in a first batch whose size the client doesn't say
	// maxReply is the size in bytes after which a batch takes no further document.
	maxReply = document.MaxSize
)

func (s *Server) find(ctx context.Context, r *request) (bson.Raw, error) {
	ns, err := r.namespace(r.name)
	if err != nil {
		return nil, err
	}
	q := store.Query{Skip: r.number("skip", 0), Limit: r.number("limit", 0)}
	if q.Filter, err = document.ParseFilter(r.doc("filter")); err != nil {
		return nil, err
	}
	if q.Order, err = document.ParseColumns(r.doc("sort")); err != nil {
		return nil, err
	}
	projection, err := document.ParseProjection(r.doc("projection"))
	if err != nil {
		return nil, err
	}
	n, single := r.number("batchSize", firstBatch), r.flag("singleBatch", false)
	switch {
	case r.err != nil:
		return nil, r.err
	case q.Skip < 0 || q.Limit < 0 || n < 0:
		return nil, code.BadValue.Errorf("skip, limit and batchSize must not be negative")
	}
	cur := &cursor{ns: ns.String(), source: stored{s.store, store.NewCursor(ns, q), projection}}
	return s.open(ctx, cur, n, single)
}

// open answers with a cursor's first batch, and keeps the cursor if there is more.
func (s *Server) open(ctx context.Context, cur *cursor, n int64, single bool) (bson.Raw, error) {
	docs, done, err := cur.source.next(ctx, n)
	if err != nil {
		return nil, err
	}
	var id int64
	if !done && !single {
		if id, err = s.cursors.add(cur, s.now()); err != nil {
			return nil, err
		}
	}
	return cursorReply("firstBatch", id, cur.ns, docs), nil
}

func (s *Server) getMore(ctx context.Context, r *request) (bson.Raw, error) {
	ns, err := r.namespace("collection")
	if err != nil {
		return nil, err
	}
	id, n := r.number(r.name, 0), r.number("batchSize", 0)
	if n == 0 {
		n = maxBatch
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case n < 0:
		return nil, code.BadValue.Errorf("batchSize must not be negative")
	}
	cur, err := s.cursors.take(id, ns.String())
	if err != nil {
		return nil, err
	}
	docs, done, err := cur.source.next(ctx, n)
	if err != nil || done {
		s.cursors.remove(id)
		id = 0
	} else {
		s.cursors.release(id, s.now())
	}
	if err != nil {
		return nil, err
	}
	return cursorReply("nextBatch", id, cur.ns, docs), nil
}

func (s *Server) killCursors(_ context.Context, r *request) (bson.Raw, error) {
	if _, err := r.namespace(r.name); err != nil {
		return nil, err
	}
	ids, _ := r.get("cursors")
	if ids.Type != bson.TypeArray {
		return nil, code.TypeMismatch.Errorf("BSON field 'killCursors.cursors' must be an array")
	}
	killed, unknown := bson.A{}, bson.A{}
	for body := document.Body(ids.Value); ; {
		_, v, rest, ok := document.Next(body)
		if !ok {
			break
		}
		body = rest
		id, ok := document.Int(v)
		switch {
		case !ok:
			return nil, code.TypeMismatch.Errorf("BSON field 'killCursors.cursors' must hold longs")
		case s.cursors.remove(id):
			killed = append(killed, id)
		default:
			unknown = append(unknown, id)
		}
	}
	return reply(
		bson.E{Key: "cursorsKilled", Value: killed},
		bson.E{Key: "cursorsNotFound", Value: unknown},
		bson.E{Key: "cursorsAlive", Value: bson.A{}},
		bson.E{Key: "cursorsUnknown", Value: bson.A{}},
	)
}

func (s *Server) count(ctx context.Context, r *request) (bson.Raw, error) {
	ns, err := r.namespace(r.name)
	if err != nil {
		return nil, err
	}
	q := store.Query{Skip: r.number("skip", 0), Limit: r.number("limit", 0)}
	if q.Filter, err = document.ParseFilter(r.doc("query")); err != nil {
		return nil, err
	}
	if q.Limit < 0 {
		q.Limit = -q.Limit
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case q.Skip < 0:
		return nil, code.BadValue.Errorf("skip must not be negative")
	}
	var n int64
	err = s.store.Read(ctx, func(t *store.Tx) (err error) {
		n, err = t.Count(ns, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply(bson.E{Key: "n", Value: counted(n)})
}

// counted is a whole number in the type that mongod would choose.
func counted(n int64) any {
	if n == int64(int32(n)) {
		return int32(n)
	}
	return n
}
