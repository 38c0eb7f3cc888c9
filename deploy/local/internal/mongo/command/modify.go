package command

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

// modification is what findAndModify is asked to do.
type modification struct {
	ns         store.Namespace
	update     store.Update
	remove     bool
	showNew    bool
	projection document.Projection
}

func parseModification(r *request) (modification, error) {
	m := modification{remove: r.flag("remove", false), showNew: r.flag("new", false)}
	m.update.Upsert = r.flag("upsert", false)
	r.flag("bypassDocumentValidation", false) // there is nothing to bypass
	var err error
	if m.ns, err = r.namespace(r.name); err != nil {
		return m, err
	}
	if m.update.Query.Filter, err = document.ParseFilter(r.doc("query")); err != nil {
		return m, err
	}
	if m.update.Query.Order, err = document.ParseColumns(r.doc("sort")); err != nil {
		return m, err
	}
	if m.projection, err = document.ParseProjection(r.doc("fields")); err != nil {
		return m, err
	}
	switch {
	case m.remove && (r.has("update") || m.update.Upsert || m.showNew || r.has("arrayFilters")):
		return m, code.FailedToParse.Errorf("Cannot specify both an update, or what belongs to one, and remove=true")
	case !m.remove && !r.has("update"):
		return m, code.FailedToParse.Errorf("Either an update or remove=true must be specified")
	case !m.remove:
		if m.update.Update, err = parseUpdate(&r.fields, "update"); err != nil {
			return m, err
		}
	}
	return m, r.err
}

func (s *Server) findAndModify(ctx context.Context, r *request) (bson.Raw, error) {
	m, err := parseModification(r)
	if err != nil {
		return nil, err
	}
	var change store.Change
	var found bool
	err = s.store.Write(ctx, func(t *store.Tx) (err error) {
		if m.remove {
			change = store.Change{}
			change.Before, err = t.DeleteOne(m.ns, m.update.Query)
			return err
		}
		change, found, err = t.UpdateOne(m.ns, m.update)
		return err
	})
	if err != nil {
		return nil, err
	}
	last := bson.D{{Key: "n", Value: int32(0)}}
	if change.Before != nil || change.After != nil {
		last[0].Value = int32(1)
	}
	if !m.remove {
		last = append(last, bson.E{Key: "updatedExisting", Value: found})
		if !found && change.After != nil {
			last = append(last, bson.E{Key: "upserted", Value: document.Lookup(change.After, "_id")})
		}
	}
	return reply(bson.E{Key: "lastErrorObject", Value: last}, bson.E{Key: "value", Value: m.shown(change)})
}

// shown is the document that the client asked to see, nil for none.
func (m modification) shown(change store.Change) any {
	doc := change.Before
	if m.showNew && change.After != nil {
		doc = change.After
	}
	if doc == nil {
		return nil
	}
	if m.projection.Whole() {
		return doc
	}
	return m.projection.Apply(doc)
}
