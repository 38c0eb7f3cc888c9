package command

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

func (s *Server) create(ctx context.Context, r *request) (bson.Raw, error) {
	ns, err := r.namespace(r.name)
	if err != nil {
		return nil, err
	}
	if err := s.store.Write(ctx, func(t *store.Tx) error { return t.Create(ns) }); err != nil {
		return nil, err
	}
	return reply()
}

// drop of a collection that is not there is no error, as in mongod since 7.0.
func (s *Server) drop(ctx context.Context, r *request) (bson.Raw, error) {
	ns, err := r.namespace(r.name)
	if err != nil {
		return nil, err
	}
	was := 0
	err = s.store.Write(ctx, func(t *store.Tx) (err error) {
		was, err = t.Drop(ns)
		return err
	})
	if err != nil && answerTo(err).Code == code.NamespaceNotFound {
		return reply()
	}
	if err != nil {
		return nil, err
	}
	return reply(bson.E{Key: "nIndexesWas", Value: int32(was)}, bson.E{Key: "ns", Value: ns.String()})
}

func (s *Server) dropDatabase(ctx context.Context, r *request) (bson.Raw, error) {
	err := s.store.Write(ctx, func(t *store.Tx) error {
		for _, ns := range t.Namespaces() {
			if ns.Database != r.db {
				continue
			}
			if _, err := t.Drop(ns); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reply(bson.E{Key: "dropped", Value: r.db})
}

func (s *Server) listCollections(ctx context.Context, r *request) (bson.Raw, error) {
	filter, err := document.ParseFilter(r.doc("filter"))
	if err != nil {
		return nil, err
	}
	r.flag("authorizedCollections", false) // everyone is
	nameOnly := r.flag("nameOnly", false)
	n, err := batchSize(r)
	if err != nil {
		return nil, err
	}
	namespaces, err := s.namespaces(ctx)
	if err != nil {
		return nil, err
	}
	var docs []bson.Raw
	for _, ns := range namespaces {
		if ns.Database != r.db {
			continue
		}
		d := bson.D{{Key: "name", Value: ns.Collection}, {Key: "type", Value: "collection"}}
		if !nameOnly {
			d = append(d, bson.E{Key: "options", Value: bson.D{}}, bson.E{Key: "info", Value: bson.D{{Key: "readOnly", Value: false}}})
		}
		if docs, err = appendIf(docs, d, filter); err != nil {
			return nil, err
		}
	}
	return s.open(ctx, &cursor{ns: r.db + ".$cmd.listCollections", source: &held{docs}}, n, false)
}

func (s *Server) listDatabases(ctx context.Context, r *request) (bson.Raw, error) {
	filter, err := document.ParseFilter(r.doc("filter"))
	if err != nil {
		return nil, err
	}
	r.flag("authorizedDatabases", false) // everyone is
	nameOnly := r.flag("nameOnly", false)
	if r.err != nil {
		return nil, r.err
	}
	namespaces, err := s.namespaces(ctx)
	if err != nil {
		return nil, err
	}
	docs, last := []bson.Raw{}, ""
	for _, ns := range namespaces {
		if ns.Database == last {
			continue
		}
		last = ns.Database
		d := bson.D{{Key: "name", Value: ns.Database}}
		if !nameOnly {
			d = append(d, bson.E{Key: "empty", Value: false})
		}
		if docs, err = appendIf(docs, d, filter); err != nil {
			return nil, err
		}
	}
	return reply(bson.E{Key: "databases", Value: docs})
}

func (s *Server) namespaces(ctx context.Context) (out []store.Namespace, err error) {
	err = s.store.Read(ctx, func(t *store.Tx) error {
		out = t.Namespaces()
		return nil
	})
	return out, err
}

func appendIf(docs []bson.Raw, d bson.D, filter document.Filter) ([]bson.Raw, error) {
	raw, err := bson.Marshal(d)
	if err == nil && filter.Match(raw) {
		docs = append(docs, raw)
	}
	return docs, err
}
