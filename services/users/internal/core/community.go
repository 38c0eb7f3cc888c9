package core

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Bounds of what a community is about, and of how many one account joins.
const (
	maxCategories  = 50
	maxCategory    = 50 // characters
	maxCommunities = 200
)

// Community is what accounts join.
type Community struct {
	ID         string // a ULID
	Name       string
	Categories []string // no two the same, in the order given
	CreatedAt  time.Time
}

// Communities keeps communities.
type Communities interface {
	AddCommunity(ctx context.Context, c Community) error
	// Community gives one; fault CommunityUnknown.
	Community(ctx context.Context, id string) (Community, error)
	// CommunitiesOf gives those of ids that are there, in any order.
	CommunitiesOf(ctx context.Context, ids []string) ([]Community, error)
	// CommunitiesAfter gives at most limit with a greater id, by id.
	CommunitiesAfter(ctx context.Context, after string, limit int64) ([]Community, error)
}

// CreateCommunity makes a community, for an admin. Faults: NameRefused, ValueRefused, Forbidden.
func (c *Core) CreateCommunity(ctx context.Context, actor Actor, name string, categories []string) (Community, error) {
	name, err := CheckName("name", name)
	if err != nil {
		return Community{}, err
	}
	if categories, err = checkCategories(categories); err != nil {
		return Community{}, err
	}
	who, err := c.admin(ctx, actor)
	if err != nil {
		return Community{}, err
	}
	text, err := c.ids.New()
	if err != nil {
		return Community{}, err
	}
	made := Community{ID: text, Name: name, Categories: categories, CreatedAt: c.now()}
	if err := c.Store.AddCommunity(ctx, made); err != nil {
		return Community{}, err
	}
	c.audit(ctx, "community created", "", who.ID)
	return made, nil
}

// checkCategories trims categories and leaves out those that come again.
func checkCategories(given []string) ([]string, error) {
	var out []string
	for _, text := range given {
		text = strings.TrimSpace(text)
		if n := utf8.RuneCountInString(text); n < 1 || n > maxCategory {
			return nil, fault.Field(fault.ValueRefused, "categories", fault.FieldLength)
		}
		if strings.ContainsFunc(text, hidden) {
			return nil, fault.Field(fault.ValueRefused, "categories", fault.FieldFormat)
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
		if len(out) > maxCategories {
			return nil, fault.Field(fault.ValueRefused, "categories", fault.FieldLength)
		}
	}
	return out, nil
}

// Join makes the actor's account a member of a community; it may be one already. Faults: CommunityUnknown,
// Unauthenticated, ValueRefused (a member of too many).
func (c *Core) Join(ctx context.Context, actor Actor, community string) error {
	if err := c.knownCommunity(ctx, community); err != nil {
		return err
	}
	return c.changeMembership(ctx, actor, community, true, func(joined []string) ([]string, error) {
		if len(joined) >= maxCommunities {
			return nil, fault.Field(fault.ValueRefused, "community", fault.FieldLength)
		}
		return append(joined, community), nil
	})
}

// Leave ends the membership, where there is one. Faults: CommunityUnknown, Unauthenticated.
func (c *Core) Leave(ctx context.Context, actor Actor, community string) error {
	if err := c.knownCommunity(ctx, community); err != nil {
		return err
	}
	return c.changeMembership(ctx, actor, community, false, func(joined []string) ([]string, error) {
		return slices.DeleteFunc(joined, func(one string) bool { return one == community }), nil
	})
}

func (c *Core) knownCommunity(ctx context.Context, community string) error {
	if !id.Valid(community) {
		return fault.New(fault.CommunityUnknown)
	}
	_, err := c.Store.Community(ctx, community)
	return err
}

// changeMembership has fn alter what the actor has joined, unless it is as wanted already.
func (c *Core) changeMembership(ctx context.Context, actor Actor, community string, wanted bool, fn func([]string) ([]string, error)) error {
	who, err := c.self(ctx, actor)
	if err != nil || slices.Contains(who.Profile.Communities, community) == wanted {
		return err
	}
	_, err = c.change(ctx, who.ID, nil, func(a *Account) (err error) {
		if slices.Contains(a.Profile.Communities, community) != wanted {
			a.Profile.Communities, err = fn(a.Profile.Communities)
		}
		return err
	})
	return err
}

// IndexCategories makes an account's categories those of its communities, sorted, for an admin. Faults: Forbidden,
// AccountUnknown.
func (c *Core) IndexCategories(ctx context.Context, actor Actor, account id.Account) (usersapi.Profile, error) {
	if _, err := c.admin(ctx, actor); err != nil {
		return usersapi.Profile{}, err
	}
	return profileOf(c.change(ctx, account, nil, func(a *Account) error {
		joined, err := c.Store.CommunitiesOf(ctx, a.Profile.Communities)
		if err != nil {
			return err
		}
		var union []string
		for _, community := range joined {
			union = append(union, community.Categories...)
		}
		slices.Sort(union)
		a.Profile.Categories = slices.Compact(union)
		return nil
	}))
}
