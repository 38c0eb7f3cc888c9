// Package mongo keeps the mail queue in MongoDB: a collection of mails, and one that takes the writes of mails which are
// accepted for show. Each change is one command on one document; the condition in its filter decides who wins.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/mongodb"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

// patience bounds each command.
const patience = 3 * time.Second

// Store is the queue. Use New.
type Store struct {
	mails, discards *mongo.Collection
}

var (
	_ core.Queue  = (*Store)(nil)
	_ core.Leases = (*Store)(nil)
)

// New uses db, mailer's own.
func New(db *mongo.Database) *Store {
	return &Store{mails: db.Collection("mails"), discards: db.Collection("discards")}
}

// Prepare makes the indexes, waiting for the server until ctx ends. Only mails that are due some time have nextAt, and
// only those that are done with have expiresAt, so their indexes hold no others. Nothing hangs on when the server gets to
// remove what has expired.
func (s *Store) Prepare(ctx context.Context, log *slog.Logger) error {
	err := mongodb.EnsureIndexes(ctx, s.mails, log,
		mongodb.Index{Name: "key", Keys: bson.D{{Key: "key", Value: 1}}, Unique: true},
		mongodb.Index{Name: "due", Keys: bson.D{{Key: "nextAt", Value: 1}}},
		mongodb.Index{Name: "state", Keys: bson.D{{Key: "state", Value: 1}, {Key: "_id", Value: 1}}},
		mongodb.Index{Name: "expiry", Keys: bson.D{{Key: "expiresAt", Value: 1}}, Expires: true},
	)
	if err != nil {
		return err
	}
	return mongodb.EnsureIndexes(ctx, s.discards, log,
		mongodb.Index{Name: "expiry", Keys: bson.D{{Key: "expiresAt", Value: 1}}, Expires: true})
}

// Insert is core.Queue's.
func (s *Store) Insert(ctx context.Context, m core.Mail) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := s.mails.InsertOne(ctx, encode(m))
	if err == nil {
		return m.ID, nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return "", fault.Outage(fmt.Errorf("store a mail: %w", err))
	}
	var first struct {
		ID string `bson:"_id"`
	}
	err = s.mails.FindOne(ctx, bson.D{{Key: "key", Value: m.Key}}, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Decode(&first)
	if err != nil {
		return "", fault.Outage(fmt.Errorf("find the mail that has the key: %w", err))
	}
	return first.ID, nil
}

// Discard is core.Queue's.
func (s *Store) Discard(ctx context.Context, id string, expires time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := s.discards.InsertOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "expiresAt", Value: expires}}); err != nil {
		return fault.Outage(fmt.Errorf("discard a mail: %w", err))
	}
	return nil
}

// List is core.Queue's.
func (s *Store) List(ctx context.Context, state mailapi.State, after string, limit int) ([]core.Mail, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	filter := bson.D{}
	if state != "" {
		filter = append(filter, bson.E{Key: "state", Value: state})
	}
	if after != "" {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$lt", Value: after}}})
	}
	found, err := s.mails.Find(ctx, filter, options.Find().
		SetSort(bson.D{{Key: "_id", Value: -1}}).
		SetLimit(int64(limit)).
		SetProjection(bson.D{{Key: "sealed", Value: 0}}))
	if err != nil {
		return nil, fault.Outage(fmt.Errorf("list mails: %w", err))
	}
	var docs []document
	if err := found.All(ctx, &docs); err != nil {
		return nil, fault.Outage(fmt.Errorf("list mails: %w", err))
	}
	mails := make([]core.Mail, len(docs))
	for i, d := range docs {
		mails[i] = d.decode()
	}
	return mails, nil
}

// Requeue is core.Queue's.
func (s *Store) Requeue(ctx context.Context, id string, now, giveUpAt time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done, err := s.mails.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: id}, {Key: "state", Value: mailapi.Dead}},
		bson.D{
			{Key: "$set", Value: bson.D{
				{Key: "state", Value: mailapi.Waiting},
				{Key: "attempts", Value: int64(0)},
				{Key: "nextAt", Value: now},
				{Key: "giveUpAt", Value: giveUpAt},
			}},
			{Key: "$unset", Value: bson.D{{Key: "expiresAt", Value: ""}}},
		})
	if err != nil {
		return fault.Outage(fmt.Errorf("requeue a mail: %w", err))
	}
	if done.MatchedCount == 0 {
		return fault.New(fault.MessageUnknown)
	}
	return nil
}

// none tells that no document fitted.
func none(err error) bool { return errors.Is(err, mongo.ErrNoDocuments) }
