package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// maxExpired is how many documents of an index go in one transaction, so that other writes get their turn.
const maxExpired = 1000

// Expire removes what the TTL indexes say is past and tells how many documents that was; past is what is not after now.
// It removes at most 1,000 of each index.
func (s *Store) Expire(ctx context.Context, now time.Time) (int64, error) {
	due := map[Namespace][]Query{}
	err := s.Read(ctx, func(t *Tx) error {
		for _, ns := range t.Namespaces() {
			c, err := t.find(ns)
			if err != nil {
				return err
			}
			for _, d := range c.indexes {
				if d.ExpireAfter == nil {
					continue
				}
				q, err := pastOf(d, now)
				if err != nil {
					return err
				}
				if c.countUpTo(c.choose(q), 1) > 0 {
					due[ns] = append(due[ns], q)
				}
			}
		}
		return nil
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var removed int64
	err = s.Write(ctx, func(t *Tx) error {
		removed = 0
		for ns, queries := range due {
			for _, q := range queries {
				n, err := t.Delete(ns, q)
				if err != nil {
					return err
				}
				removed += n
			}
		}
		return nil
	})
	return removed, err
}

// pastOf finds the documents that an index says are past: only a date is ever past.
func pastOf(d *index, now time.Time) (Query, error) {
	past := bson.NewDateTimeFromTime(now.Add(-time.Duration(*d.ExpireAfter) * time.Second))
	raw, err := bson.Marshal(bson.D{{Key: d.columns[0].Path.Name, Value: bson.D{{Key: "$lte", Value: past}}}})
	if err != nil {
		return Query{}, err
	}
	filter, err := document.ParseFilter(raw)
	return Query{Filter: filter, Limit: maxExpired}, err
}
