package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
)

// pictureBatch is how many pictures are put in doubt by one update.
const pictureBatch = 500

// picture is one of the collection "pictures".
type picture struct {
	Key       string     `bson:"_id"`
	Account   string     `bson:"account"`
	Type      string     `bson:"type"`
	Bytes     []byte     `bson:"bytes"`
	DoubtedAt *time.Time `bson:"doubtedAt,omitempty"`
}

func (d picture) picture() core.Picture {
	return core.Picture{Key: d.Key, Account: id.Account(d.Account), Type: d.Type, Bytes: d.Bytes, DoubtedAt: at(d.DoubtedAt)}
}

// AddPicture implements core.Pictures.
func (s *Store) AddPicture(ctx context.Context, p core.Picture) error {
	_, err := s.pictures.InsertOne(ctx, picture{p.Key, string(p.Account), p.Type, p.Bytes, when(p.DoubtedAt)})
	return translate(err)
}

// Picture implements core.Pictures.
func (s *Store) Picture(ctx context.Context, key string) (core.Picture, error) {
	var d picture
	err := s.pictures.FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return core.Picture{}, fault.New(fault.ImageUnknown)
	}
	return d.picture(), translate(err)
}

// DoubtPicture implements core.Pictures.
func (s *Store) DoubtPicture(ctx context.Context, key string, at time.Time) error {
	_, err := s.pictures.UpdateOne(ctx, bson.D{{Key: "_id", Value: key}}, doubt(at))
	return translate(err)
}

// TrustPicture implements core.Pictures.
func (s *Store) TrustPicture(ctx context.Context, key string, since time.Time) error {
	_, err := s.pictures.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: key}, {Key: "doubtedAt", Value: since}},
		bson.D{{Key: "$unset", Value: bson.D{{Key: "doubtedAt", Value: ""}}}})
	return translate(err)
}

// DropPicture implements core.Pictures.
func (s *Store) DropPicture(ctx context.Context, key string) error {
	_, err := s.pictures.DeleteOne(ctx, bson.D{{Key: "_id", Value: key}})
	return translate(err)
}

// DoubtedPictures implements core.Pictures.
func (s *Store) DoubtedPictures(ctx context.Context, before time.Time, limit int64) ([]core.Picture, error) {
	cursor, err := s.pictures.Find(ctx, bson.D{{Key: "doubtedAt", Value: bson.D{{Key: "$lt", Value: before}}}},
		options.Find().SetLimit(limit).SetProjection(bson.D{{Key: "bytes", Value: 0}}))
	if err != nil {
		return nil, translate(err)
	}
	var found []picture
	if err := cursor.All(ctx, &found); err != nil {
		return nil, translate(err)
	}
	out := make([]core.Picture, len(found))
	for i, d := range found {
		out[i] = d.picture()
	}
	return out, nil
}

// doubtPicturesOf puts the pictures of all accounts that fit a filter in doubt, before those accounts are removed.
func (s *Store) doubtPicturesOf(ctx context.Context, accounts bson.D, at time.Time) (err error) {
	filter := append(bson.D{{Key: "image", Value: bson.D{{Key: "$exists", Value: true}}}}, accounts...)
	cursor, err := s.accounts.Find(ctx, filter, options.Find().SetProjection(bson.D{{Key: "image", Value: 1}}))
	if err != nil {
		return translate(err)
	}
	defer func() { err = errors.Join(err, translate(cursor.Close(ctx))) }()
	var keys []string
	flush := func() error {
		if len(keys) == 0 {
			return nil
		}
		_, err := s.pictures.UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: keys}}}}, doubt(at))
		keys = keys[:0]
		return translate(err)
	}
	for cursor.Next(ctx) {
		var d struct{ Image string }
		if err := cursor.Decode(&d); err != nil {
			return translate(err)
		}
		if keys = append(keys, d.Image); len(keys) < pictureBatch {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	if err := cursor.Err(); err != nil {
		return translate(err)
	}
	return flush()
}

func doubt(at time.Time) bson.D {
	return bson.D{{Key: "$set", Value: bson.D{{Key: "doubtedAt", Value: at}}}}
}
