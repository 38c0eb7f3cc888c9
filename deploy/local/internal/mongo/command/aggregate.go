package command

import (
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

// maxHeld bounds, in bytes, the documents that a pipeline keeps in memory.
const maxHeld = 100 << 20

// documents is what flows through a pipeline.
type documents = iter.Seq2[bson.Raw, error]

// stage turns what comes into it into what goes out.
type stage func(documents) documents

// pipeline is a query, as much of it as the first stages make, and the stages behind it.
type pipeline struct {
	query      store.Query
	projection document.Projection
	stages     []stage
	// count, where the stages do no more than count, makes the result from the number.
	count func(n int64) (bson.Raw, error)
}

func (s *Server) aggregate(ctx context.Context, r *request) (bson.Raw, error) {
	ns, err := r.namespace(r.name)
	if err != nil {
		return nil, err
	}
	r.flag("allowDiskUse", false) // it allows, it doesn't demand
	if !r.has("cursor") {
		return nil, code.FailedToParse.Errorf("The 'cursor' option is required")
	}
	n, err := batchSize(r)
	if err != nil {
		return nil, err
	}
	docs := r.docs("pipeline")
	if r.err != nil {
		return nil, r.err
	}
	p, err := parsePipeline(docs)
	if err != nil {
		return nil, err
	}
	cur := &cursor{ns: ns.String()}
	switch {
	case p.count != nil:
		cur.source, err = s.countOnly(ctx, ns, p)
	case len(p.stages) == 0:
		cur.source = stored{s.store, store.NewCursor(ns, p.query), p.projection}
	default:
		cur.source, err = s.through(ctx, ns, p)
	}
	if err != nil {
		return nil, err
	}
	return s.open(ctx, cur, n, false)
}

func (s *Server) countOnly(ctx context.Context, ns store.Namespace, p pipeline) (source, error) {
	var n int64
	err := s.store.Read(ctx, func(t *store.Tx) (err error) {
		n, err = t.Count(ns, p.query)
		return err
	})
	if err != nil || n == 0 {
		return &held{}, err
	}
	doc, err := p.count(n)
	return &held{[]bson.Raw{doc}}, err
}

// through runs the documents of the query through the stages and keeps the result, within a bound.
func (s *Server) through(ctx context.Context, ns store.Namespace, p pipeline) (source, error) {
	var out held
	err := s.store.Read(ctx, func(t *store.Tx) error {
		flow := queried(t, store.NewCursor(ns, p.query))
		for _, st := range p.stages {
			flow = st(flow)
		}
		var err error
		out.docs, err = hold(flow)
		return err
	})
	return &out, err
}

// queried gives what a query finds.
func queried(t *store.Tx, at *store.Cursor) documents {
	return func(yield func(bson.Raw, error) bool) {
		for !at.Done() {
			docs, err := t.Next(at, 1000, maxReply)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, d := range docs {
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

func hold(flow documents) ([]bson.Raw, error) {
	docs, size := []bson.Raw{}, 0
	for d, err := range flow {
		if err != nil {
			return nil, err
		}
		if size += len(d); size > maxHeld {
			return nil, code.MemoryLimitNoDiskUse.Errorf("the pipeline exceeded its memory limit of %d bytes", maxHeld)
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// parsePipeline makes a query of the first stages, as long as they stand in the order in which a query does the same.
func parsePipeline(docs []bson.Raw) (pipeline, error) {
	var p pipeline
	var filters []document.Filter
	const (
		matching = iota
		sorting
		skipping
		limiting
		rest
	)
	at := matching
	for i, doc := range docs {
		name, operand, err := splitStage(doc)
		if err != nil {
			return p, err
		}
		st, err := parseStage(name, operand)
		if err != nil {
			return p, err
		}
		last := i == len(docs)-1
		switch {
		case name == "$match" && at == matching:
			filters = append(filters, st.filter)
		case name == "$sort" && at < sorting:
			at, p.query.Order = sorting, st.order
		case name == "$skip" && at < skipping:
			at, p.query.Skip = skipping, st.n
		case name == "$limit" && at < limiting:
			at, p.query.Limit = limiting, st.n
		case name == "$project" && last && at < rest:
			p.projection = st.projection
		case st.count != nil && last && at < rest:
			p.count = st.count
		default:
			at = rest
			p.stages = append(p.stages, st.run)
		}
	}
	p.query.Filter = document.And(filters)
	return p, nil
}

func splitStage(doc bson.Raw) (string, document.Value, error) {
	name, operand, rest, ok := document.Next(document.Body(doc))
	if !ok || len(rest) != 1 {
		return "", operand, code.PipelineStageFieldCount.Errorf("A pipeline stage specification object must contain exactly one field.")
	}
	return string(name), operand, nil
}
