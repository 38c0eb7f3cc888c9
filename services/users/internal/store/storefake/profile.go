package storefake

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
)

// After implements core.Rolls.
func (s *Store) After(_ context.Context, after id.Account, limit int64) (out []core.Account, err error) {
	err = s.locked(func() error {
		out = s.sorted(func(a core.Account) bool { return a.ID > after && !a.Deleted() })
		out = out[:min(limit, int64(len(out)))]
		return nil
	})
	return out, err
}

// AddPicture implements core.Pictures.
func (s *Store) AddPicture(_ context.Context, p core.Picture) error {
	return s.locked(func() error {
		s.pictures[p.Key] = p
		return nil
	})
}

// Picture implements core.Pictures.
func (s *Store) Picture(_ context.Context, key string) (p core.Picture, err error) {
	err = s.locked(func() error {
		var found bool
		if p, found = s.pictures[key]; !found {
			return fault.New(fault.ImageUnknown)
		}
		return nil
	})
	return p, err
}

// DoubtPicture implements core.Pictures.
func (s *Store) DoubtPicture(_ context.Context, key string, at time.Time) error {
	return s.locked(func() error {
		s.doubt(key, at)
		return nil
	})
}

func (s *Store) doubt(key string, at time.Time) {
	if p, found := s.pictures[key]; found {
		p.DoubtedAt = at
		s.pictures[key] = p
	}
}

// TrustPicture implements core.Pictures.
func (s *Store) TrustPicture(_ context.Context, key string, since time.Time) error {
	return s.locked(func() error {
		if s.pictures[key].DoubtedAt.Equal(since) {
			s.doubt(key, time.Time{})
		}
		return nil
	})
}

// DropPicture implements core.Pictures.
func (s *Store) DropPicture(_ context.Context, key string) error {
	return s.locked(func() error {
		delete(s.pictures, key)
		return nil
	})
}

// DoubtedPictures implements core.Pictures.
func (s *Store) DoubtedPictures(_ context.Context, before time.Time, limit int64) (out []core.Picture, err error) {
	err = s.locked(func() error {
		for _, p := range s.pictures {
			if !p.DoubtedAt.IsZero() && p.DoubtedAt.Before(before) && int64(len(out)) < limit {
				p.Bytes = nil
				out = append(out, p)
			}
		}
		return nil
	})
	return out, err
}

// PictureKeys lists the pictures that are there, for tests of what is left over.
func (s *Store) PictureKeys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.pictures))
}

// AddCommunity implements core.Communities.
func (s *Store) AddCommunity(_ context.Context, c core.Community) error {
	return s.locked(func() error {
		s.communities[c.ID] = c
		return nil
	})
}

// Community implements core.Communities.
func (s *Store) Community(_ context.Context, id string) (c core.Community, err error) {
	err = s.locked(func() error {
		var found bool
		if c, found = s.communities[id]; !found {
			return fault.New(fault.CommunityUnknown)
		}
		return nil
	})
	return c, err
}

// CommunitiesOf implements core.Communities.
func (s *Store) CommunitiesOf(_ context.Context, ids []string) ([]core.Community, error) {
	return s.someCommunities(func(c core.Community) bool { return slices.Contains(ids, c.ID) })
}

// CommunitiesAfter implements core.Communities.
func (s *Store) CommunitiesAfter(_ context.Context, after string, limit int64) ([]core.Community, error) {
	out, err := s.someCommunities(func(c core.Community) bool { return c.ID > after })
	return out[:min(limit, int64(len(out)))], err
}

func (s *Store) someCommunities(fits func(core.Community) bool) (out []core.Community, err error) {
	err = s.locked(func() error {
		for _, c := range s.communities {
			if fits(c) {
				out = append(out, c)
			}
		}
		slices.SortFunc(out, func(a, b core.Community) int { return cmp.Compare(a.ID, b.ID) })
		return nil
	})
	return out, err
}
