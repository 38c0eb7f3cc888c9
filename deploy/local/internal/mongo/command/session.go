package command

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
	"github.com/watchword/watchword/deploy/local/internal/mongo/wire"
)

// The version that is spoken is that of MongoDB 7.0.
const (
	version        = "7.0.0"
	maxWireVersion = 21
	maxBatch       = 100000
)

// hello tells a driver what this is: a server that stands alone, to which it can write.
func (s *Server) hello(_ context.Context, r *request) (bson.Raw, error) {
	return reply(
		bson.E{Key: "helloOk", Value: true},
		bson.E{Key: "ismaster", Value: true},
		bson.E{Key: "isWritablePrimary", Value: true},
		bson.E{Key: "maxBsonObjectSize", Value: int32(document.MaxSize)},
		bson.E{Key: "maxMessageSizeBytes", Value: int32(wire.MaxMessage)},
		bson.E{Key: "maxWriteBatchSize", Value: int32(maxBatch)},
		bson.E{Key: "localTime", Value: bson.NewDateTimeFromTime(s.now())},
		bson.E{Key: "logicalSessionTimeoutMinutes", Value: int32(30)},
		bson.E{Key: "minWireVersion", Value: int32(0)},
		bson.E{Key: "maxWireVersion", Value: int32(maxWireVersion)},
		bson.E{Key: "readOnly", Value: false},
	)
}

func (s *Server) ping(context.Context, *request) (bson.Raw, error) { return reply() }

func (s *Server) buildInfo(context.Context, *request) (bson.Raw, error) {
	return reply(
		bson.E{Key: "version", Value: version},
		bson.E{Key: "versionArray", Value: bson.A{int32(7), int32(0), int32(0), int32(0)}},
		bson.E{Key: "modules", Value: bson.A{"watchword embedded"}},
		bson.E{Key: "maxBsonObjectSize", Value: int32(document.MaxSize)},
	)
}
