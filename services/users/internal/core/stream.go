package core

import (
	"context"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

// rollPage is how many items of a list are in memory at a time.
const rollPage = 500

// Rolls goes through all accounts.
type Rolls interface {
	// After gives at most limit live accounts with a greater id, by id; credentials and outboxes may be left out.
	After(ctx context.Context, after id.Account, limit int64) ([]Account, error)
}

// Roll goes through a list by id, a page at a time, so however long the list is, no more than a page of it is held.
type Roll[T any] struct {
	page  func(ctx context.Context, after string, limit int64) (items []T, last string, err error)
	after string
	left  int64 // -1: without bound
}

// Next gives the next items; none: there are no more.
func (r *Roll[T]) Next(ctx context.Context) ([]T, error) {
	if r.left == 0 {
		return nil, nil
	}
	limit := int64(rollPage)
	if r.left > 0 {
		limit = min(limit, r.left)
	}
	items, last, err := r.page(ctx, r.after, limit)
	if err != nil {
		return nil, err
	}
	r.after = last
	switch n := int64(len(items)); {
	case n < limit:
		r.left = 0
	case r.left > 0:
		r.left -= n
	}
	return items, nil
}

// Accounts goes through the live accounts with ids greater than after, at most limit of them, 0: all, for an admin. Fault:
// Forbidden.
func (c *Core) Accounts(ctx context.Context, actor Actor, after id.Account, limit int64) (*Roll[usersapi.Profile], error) {
	if _, err := c.admin(ctx, actor); err != nil {
		return nil, err
	}
	return roll(string(after), limit, func(ctx context.Context, after string, limit int64) ([]usersapi.Profile, string, error) {
		found, err := c.Store.After(ctx, id.Account(after), limit)
		if err != nil || len(found) == 0 {
			return nil, after, err
		}
		out := make([]usersapi.Profile, len(found))
		for i := range found {
			out[i] = found[i].profile()
		}
		return out, string(found[len(found)-1].ID), nil
	}), nil
}

// Communities goes through the communities, as Accounts does; anybody may.
func (c *Core) Communities(after string, limit int64) *Roll[Community] {
	return roll(after, limit, func(ctx context.Context, after string, limit int64) ([]Community, string, error) {
		found, err := c.Store.CommunitiesAfter(ctx, after, limit)
		if err != nil || len(found) == 0 {
			return nil, after, err
		}
		return found, found[len(found)-1].ID, nil
	})
}

func roll[T any](after string, limit int64, page func(context.Context, string, int64) ([]T, string, error)) *Roll[T] {
	if limit == 0 {
		limit = -1
	}
	return &Roll[T]{page: page, after: after, left: limit}
}
