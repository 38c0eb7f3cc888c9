// Package command answers MongoDB's commands: it checks each against the list of what it may hold, runs it on the store,
// and words the answer, or the error, as mongod does. It also keeps the cursors and the connections.
//
// What is not implemented is refused by name. A field that a command doesn't list is an error, so nothing that a client
// asks for is passed over in silence.
package command

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
	"github.com/watchword/watchword/deploy/local/internal/mongo/wire"
)

// Deps are what a Server needs; all but MaxConnections are required.
type Deps struct {
	Store  *store.Store
	Logger *slog.Logger
	Now    func() time.Time
	// MaxConnections that are open at a time; it defaults to 1,024.
	MaxConnections int
}

// Server answers commands. It is safe for concurrent use.
type Server struct {
	store   *store.Store
	log     *slog.Logger
	now     func() time.Time
	max     int
	cursors cursors
}

// New makes a server.
func New(d Deps) *Server {
	if d.MaxConnections == 0 {
		d.MaxConnections = maxConnections
	}
	return &Server{store: d.Store, log: d.Logger, now: d.Now, max: d.MaxConnections, cursors: cursors{open: map[int64]*cursor{}}}
}

// command is what a name stands for.
type command struct {
	run    func(*Server, context.Context, *request) (bson.Raw, error)
	fields []string // beside the name itself and the generic ones
	// stable commands are in version 1 of the Stable API.
	stable bool
	// lenient commands take any field: a handshake offers, and the answer tells what was taken up.
	lenient bool
}

func list(fields string) []string { return strings.Fields(fields) }

const modifyFields = "query sort remove update new fields upsert arrayFilters bypassDocumentValidation"

// commands is all that there is.
var commands = map[string]*command{
	"hello":         {run: (*Server).hello, stable: true, lenient: true},
	"isMaster":      {run: (*Server).hello, lenient: true},
	"ismaster":      {run: (*Server).hello, lenient: true},
	"ping":          {run: (*Server).ping, stable: true},
	"buildInfo":     {run: (*Server).buildInfo},
	"endSessions":   {run: (*Server).ping, stable: true},
	"insert":        {run: (*Server).insert, stable: true, fields: list("documents ordered bypassDocumentValidation")},
	"update":        {run: (*Server).update, stable: true, fields: list("updates ordered bypassDocumentValidation")},
	"delete":        {run: (*Server).delete, stable: true, fields: list("deletes ordered")},
	"findAndModify": {run: (*Server).findAndModify, stable: true, fields: list(modifyFields)},
	"find":          {run: (*Server).find, stable: true, fields: list("filter sort projection skip limit batchSize singleBatch")},
	"getMore":       {run: (*Server).getMore, stable: true, fields: list("collection batchSize")},
	"killCursors":   {run: (*Server).killCursors, stable: true, fields: list("cursors")},
	"count":         {run: (*Server).count, stable: true, fields: list("query skip limit")},
	"aggregate":     {run: (*Server).aggregate, stable: true, fields: list("pipeline cursor allowDiskUse")},

	"create":          {run: (*Server).create, stable: true},
	"drop":            {run: (*Server).drop, stable: true},
	"dropDatabase":    {run: (*Server).dropDatabase, stable: true},
	"createIndexes":   {run: (*Server).createIndexes, stable: true, fields: list("indexes")},
	"listIndexes":     {run: (*Server).listIndexes, stable: true, fields: list("cursor")},
	"dropIndexes":     {run: (*Server).dropIndexes, stable: true, fields: list("index")},
	"listCollections": {run: (*Server).listCollections, stable: true, fields: list("filter nameOnly authorizedCollections cursor")},
	"listDatabases":   {run: (*Server).listDatabases, stable: true, fields: list("filter nameOnly authorizedDatabases")},
}

// Answer runs one command and makes its reply, whatever comes of it.
func (s *Server) Answer(ctx context.Context, req *wire.Request) (bson.Raw, error) {
	r, cmd, err := find(req)
	if err != nil {
		return failure(err)
	}
	ctx, cancel, err := r.deadline(ctx)
	if err != nil {
		return failure(err)
	}
	defer cancel()
	out, err := cmd.run(s, ctx, r)
	if err != nil {
		if answerTo(err).Text == internal {
			s.log.Error("command failed", "command", r.name, "error", err)
		}
		return failure(err)
	}
	return out, nil
}
