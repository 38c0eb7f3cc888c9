package command

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

func (s *Server) createIndexes(ctx context.Context, r *request) (bson.Raw, error) {
	ns, err := r.namespace(r.name)
	if err != nil {
		return nil, err
	}
	var specs []store.IndexSpec
	for _, doc := range r.docs("indexes") {
		spec, err := parseIndex(doc)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	if r.err != nil {
		return nil, r.err
	}
	if len(specs) == 0 {
		return nil, code.BadValue.Errorf("Must specify at least one index to create")
	}
	var before, after int
	err = s.store.Write(ctx, func(t *store.Tx) error {
		if indexes, err := t.Indexes(ns); err == nil {
			before = len(indexes)
		}
		for _, spec := range specs {
			if err := t.CreateIndex(ns, spec); err != nil {
				return store.Undo(err)
			}
		}
		indexes, err := t.Indexes(ns)
		after = len(indexes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply(
		bson.E{Key: "numIndexesBefore", Value: int32(max(before, 1))},
		bson.E{Key: "numIndexesAfter", Value: int32(after)},
		bson.E{Key: "createdCollectionAutomatically", Value: before == 0},
	)
}

// maxExpireAfter is mongod's bound, in seconds.
const maxExpireAfter = 1<<31 - 1

func parseIndex(doc bson.Raw) (store.IndexSpec, error) {
	f, err := parseFields("createIndexes.indexes", doc, []string{"key", "name", "unique", "expireAfterSeconds", "v"})
	if err != nil {
		return store.IndexSpec{}, err
	}
	spec := store.IndexSpec{Name: f.text("name", ""), Key: f.doc("key"), Unique: f.flag("unique", false)}
	columns, err := document.ParseColumns(spec.Key)
	if err != nil {
		return spec, code.CannotCreateIndex.Errorf("%v", err)
	}
	if v := f.number("v", 2); v != 2 {
		return spec, code.CannotCreateIndex.Errorf("index version %d is not implemented", v)
	}
	if f.has("expireAfterSeconds") {
		after := f.number("expireAfterSeconds", 0)
		spec.ExpireAfter = &after
		switch {
		case after < 0 || after > maxExpireAfter:
			return spec, code.CannotCreateIndex.Errorf("TTL index 'expireAfterSeconds' must be within 0 and %d", maxExpireAfter)
		case len(columns) != 1 || columns[0].Path.Name == "_id":
			return spec, code.CannotCreateIndex.Errorf("TTL indexes are single-field indexes, and not of _id")
		}
	}
	switch {
	case f.err != nil:
		return spec, f.err
	case spec.Name == "" || spec.Name == "*" || len(spec.Name) > 127:
		return spec, code.CannotCreateIndex.Errorf("an index needs a name of 1 to 127 bytes, other than *")
	case len(columns) == 0:
		return spec, code.CannotCreateIndex.Errorf("Index keys cannot be empty.")
	}
	return spec, nil
}

func (s *Server) listIndexes(ctx context.Context, r *request) (bson.Raw, error) {
	ns, err := r.namespace(r.name)
	if err != nil {
		return nil, err
	}
	n, err := batchSize(r)
	if err != nil {
		return nil, err
	}
	var docs []bson.Raw
	err = s.store.Read(ctx, func(t *store.Tx) error {
		indexes, err := t.Indexes(ns)
		for _, spec := range indexes {
			doc, err := describe(spec)
			if err != nil {
				return err
			}
			docs = append(docs, doc)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, &cursor{ns: ns.String(), source: &held{docs}}, n, false)
}

func describe(spec store.IndexSpec) (bson.Raw, error) {
	d := bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: spec.Key}, {Key: "name", Value: spec.Name}}
	if spec.Unique {
		d = append(d, bson.E{Key: "unique", Value: true})
	}
	if spec.ExpireAfter != nil {
		d = append(d, bson.E{Key: "expireAfterSeconds", Value: int32(*spec.ExpireAfter)})
	}
	return bson.Marshal(d)
}

// batchSize reads the field "cursor" of commands that answer with one.
func batchSize(r *request) (int64, error) {
	f, err := parseFields(r.name+".cursor", r.doc("cursor"), []string{"batchSize"})
	if err != nil {
		return 0, err
	}
	n := f.number("batchSize", firstBatch)
	if f.err == nil && n < 0 {
		f.err = code.BadValue.Errorf("batchSize must not be negative")
	}
	if r.err != nil {
		return 0, r.err
	}
	return n, f.err
}

func (s *Server) dropIndexes(ctx context.Context, r *request) (bson.Raw, error) {
	ns, err := r.namespace(r.name)
	if err != nil {
		return nil, err
	}
	index, _ := r.get("index")
	which, all, err := parseDrop(index)
	if err != nil {
		return nil, err
	}
	var was int
	err = s.store.Write(ctx, func(t *store.Tx) (err error) {
		was, err = t.DropIndexes(ns, all, which)
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply(bson.E{Key: "nIndexesWas", Value: int32(was)})
}

func parseDrop(v document.Value) (which func(store.IndexSpec) bool, all bool, err error) {
	switch v.Type {
	case bson.TypeString:
		name := v.StringValue()
		if name == "_id_" {
			return nil, false, code.InvalidOptions.Errorf("cannot drop _id index")
		}
		return func(s store.IndexSpec) bool { return s.Name == name }, name == "*", nil
	case bson.TypeEmbeddedDocument:
		key := bson.Raw(v.Value)
		return func(s store.IndexSpec) bool { return s.SameKey(key) }, false, nil
	default:
		return nil, false, code.NotImplemented.Errorf("index must be a name or a key, not %s", fmt.Sprint(v.Type))
	}
}
