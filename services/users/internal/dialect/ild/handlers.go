package ild

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	ild "github.com/watchword/watchword/pkg/dialect/ild"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/core"
)

func (h Handler) profile(c *fiber.Ctx) error {
	p, err := h.Core.Profile(web.Context(c), usersapi.GetProfile{ID: actor(c).Account})
	if err != nil {
		return err
	}
	return c.JSON(profile(p))
}

func (h Handler) publicProfile(c *fiber.Ctx) error {
	p, err := h.Core.Profile(web.Context(c), usersapi.GetProfile{ID: account(c)})
	if err != nil {
		return err
	}
	return c.JSON(public(p))
}

func (h Handler) picture(c *fiber.Ctx) error {
	p, err := h.Core.Picture(web.Context(c), c.Params("key"))
	if err != nil {
		return err
	}
	tag := strconv.Quote(p.Key)
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "private")
	if has(c.Get(fiber.HeaderIfNoneMatch), tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.Set(fiber.HeaderContentType, p.Type)
	return c.Send(p.Bytes)
}

// has tells whether If-None-Match names a tag, by the weak comparison (RFC 9110, section 13.1.2).
func has(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

func (h Handler) changePassword(c *fiber.Ctx) error {
	body, err := web.Decode[passwordBody](c)
	if err != nil {
		return err
	}
	_, err = h.Core.ChangePassword(web.Context(c), core.ChangePassword{
		Actor:    actor(c),
		Account:  actor(c).Account,
		Password: body.CurrentPassword,
		Fresh:    body.NewPassword,
		Code:     body.Code,
	})
	if err != nil {
		return err
	}
	return ild.Done(c, "Password changed")
}

func (h Handler) tutorial(c *fiber.Ctx) error {
	if err := h.Core.FinishTutorial(web.Context(c), actor(c)); err != nil {
		return err
	}
	return ild.Done(c, "Tutorial finished")
}

func (h Handler) communities(c *fiber.Ctx) error {
	after, limit, err := part(c)
	if err != nil {
		return err
	}
	return stream(c, h.Logger, h.Core.Communities(after, limit), community)
}

func (h Handler) createCommunity(c *fiber.Ctx) error {
	body, err := web.Decode[communityBody](c)
	if err != nil {
		return err
	}
	made, err := h.Core.CreateCommunity(web.Context(c), actor(c), body.Name, body.Categories)
	if err != nil {
		return err
	}
	return c.Status(http.StatusCreated).JSON(community(made))
}

func (h Handler) join(c *fiber.Ctx) error {
	if err := h.Core.Join(web.Context(c), actor(c), c.Params("communityId")); err != nil {
		return err
	}
	return ild.Done(c, "Community joined")
}

func (h Handler) leave(c *fiber.Ctx) error {
	if err := h.Core.Leave(web.Context(c), actor(c), c.Params("communityId")); err != nil {
		return err
	}
	return ild.Done(c, "Community left")
}

func (h Handler) users(c *fiber.Ctx) error {
	after, limit, err := part(c)
	if err != nil {
		return err
	}
	all, err := h.Core.Accounts(web.Context(c), actor(c), id.Account(after), limit)
	if err != nil {
		return err
	}
	return stream(c, h.Logger, all, ild.NewUser)
}

func (h Handler) user(c *fiber.Ctx) error {
	return one(c)(h.Core.ProfileForAdmin(web.Context(c), actor(c), account(c)))
}

func (h Handler) index(c *fiber.Ctx) error {
	return one(c)(h.Core.IndexCategories(web.Context(c), actor(c), account(c)))
}

func (h Handler) recalculate(c *fiber.Ctx) error {
	return one(c)(h.Core.RecalculateSubscription(web.Context(c), actor(c), account(c)))
}

func (h Handler) subscribe(c *fiber.Ctx) error {
	body, err := web.Decode[subscriptionBody](c)
	if err != nil {
		return err
	}
	return one(c)(h.Core.SetSubscription(web.Context(c), core.SetSubscription{
		Actor:     actor(c),
		Account:   account(c),
		Plan:      body.Plan,
		StartsAt:  body.StartsAt,
		ExpiresAt: body.ExpiresAt,
	}))
}

// one answers the user object of what a use case made.
func one(c *fiber.Ctx) func(usersapi.Profile, error) error {
	return func(p usersapi.Profile, err error) error {
		if err != nil {
			return err
		}
		return c.JSON(ild.NewUser(p))
	}
}
