package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
)

// After implements core.Rolls.
func (s *Store) After(ctx context.Context, after id.Account, limit int64) ([]core.Account, error) {
	filter := bson.D{{Key: "deletedAt", Value: nil}, {Key: "_id", Value: bson.D{{Key: "$gt", Value: string(after)}}}}
	return s.list(ctx, filter, options.Find().SetLimit(limit))
}
