package mongo

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

// Lease is core.Leases'. The end of a lease is a mail's nextAt too, so one look at the index finds what waited long
// enough and what a process left behind.
func (s *Store) Lease(ctx context.Context, now, until time.Time) (core.Mail, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var d document
	err := s.mails.FindOneAndUpdate(ctx,
		bson.D{{Key: "nextAt", Value: bson.D{{Key: "$lte", Value: now}}}},
		bson.D{
			{Key: "$set", Value: bson.D{{Key: "state", Value: mailapi.Sending}, {Key: "nextAt", Value: until}}},
			{Key: "$inc", Value: bson.D{{Key: "attempts", Value: int64(1)}}},
		},
		options.FindOneAndUpdate().SetSort(bson.D{{Key: "nextAt", Value: 1}}).SetReturnDocument(options.After)).Decode(&d)
	switch {
	case none(err):
		return core.Mail{}, false, nil
	case err != nil:
		return core.Mail{}, false, fault.Outage(fmt.Errorf("lease a mail: %w", err))
	}
	return d.decode(), true, nil
}

// Settle is core.Leases'. A lease is known by its end: two of one mail never end at the same time.
func (s *Store) Settle(ctx context.Context, m core.Mail, to core.Settlement) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	set := bson.D{{Key: "state", Value: to.State}}
	unset := bson.D{}
	switch to.State {
	case mailapi.Waiting:
		set = append(set, bson.E{Key: "nextAt", Value: to.NextAt}, bson.E{Key: "lastError", Value: to.LastError})
	case mailapi.Sent:
		set = append(set, bson.E{Key: "sentAt", Value: to.At}, bson.E{Key: "expiresAt", Value: to.ExpiresAt})
		unset = bson.D{{Key: "nextAt", Value: ""}, {Key: "lastError", Value: ""}, {Key: "sealed", Value: ""}}
	case mailapi.Dead:
		set = append(set, bson.E{Key: "lastError", Value: to.LastError}, bson.E{Key: "expiresAt", Value: to.ExpiresAt})
		unset = bson.D{{Key: "nextAt", Value: ""}}
	default:
		return false, fmt.Errorf("a mail can't be settled as %q", to.State)
	}
	update := bson.D{{Key: "$set", Value: set}}
	if len(unset) > 0 {
		update = append(update, bson.E{Key: "$unset", Value: unset})
	}
	done, err := s.mails.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: m.ID}, {Key: "state", Value: mailapi.Sending}, {Key: "nextAt", Value: m.NextAt}}, update)
	if err != nil {
		return false, fault.Outage(fmt.Errorf("settle a mail: %w", err))
	}
	return done.MatchedCount == 1, nil
}

// Backlog is core.Leases'. It counts over the index of states, and not the sent, which are the many.
func (s *Store) Backlog(ctx context.Context) (core.Backlog, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var b core.Backlog
	for state, n := range map[mailapi.State]*int64{mailapi.Waiting: &b.Waiting, mailapi.Sending: &b.Sending, mailapi.Dead: &b.Dead} {
		var err error
		if *n, err = s.mails.CountDocuments(ctx, bson.D{{Key: "state", Value: state}}); err != nil {
			return core.Backlog{}, fault.Outage(fmt.Errorf("count mails: %w", err))
		}
	}
	for _, state := range []mailapi.State{mailapi.Waiting, mailapi.Sending} {
		oldest, err := s.oldest(ctx, state)
		if err != nil {
			return core.Backlog{}, err
		}
		if b.Oldest.IsZero() || !oldest.IsZero() && oldest.Before(b.Oldest) {
			b.Oldest = oldest
		}
	}
	return b, nil
}

// oldest is when the oldest mail in state was accepted, zero where there is none.
func (s *Store) oldest(ctx context.Context, state mailapi.State) (time.Time, error) {
	var d document
	err := s.mails.FindOne(ctx, bson.D{{Key: "state", Value: state}}, options.FindOne().
		SetSort(bson.D{{Key: "_id", Value: 1}}).
		SetProjection(bson.D{{Key: "createdAt", Value: 1}})).Decode(&d)
	switch {
	case none(err):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fault.Outage(fmt.Errorf("find the oldest mail: %w", err))
	}
	return utc(d.CreatedAt), nil
}
