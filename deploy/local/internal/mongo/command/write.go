package command

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

// batch are the statements of a write command.
type batch struct {
	ns         store.Namespace
	statements []bson.Raw
	ordered    bool
}

func parseBatch(r *request, field string) (batch, error) {
	b := batch{statements: r.docs(field), ordered: r.flag("ordered", true)}
	r.flag("bypassDocumentValidation", false) // there is nothing to bypass
	var err error
	if b.ns, err = r.namespace(r.name); err != nil {
		return b, err
	}
	if n := len(b.statements); n == 0 || n > maxBatch {
		return b, code.InvalidLength.Errorf("Write batch sizes must be between 1 and %d. Got %d operations.", maxBatch, n)
	}
	return b, r.err
}

// run gives each statement to fn, and keeps the errors that answer one; after the first of these an ordered batch ends.
func (b batch) run(fn func(i int, statement bson.Raw) error) (writeErrors, error) {
	var failed writeErrors
	for i, statement := range b.statements {
		err := fn(i, statement)
		if err == nil {
			continue
		}
		if answerTo(err).Code == code.InternalError || answerTo(err).Code == code.ShutdownInProgress {
			return nil, err
		}
		failed.add(i, err)
		if b.ordered {
			break
		}
	}
	return failed, nil
}

func (s *Server) insert(ctx context.Context, r *request) (bson.Raw, error) {
	b, err := parseBatch(r, "documents")
	if err != nil {
		return nil, err
	}
	var n int32
	var failed writeErrors
	err = s.store.Write(ctx, func(t *store.Tx) (err error) {
		n = 0
		failed, err = b.run(func(_ int, doc bson.Raw) error {
			err := t.Insert(b.ns, doc)
			if err == nil {
				n++
			}
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply(append([]bson.E{{Key: "n", Value: n}}, failed.fields()...)...)
}

func (s *Server) update(ctx context.Context, r *request) (bson.Raw, error) {
	b, err := parseBatch(r, "updates")
	if err != nil {
		return nil, err
	}
	var n, modified int64
	var upserted []bson.D
	var failed writeErrors
	err = s.store.Write(ctx, func(t *store.Tx) (err error) {
		n, modified, upserted = 0, 0, nil
		failed, err = b.run(func(i int, statement bson.Raw) error {
			u, err := parseUpdateStatement(statement)
			if err != nil {
				return err
			}
			done, err := t.Update(b.ns, u)
			n += done.Matched
			modified += done.Modified
			if done.Upserted != nil {
				n++
				upserted = append(upserted, bson.D{{Key: "index", Value: int32(i)}, {Key: "_id", Value: document.Lookup(done.Upserted, "_id")}})
			}
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	fields := []bson.E{{Key: "n", Value: int32(n)}, {Key: "nModified", Value: int32(modified)}}
	if upserted != nil {
		fields = append(fields, bson.E{Key: "upserted", Value: upserted})
	}
	return reply(append(fields, failed.fields()...)...)
}

func parseUpdateStatement(statement bson.Raw) (store.Update, error) {
	f, err := parseFields("update.updates", statement, []string{"q", "u", "multi", "upsert", "arrayFilters"})
	if err != nil {
		return store.Update{}, err
	}
	u := store.Update{Upsert: f.flag("upsert", false)}
	multi := f.flag("multi", false)
	if !multi {
		u.Query.Limit = 1
	}
	if u.Query.Filter, err = document.ParseFilter(f.doc("q")); err != nil {
		return u, err
	}
	if u.Update, err = parseUpdate(&f, "u"); err != nil {
		return u, err
	}
	if multi && u.Update.Replaces() {
		return u, code.FailedToParse.Errorf("multi update is not supported for replacement-style update")
	}
	return u, f.err
}

func parseUpdate(f *fields, name string) (document.Update, error) {
	if v, _ := f.get(name); v.Type == bson.TypeArray {
		return document.Update{}, code.NotImplemented.Errorf("updates by a pipeline are not implemented")
	}
	doc, filters := f.doc(name), f.docs("arrayFilters")
	if f.err != nil {
		return document.Update{}, f.err
	}
	return document.ParseUpdate(doc, filters)
}

func (s *Server) delete(ctx context.Context, r *request) (bson.Raw, error) {
	b, err := parseBatch(r, "deletes")
	if err != nil {
		return nil, err
	}
	var n int64
	var failed writeErrors
	err = s.store.Write(ctx, func(t *store.Tx) (err error) {
		n = 0
		failed, err = b.run(func(_ int, statement bson.Raw) error {
			q, err := parseDeleteStatement(statement)
			if err != nil {
				return err
			}
			removed, err := t.Delete(b.ns, q)
			n += removed
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply(append([]bson.E{{Key: "n", Value: int32(n)}}, failed.fields()...)...)
}

func parseDeleteStatement(statement bson.Raw) (store.Query, error) {
	f, err := parseFields("delete.deletes", statement, []string{"q", "limit"})
	if err != nil {
		return store.Query{}, err
	}
	q := store.Query{Limit: f.number("limit", -1)}
	if q.Limit != 0 && q.Limit != 1 {
		return q, code.FailedToParse.Errorf("The limit field in delete objects must be 0 or 1. Got %d", q.Limit)
	}
	if q.Filter, err = document.ParseFilter(f.doc("q")); err != nil {
		return q, err
	}
	return q, f.err
}
