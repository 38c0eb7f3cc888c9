package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
)

// public leaves the credentials and the outbox where they are.
var public = bson.D{
	{Key: "password", Value: 0},
	{Key: "totp", Value: 0},
	{Key: "backupCodes", Value: 0},
	{Key: "apiKey", Value: 0},
	{Key: "outbox", Value: 0},
}

// Page implements core.Directory; credentials and outboxes are left out.
func (s *Store) Page(ctx context.Context, skip, limit int64, deleted bool) ([]core.Account, error) {
	return s.list(ctx, listed(deleted), options.Find().SetSkip(skip).SetLimit(limit))
}

// list gives accounts by id without what is not public.
func (s *Store) list(ctx context.Context, filter bson.D, opts *options.FindOptionsBuilder) ([]core.Account, error) {
	var found []document
	if err := all(ctx, s.lists, filter, opts.SetSort(bson.D{{Key: "_id", Value: 1}}).SetProjection(public), &found); err != nil {
		return nil, err
	}
	accounts := make([]core.Account, len(found))
	for i, d := range found {
		accounts[i] = d.account()
	}
	return accounts, nil
}

// Count implements core.Directory.
func (s *Store) Count(ctx context.Context, deleted bool) (int64, error) {
	n, err := s.lists.CountDocuments(ctx, listed(deleted))
	return n, translate(err)
}

func listed(deleted bool) bson.D {
	if deleted {
		return bson.D{}
	}
	return bson.D{{Key: "deletedAt", Value: nil}}
}

// CountAdmins implements core.Directory.
func (s *Store) CountAdmins(ctx context.Context) (int64, error) {
	n, err := s.accounts.CountDocuments(ctx, bson.D{{Key: "role", Value: "admin"}, {Key: "deletedAt", Value: nil}})
	return n, translate(err)
}

// Empty implements core.Directory.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	err := s.accounts.FindOne(ctx, bson.D{}, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return true, nil
	}
	return false, translate(err)
}

// Push implements core.Outbox.
func (s *Store) Push(ctx context.Context, account id.Account, e core.Entry) error {
	_, err := s.update(ctx, bson.D{{Key: "_id", Value: string(account)}, {Key: "deletedAt", Value: nil}}, bson.D{push(toEntry(e))})
	return err
}

// Owing implements core.Outbox.
func (s *Store) Owing(ctx context.Context, before time.Time, after id.Account, limit int64) ([]id.Account, error) {
	filter := bson.D{
		{Key: "outbox.at", Value: bson.D{{Key: "$lte", Value: before}}},
		{Key: "_id", Value: bson.D{{Key: "$gt", Value: string(after)}}},
	}
	opts := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(limit).SetProjection(bson.D{{Key: "_id", Value: 1}})
	var found []document
	if err := all(ctx, s.accounts, filter, opts, &found); err != nil {
		return nil, err
	}
	ids := make([]id.Account, len(found))
	for i, d := range found {
		ids[i] = id.Account(d.ID)
	}
	return ids, nil
}

func all(ctx context.Context, c *mongo.Collection, filter bson.D, opts *options.FindOptionsBuilder, out *[]document) error {
	cursor, err := c.Find(ctx, filter, opts)
	if err != nil {
		return translate(err)
	}
	return translate(cursor.All(ctx, out))
}

// Relayed implements core.Outbox.
func (s *Store) Relayed(ctx context.Context, account id.Account, entries []string) error {
	gone := bson.D{{Key: "id", Value: bson.D{{Key: "$in", Value: entries}}}}
	_, err := s.update(ctx, bson.D{{Key: "_id", Value: string(account)}},
		bson.D{{Key: "$pull", Value: bson.D{{Key: "outbox", Value: gone}}}})
	return err
}

// RemoveDeleted implements core.Cleanup.
func (s *Store) RemoveDeleted(ctx context.Context, before time.Time) (int64, error) {
	return s.remove(ctx, bson.D{{Key: "deletedAt", Value: bson.D{{Key: "$lt", Value: before}}}}, before)
}

// RemoveUnconfirmed implements core.Cleanup.
func (s *Store) RemoveUnconfirmed(ctx context.Context, account id.Account, now time.Time) (int64, error) {
	filter := bson.D{{Key: "unconfirmedUntil", Value: bson.D{{Key: "$lte", Value: now}}}}
	if account != "" {
		filter = append(filter, bson.E{Key: "_id", Value: string(account)})
	}
	return s.remove(ctx, filter, now)
}

// remove removes accounts; their pictures are in doubt from before the time given.
func (s *Store) remove(ctx context.Context, filter bson.D, at time.Time) (int64, error) {
	if err := s.doubtPicturesOf(ctx, filter, at.Add(-time.Millisecond)); err != nil {
		return 0, err
	}
	res, err := s.accounts.DeleteMany(ctx, filter)
	if err != nil {
		return 0, translate(err)
	}
	return res.DeletedCount, nil
}

// Acquire implements core.Leases.
func (s *Store) Acquire(ctx context.Context, name, owner string, now, until time.Time) (bool, error) {
	free := bson.A{
		bson.D{{Key: "owner", Value: owner}},
		bson.D{{Key: "until", Value: bson.D{{Key: "$lte", Value: now}}}},
	}
	_, err := s.leases.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: name}, {Key: "$or", Value: free}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "owner", Value: owner}, {Key: "until", Value: until}}}},
		options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) { // another owner's, still running
		return false, nil
	}
	return err == nil, translate(err)
}

// Release implements core.Leases.
func (s *Store) Release(ctx context.Context, name, owner string) error {
	_, err := s.leases.DeleteOne(ctx, bson.D{{Key: "_id", Value: name}, {Key: "owner", Value: owner}})
	return translate(err)
}
