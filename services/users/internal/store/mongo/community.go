package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/services/users/internal/core"
)

// community is one of the collection "communities".
type community struct {
	ID         string    `bson:"_id"`
	Name       string    `bson:"name"`
	Categories []string  `bson:"categories,omitempty"`
	CreatedAt  time.Time `bson:"createdAt"`
}

func (d community) community() core.Community {
	return core.Community{ID: d.ID, Name: d.Name, Categories: d.Categories, CreatedAt: d.CreatedAt.UTC()}
}

// AddCommunity implements core.Communities.
func (s *Store) AddCommunity(ctx context.Context, c core.Community) error {
	_, err := s.communities.InsertOne(ctx, community(c))
	return translate(err)
}

// Community implements core.Communities.
func (s *Store) Community(ctx context.Context, id string) (core.Community, error) {
	var d community
	err := s.communities.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return core.Community{}, fault.New(fault.CommunityUnknown)
	}
	return d.community(), translate(err)
}

// CommunitiesOf implements core.Communities.
func (s *Store) CommunitiesOf(ctx context.Context, ids []string) ([]core.Community, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.findCommunities(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, options.Find())
}

// CommunitiesAfter implements core.Communities.
func (s *Store) CommunitiesAfter(ctx context.Context, after string, limit int64) ([]core.Community, error) {
	return s.findCommunities(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(limit))
}

func (s *Store) findCommunities(ctx context.Context, filter bson.D, opts *options.FindOptionsBuilder) ([]core.Community, error) {
	cursor, err := s.communities.Find(ctx, filter, opts)
	if err != nil {
		return nil, translate(err)
	}
	var found []community
	if err := cursor.All(ctx, &found); err != nil {
		return nil, translate(err)
	}
	out := make([]core.Community, len(found))
	for i, d := range found {
		out[i] = d.community()
	}
	return out, nil
}
