// Package ild serves the part of the ild dialect that is about users.
package ild

import (
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	ild "github.com/watchword/watchword/pkg/dialect/ild"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/core"
)

// Handler translates between the dialect and core.
type Handler struct {
	Core   *core.Core
	Logger *slog.Logger // told of lists that broke off
}

// Dialect is the handler's routes in their envelope.
func (h Handler) Dialect() web.Dialect { return ild.Dialect(h.routes()) }

// routes has the fixed paths before those with a parameter in their place, as the first that fits is taken.
func (h Handler) routes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/user/profile", Access: web.Member, Body: web.NoBody, Handle: h.profile},
		{Method: http.MethodPut, Path: "/user/profile", Access: web.Member, Body: web.Multipart, Limit: formLimit, Handle: h.updateProfile},
		{Method: http.MethodGet, Path: "/user/profile/:userId", Access: web.Open, Body: web.NoBody, Handle: h.publicProfile},
		// HTML says that Accept need not admit JSON: browsers ask for pictures.
		{Method: http.MethodGet, Path: "/user/profile/stream/:key", Access: web.Member, Body: web.NoBody, HTML: true, Handle: h.picture},
		{Method: http.MethodPut, Path: "/user/changepassword", Access: web.Member, Body: web.JSON, Handle: h.changePassword},
		{Method: http.MethodPut, Path: "/user/tutorial", Access: web.Member, Body: web.NoBody, Handle: h.tutorial},
		{Method: http.MethodGet, Path: "/user/community", Access: web.Member, Body: web.NoBody, Handle: h.communities},
		{Method: http.MethodPost, Path: "/user/community", Access: web.Member, Body: web.JSON, Handle: h.createCommunity},
		{Method: http.MethodPatch, Path: "/user/community/join/:communityId", Access: web.Member, Body: web.NoBody, Handle: h.join},
		{Method: http.MethodPatch, Path: "/user/community/leave/:communityId", Access: web.Member, Body: web.NoBody, Handle: h.leave},
		{Method: http.MethodGet, Path: "/user", Access: web.Member, Body: web.NoBody, Handle: h.users},
		{Method: http.MethodGet, Path: "/user/:userId", Access: web.Member, Body: web.NoBody, Handle: h.user},
		{Method: http.MethodPatch, Path: "/user/:userId/index", Access: web.Member, Body: web.NoBody, Handle: h.index},
		{Method: http.MethodPut, Path: "/user/:userId/subscription", Access: web.Member, Body: web.JSON, Handle: h.subscribe},
		{Method: http.MethodPut, Path: "/user/:userId/recalculate-subscription", Access: web.Member, Body: web.NoBody, Handle: h.recalculate},
	}
}

func account(c *fiber.Ctx) id.Account { return id.Account(c.Params("userId")) }

func actor(c *fiber.Ctx) core.Actor {
	who, _ := web.Principal(c)
	return core.Actor{Account: who.Account, Session: who.Session}
}

// part reads which part of a list is asked for: limit, a whole number from 1 to 2^31-1 (0 where it is absent), and after,
// an id.
func part(c *fiber.Ctx) (after string, limit int64, err error) {
	if after, err = web.Query(c, "after"); err != nil {
		return "", 0, err
	}
	if c.Context().QueryArgs().Has("after") && !id.Valid(after) {
		return "", 0, fault.Field(fault.Malformed, "after", fault.FieldFormat)
	}
	text, err := web.Query(c, "limit")
	if err != nil || !c.Context().QueryArgs().Has("limit") {
		return after, 0, err
	}
	limit, err = strconv.ParseInt(text, 10, 32)
	if err != nil || limit < 1 || text != strconv.FormatInt(limit, 10) {
		return "", 0, fault.Field(fault.Malformed, "limit", fault.FieldFormat)
	}
	return after, limit, nil
}
