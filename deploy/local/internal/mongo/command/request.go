package command

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
	"github.com/watchword/watchword/deploy/local/internal/mongo/wire"
)

// request is a command with its fields.
type request struct {
	fields
	name string
	db   string
}

// generic are the fields that any command may have. Sessions, read preferences and cluster times mean nothing to a server
// that stands alone; comments go to no log.
var generic = []string{
	"$db", "lsid", "$clusterTime", "$readPreference", "apiVersion", "apiStrict", "apiDeprecationErrors", "comment",
	"maxTimeMS", "writeConcern", "readConcern", "txnNumber", "startTransaction", "autocommit",
}

// find looks the command up and checks all that commands have in common.
func find(req *wire.Request) (*request, *command, error) {
	key, _, _, ok := document.Next(document.Body(req.Body))
	if !ok {
		return nil, nil, code.FailedToParse.Errorf("a command without a name")
	}
	r := &request{name: string(key)}
	cmd := commands[r.name]
	if cmd == nil {
		return nil, nil, code.CommandNotFound.Errorf("no such command: '%s'", r.name)
	}
	var known [][]string
	if !cmd.lenient {
		known = [][]string{{r.name}, cmd.fields, generic}
	}
	var err error
	if r.fields, err = parseFields(r.name, req.Body, known...); err != nil {
		return nil, nil, err
	}
	if err := r.addSequences(req.Sequences, known); err != nil {
		return nil, nil, err
	}
	if err := document.Supported(req.Body); err != nil {
		return nil, nil, err
	}
	r.db = r.text("$db", "admin")
	if r.err == nil {
		r.err = r.checkCommon(cmd)
	}
	return r, cmd, r.err
}

func (r *request) addSequences(sequences map[string][]bson.Raw, known [][]string) error {
	r.sequences = sequences
	for name, docs := range sequences {
		if _, ok := knownAs([]byte(name), known); !ok {
			return unknown(r.name, name)
		}
		if r.has(name) {
			return code.DuplicateCommandField.Errorf("BSON field '%s.%s' is a duplicate field", r.name, name)
		}
		for _, d := range docs {
			if err := document.Supported(d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *request) checkCommon(cmd *command) error {
	if r.has("startTransaction") || r.has("autocommit") || r.has("txnNumber") {
		return code.IllegalOperation.Errorf("Transaction numbers are only allowed on a replica set member or mongos")
	}
	if v := r.text("apiVersion", "1"); v != "1" {
		return code.APIVersionError.Errorf("API version must be \"1\"")
	}
	if r.flag("apiStrict", false) {
		if !r.has("apiVersion") {
			return code.APIVersionError.Errorf("Must specify apiVersion when specifying apiStrict")
		}
		if !cmd.stable {
			return code.APIStrictError.Errorf("Provided apiStrict:true, but the command %s is not in API Version 1", r.name)
		}
	}
	r.flag("apiDeprecationErrors", false)
	if err := r.checkConcerns(); err != nil {
		return err
	}
	return r.err
}

// checkConcerns takes every concern that a single server which syncs each write fulfils.
func (r *request) checkConcerns() error {
	w, err := parseFields("writeConcern", r.doc("writeConcern"), []string{"w", "j", "fsync", "wtimeout", "wtimeoutMS"})
	if err != nil {
		return err
	}
	if v, there := w.get("w"); there {
		n, isInt := document.Int(v)
		text, _ := v.StringValueOK()
		if (!isInt || n < 0 || n > 1) && text != "majority" {
			return code.BadValue.Errorf("cannot use 'w' > 1, or a tag, when a host is not replicated")
		}
	}
	c, err := parseFields("readConcern", r.doc("readConcern"), []string{"level"})
	if err != nil {
		return err
	}
	if level := c.text("level", "local"); !slices.Contains([]string{"local", "available", "majority", "linearizable"}, level) {
		return code.InvalidOptions.Errorf("read concern level '%s' is not implemented", level)
	}
	return c.err
}

// deadline is the context that maxTimeMS asks for.
func (r *request) deadline(ctx context.Context) (context.Context, context.CancelFunc, error) {
	ms := r.number("maxTimeMS", 0)
	if ms < 0 || ms > 1<<31-1 {
		return nil, nil, code.BadValue.Errorf("maxTimeMS is out of range")
	}
	if r.err != nil || ms == 0 {
		return ctx, func() {}, r.err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
	return ctx, cancel, nil
}

// namespace is the collection that the field names.
func (r *request) namespace(field string) (store.Namespace, error) {
	ns := store.Namespace{Database: r.db, Collection: r.text(field, "")}
	switch {
	case r.err != nil:
		return ns, r.err
	case ns.Database == "" || len(ns.Database) > 63 || strings.ContainsAny(ns.Database, "/\\. \"$\x00"):
		return ns, code.InvalidNamespace.Errorf("Invalid database name: '%s'", ns.Database)
	case ns.Collection == "" || strings.ContainsAny(ns.Collection, "$\x00") || strings.HasPrefix(ns.Collection, "system.") ||
		ns.Collection[0] == '.' || len(ns.String()) > 255:
		return ns, code.InvalidNamespace.Errorf("Invalid collection name: '%s'", ns)
	}
	return ns, nil
}
