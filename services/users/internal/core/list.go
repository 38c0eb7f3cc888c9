package core

import (
	"context"
	"sync"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi"
)

const (
	// PageSize is how many accounts a page holds.
	PageSize = 20
	// OpenPages is the last page that others than admins may ask for: each costs a walk.
	OpenPages = 500
	totalsAge = 30 * time.Second
)

// Page is one page of accounts, the oldest first.
type Page struct {
	Accounts []Account
	Total    int64 // accounts in all; up to 30 s old
	Pages    int64
	Last     bool // no page follows
}

// List gives page (from 1), deleted accounts only where asked for. fault Forbidden past OpenPages for others than admins
// (role is the asking session's, empty: nobody's).
func (c *Core) List(ctx context.Context, page int64, deleted bool, role string) (Page, error) {
	if page > OpenPages && role != usersapi.RoleAdmin {
		return Page{}, fault.New(fault.Forbidden)
	}
	accounts, err := c.Store.Page(ctx, (page-1)*PageSize, PageSize+1, deleted)
	if err != nil {
		return Page{}, err
	}
	total, err := c.totals.get(ctx, deleted, c.Now(), c.Store.Count)
	if err != nil {
		return Page{}, err
	}
	out := Page{Accounts: accounts, Total: total, Pages: (total + PageSize - 1) / PageSize, Last: len(accounts) <= PageSize}
	if !out.Last {
		out.Accounts = accounts[:PageSize]
	}
	return out, nil
}

// totals keeps the two counts for a while, as each costs a walk over an index.
type totals struct {
	mu   sync.Mutex
	kept [2]total
}

type total struct {
	count int64
	at    time.Time
}

// get counts again where the count is too old; whoever comes meanwhile waits for that one count.
func (t *totals) get(ctx context.Context, deleted bool, now time.Time, count func(context.Context, bool) (int64, error)) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := &t.kept[0]
	if deleted {
		kept = &t.kept[1]
	}
	if !kept.at.IsZero() && now.Sub(kept.at) < totalsAge {
		return kept.count, nil
	}
	n, err := count(ctx, deleted)
	if err == nil {
		*kept = total{count: n, at: now}
	}
	return n, err
}
