package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
)

// UncountPassword implements core.Attempts.
func (s *Store) UncountPassword(ctx context.Context, account id.Account) (bool, error) {
	filter := bson.D{{Key: "_id", Value: string(account)}, {Key: "password.failures", Value: bson.D{{Key: "$gt", Value: 0}}}}
	return s.update(ctx, filter, bson.D{{Key: "$inc", Value: bson.D{{Key: "password.failures", Value: -1}}}})
}

// CountPassword implements core.Attempts.
func (s *Store) CountPassword(ctx context.Context, account id.Account, seen core.Failures, free int64, now time.Time) (bool, error) {
	filter := bson.D{{Key: "_id", Value: string(account)}}
	if seen.Count < free {
		filter = append(filter, bson.E{Key: "password.failures", Value: bson.D{{Key: "$lt", Value: free}}})
	} else {
		filter = append(filter,
			bson.E{Key: "password.failures", Value: seen.Count},
			bson.E{Key: "password.failedAt", Value: when(seen.At)})
	}
	return s.count(ctx, filter, "password", now)
}

// CountCode implements core.Attempts.
func (s *Store) CountCode(ctx context.Context, account id.Account, seen core.Failures, now time.Time) (bool, error) {
	return s.count(ctx, bson.D{
		{Key: "_id", Value: string(account)},
		{Key: "totp.failures", Value: seen.Count},
		{Key: "totp.failedAt", Value: when(seen.At)},
	}, "totp", now)
}

func (s *Store) count(ctx context.Context, filter bson.D, what string, now time.Time) (bool, error) {
	return s.update(ctx, filter, bson.D{
		{Key: "$inc", Value: bson.D{{Key: what + ".failures", Value: int64(1)}}},
		{Key: "$set", Value: bson.D{{Key: what + ".failedAt", Value: now}}},
	})
}

// AcceptStep implements core.Attempts.
func (s *Store) AcceptStep(ctx context.Context, account id.Account, step int64) (bool, error) {
	return s.update(ctx, bson.D{
		{Key: "_id", Value: string(account)},
		{Key: "totp.enabled", Value: true},
		{Key: "totp.lastStep", Value: bson.D{{Key: "$lt", Value: step}}},
	}, bson.D{
		{Key: "$set", Value: bson.D{{Key: "totp.lastStep", Value: step}, {Key: "totp.failures", Value: int64(0)}}},
		{Key: "$unset", Value: bson.D{{Key: "totp.failedAt", Value: ""}}},
	})
}

// Rehash implements core.Attempts.
func (s *Store) Rehash(ctx context.Context, account id.Account, old, fresh secret.String) (bool, error) {
	return s.update(ctx,
		bson.D{{Key: "_id", Value: string(account)}, {Key: "password.hash", Value: old.Reveal()}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "password.hash", Value: fresh.Reveal()}}}})
}

// Note implements core.Attempts.
func (s *Store) Note(ctx context.Context, account id.Account, n core.Note) (bool, error) {
	filter := bson.D{{Key: "_id", Value: string(account)}}
	var set, update bson.D
	if n.ClearPassword {
		set = append(set, bson.E{Key: "password.failures", Value: int64(0)})
		update = append(update, bson.E{Key: "$unset", Value: bson.D{{Key: "password.failedAt", Value: ""}}})
	}
	if !n.SignedInAt.IsZero() {
		set = append(set, bson.E{Key: "signedInAt", Value: n.SignedInAt})
	}
	if n.Notice != nil {
		filter = append(filter, bson.E{Key: "noticedAt", Value: when(n.NoticeSeen)})
		set = append(set, bson.E{Key: "noticedAt", Value: n.Notice.At})
		update = append(update, push(toEntry(*n.Notice)))
	}
	if len(set) == 0 {
		return true, nil
	}
	return s.update(ctx, filter, append(update, bson.E{Key: "$set", Value: set}))
}

// update tells whether the filter matched.
func (s *Store) update(ctx context.Context, filter, update bson.D, opts ...options.Lister[options.UpdateOneOptions]) (bool, error) {
	res, err := s.accounts.UpdateOne(ctx, filter, update, opts...)
	if err != nil {
		return false, translate(err)
	}
	return res.MatchedCount == 1, nil
}
