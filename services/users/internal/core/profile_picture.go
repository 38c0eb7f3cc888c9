package core

import (
	"context"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/picture"
)

const (
	// doubtful is how long a picture may be in doubt before the sweep decides: longer than any request may take.
	doubtful   = 10 * time.Minute
	doubtBatch = 100
)

// Picture is one picture of an account. It never changes: another one has another key.
type Picture struct {
	Key     string // a ULID
	Account id.Account
	Type    string // media type
	Bytes   []byte
	// DoubtedAt is since when it is not settled whether its account shows it; zero: it does.
	DoubtedAt time.Time
}

// Pictures keeps the pictures of accounts. A picture and its account are two documents, so a picture is marked as in
// doubt before a change that gives it or takes it away, and settled after it; what is left in doubt the sweep settles by
// the account's own word. So none is left over, and none is missing, whatever breaks between.
type Pictures interface {
	AddPicture(ctx context.Context, p Picture) error
	// Picture gives one; fault ImageUnknown.
	Picture(ctx context.Context, key string) (Picture, error)
	// DoubtPicture marks one, where it is there.
	DoubtPicture(ctx context.Context, key string, at time.Time) error
	// TrustPicture takes the mark off, only where it is still that of since.
	TrustPicture(ctx context.Context, key string, since time.Time) error
	DropPicture(ctx context.Context, key string) error
	// DoubtedPictures lists pictures in doubt since before the time given, without their bytes. Those of an account that
	// Cleanup removes are in doubt from before the time that Cleanup was given.
	DoubtedPictures(ctx context.Context, before time.Time, limit int64) ([]Picture, error)
}

// Picture gives the picture of a key, where a live account shows it. Fault: ImageUnknown.
func (c *Core) Picture(ctx context.Context, key string) (Picture, error) {
	if !id.Valid(key) {
		return Picture{}, fault.New(fault.ImageUnknown)
	}
	p, err := c.Store.Picture(ctx, key)
	if err != nil {
		return Picture{}, err
	}
	a, err := c.live(ctx, p.Account)
	if fault.Has(err, fault.AccountUnknown) || err == nil && a.Profile.Image != key {
		return Picture{}, fault.New(fault.ImageUnknown)
	}
	return p, err
}

// addPicture converts an upload and keeps it, in doubt until an account shows it.
func (c *Core) addPicture(ctx context.Context, account id.Account, f picture.File) (Picture, error) {
	if err := c.Limits.Take(ctx, pictureRule, string(account)); err != nil {
		return Picture{}, err
	}
	made, err := c.convert(ctx, f)
	if err != nil {
		return Picture{}, err
	}
	key, err := c.ids.New()
	if err != nil {
		return Picture{}, err
	}
	p := Picture{Key: key, Account: account, Type: made.Type, Bytes: made.Bytes, DoubtedAt: c.now()}
	return p, c.Store.AddPicture(ctx, p)
}

// swapPicture has the account show the picture of a key, empty: none, and gives the one it showed, in doubt from now on.
func (c *Core) swapPicture(ctx context.Context, a *Account, key string) (taken Picture, err error) {
	taken = Picture{Key: a.Profile.Image, Account: a.ID, DoubtedAt: c.now()}
	a.Profile.Image = key
	if taken.Key != "" {
		err = c.Store.DoubtPicture(ctx, taken.Key, taken.DoubtedAt)
	}
	return taken, err
}

// settlePicture keeps a picture in doubt where the account shows it, and drops it where not.
func (c *Core) settlePicture(ctx context.Context, showing string, p Picture) error {
	if p.Key == showing {
		return c.Store.TrustPicture(ctx, p.Key, p.DoubtedAt)
	}
	return c.Store.DropPicture(ctx, p.Key)
}

// sweepPictures settles what was left in doubt.
func (c *Core) sweepPictures(ctx context.Context, now time.Time) error {
	for {
		doubted, err := c.Store.DoubtedPictures(ctx, now.Add(-doubtful), doubtBatch)
		if err != nil || len(doubted) == 0 {
			return err
		}
		for _, p := range doubted {
			a, err := c.Store.Get(ctx, p.Account)
			if err != nil && !fault.Has(err, fault.AccountUnknown) {
				return err
			}
			if err := c.settlePicture(ctx, a.Profile.Image, p); err != nil {
				return err
			}
		}
	}
}
