// Package mongo keeps accounts in MongoDB: one document each in "accounts", their pictures in "pictures", communities in
// "communities", and leases in "leases". Concurrency is
// decided by conditions in the filters of single-document updates; driver errors end here.
package mongo

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mongodb"
	"github.com/watchword/watchword/services/users/internal/core"
)

// Store implements core.Store.
type Store struct {
	accounts              *mongo.Collection // read from the primary
	lists                 *mongo.Collection // the same, from a secondary where there is one
	leases                *mongo.Collection
	pictures, communities *mongo.Collection
}

var _ core.Store = (*Store)(nil)

// New works on db.
func New(db *mongo.Database) *Store {
	return &Store{
		accounts:    db.Collection("accounts"),
		lists:       db.Collection("accounts", options.Collection().SetReadPreference(readpref.SecondaryPreferred())),
		leases:      db.Collection("leases"),
		pictures:    db.Collection("pictures"),
		communities: db.Collection("communities"),
	}
}

// Prepare makes the indexes, waiting for a server that is slow to come up until ctx ends.
func (s *Store) Prepare(ctx context.Context, log *slog.Logger) error {
	err := mongodb.EnsureIndexes(ctx, s.accounts, log,
		mongodb.Index{Name: "username_key", Keys: bson.D{{Key: "usernameKey", Value: 1}}, Unique: true},
		mongodb.Index{Name: "email_key", Keys: bson.D{{Key: "emailKey", Value: 1}}, Unique: true},
		mongodb.Index{Name: "verified_email_key", Keys: bson.D{{Key: "verifiedEmailKey", Value: 1}}},
		mongodb.Index{Name: "api_key", Keys: bson.D{{Key: "apiKey.hash", Value: 1}}},
		mongodb.Index{Name: "deleted_at", Keys: bson.D{{Key: "deletedAt", Value: 1}, {Key: "_id", Value: 1}}},
		mongodb.Index{Name: "role", Keys: bson.D{{Key: "role", Value: 1}, {Key: "deletedAt", Value: 1}}},
		mongodb.Index{Name: "outbox_at", Keys: bson.D{{Key: "outbox.at", Value: 1}}},
		mongodb.Index{Name: "unconfirmed_until", Keys: bson.D{{Key: "unconfirmedUntil", Value: 1}}},
	)
	if err != nil {
		return err
	}
	return mongodb.EnsureIndexes(ctx, s.pictures, log, mongodb.Index{Name: "doubted_at", Keys: bson.D{{Key: "doubtedAt", Value: 1}}})
}

// Insert implements core.Accounts.
func (s *Store) Insert(ctx context.Context, a core.Account) error {
	_, err := s.accounts.InsertOne(ctx, toDocument(a))
	if mongo.IsDuplicateKeyError(err) {
		return s.taken(ctx, a)
	}
	return translate(err)
}

// Get implements core.Accounts.
func (s *Store) Get(ctx context.Context, account id.Account) (core.Account, error) {
	return s.one(ctx, bson.D{{Key: "_id", Value: string(account)}})
}

// GetByUsername implements core.Accounts.
func (s *Store) GetByUsername(ctx context.Context, key string) (core.Account, error) {
	return s.one(ctx, bson.D{{Key: "usernameKey", Value: key}})
}

// GetByEmail implements core.Accounts.
func (s *Store) GetByEmail(ctx context.Context, key string) (core.Account, error) {
	return s.one(ctx, bson.D{{Key: "emailKey", Value: key}})
}

// GetByVerifiedEmail implements core.Accounts.
func (s *Store) GetByVerifiedEmail(ctx context.Context, key string) (core.Account, error) {
	filter := bson.D{{Key: "verifiedEmailKey", Value: key}, {Key: "deletedAt", Value: nil}}
	return s.one(ctx, filter, options.FindOne().SetSort(bson.D{{Key: "verifiedEmailAt", Value: -1}}))
}

// GetByAPIKey implements core.Accounts.
func (s *Store) GetByAPIKey(ctx context.Context, hash string) (core.Account, error) {
	return s.one(ctx, bson.D{{Key: "apiKey.hash", Value: hash}})
}

func (s *Store) one(ctx context.Context, filter bson.D, opts ...options.Lister[options.FindOneOptions]) (core.Account, error) {
	var d document
	if err := s.accounts.FindOne(ctx, filter, opts...).Decode(&d); err != nil {
		return core.Account{}, translate(err)
	}
	return d.account(), nil
}

// Update implements core.Accounts.
func (s *Store) Update(ctx context.Context, before, after core.Account) error {
	change, err := difference(before, after)
	if err != nil {
		return err
	}
	filter := bson.D{{Key: "_id", Value: string(before.ID)}, {Key: "version", Value: before.Version}}
	res, err := s.accounts.UpdateOne(ctx, filter, change)
	switch {
	case mongo.IsDuplicateKeyError(err):
		return s.taken(ctx, after)
	case err != nil:
		return translate(err)
	case res.MatchedCount == 1:
		return nil
	}
	if _, err := s.Get(ctx, before.ID); err != nil {
		return err
	}
	return fault.New(fault.VersionConflict)
}

// AddKats implements core.Accounts.
func (s *Store) AddKats(ctx context.Context, account id.Account, change core.KatsChange, ifVersion *int64, now time.Time) (core.Account, bool, error) {
	bounds := bson.D{{Key: "$gte", Value: -change.Delta}, {Key: "$lte", Value: change.Max - change.Delta}}
	filter := bson.D{{Key: "_id", Value: string(account)}, {Key: "deletedAt", Value: nil}, {Key: "kats", Value: bounds}}
	if ifVersion != nil {
		filter = append(filter, bson.E{Key: "version", Value: *ifVersion})
	}
	set := bson.D{{Key: "updatedAt", Value: now}}
	update := bson.D{{Key: "$inc", Value: bson.D{{Key: "kats", Value: change.Delta}, {Key: "version", Value: int64(1)}}}}
	switch {
	case change.SetRank && change.Rank != nil:
		set = append(set, bson.E{Key: "rank", Value: *change.Rank})
	case change.SetRank:
		update = append(update, bson.E{Key: "$unset", Value: bson.D{{Key: "rank", Value: ""}}})
	}
	update = append(update, bson.E{Key: "$set", Value: set})
	var d document
	err := s.accounts.FindOneAndUpdate(ctx, filter, update, options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&d)
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return d.account(), err == nil, translate(err)
	}
	a, err := s.Get(ctx, account)
	switch {
	case err != nil:
		return core.Account{}, false, err
	case a.Deleted():
		return core.Account{}, false, fault.New(fault.AccountUnknown)
	case ifVersion != nil && a.Version != *ifVersion:
		return core.Account{}, false, fault.New(fault.VersionConflict)
	}
	return core.Account{}, false, nil
}

// taken asks which of a's keys belongs to another account.
func (s *Store) taken(ctx context.Context, a core.Account) error {
	holder, err := s.GetByUsername(ctx, a.UsernameKey)
	switch {
	case err == nil && holder.ID != a.ID:
		return fault.Field(fault.UsernameTaken, "username", fault.FieldTaken)
	case err != nil && !fault.Has(err, fault.AccountUnknown):
		return err
	}
	return fault.Field(fault.EmailTaken, "email", fault.FieldTaken)
}

// translate words what the driver says by its type.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return fault.New(fault.AccountUnknown)
	}
	return fault.Outage(err)
}
