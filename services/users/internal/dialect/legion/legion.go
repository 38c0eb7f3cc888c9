// Package legion serves the part of the legion dialect that is about accounts.
package legion

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	legion "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/totp"
)

// policy is how the dialect enrols authenticators.
var policy = core.Policy{Algorithm: totp.SHA256}

// Handler translates between the dialect and core.
type Handler struct {
	Core      *core.Core
	CSRF      *legion.CSRF
	Directory Directory
}

// Dialect is the handler's routes in their envelope.
func (h Handler) Dialect() web.Dialect { return legion.Dialect(h.CSRF, h.routes()) }

func (h Handler) routes() []web.Route {
	return []web.Route{
		{Method: http.MethodPost, Path: "/users", Access: web.Open, Body: web.JSON, Handle: h.create},
		{Method: http.MethodGet, Path: "/users", Access: web.Optional, Body: web.NoBody, Handle: h.list},
		{Method: http.MethodGet, Path: "/users/:userId", Access: web.Optional, Body: web.NoBody, Handle: h.get},
		{Method: http.MethodPut, Path: "/users/:userId", Access: web.Member, Body: web.JSON, Handle: h.update},
		{Method: http.MethodDelete, Path: "/users/:userId", Access: web.Member, Body: web.OptionalJSON, Handle: h.remove},
		{Method: http.MethodPost, Path: "/users/:userId/otp/secret", Access: web.Member, Body: web.OptionalJSON, Handle: h.enrol},
		{Method: http.MethodPut, Path: "/users/:userId/otp", Access: web.Open, Body: web.JSON, Handle: h.confirm},
		{Method: http.MethodDelete, Path: "/users/:userId/otp", Access: web.Member, Body: web.OptionalJSON, Handle: h.disable},
		{Method: http.MethodPut, Path: "/users/:userId/password", Access: web.Member, Body: web.JSON, Handle: h.password},
		{Method: http.MethodPost, Path: "/users/:userId/restore", Access: web.Member, Body: web.OptionalJSON, Handle: h.restore},
		{Method: http.MethodPatch, Path: "/users/:userId/standing", Access: web.Member, Body: web.JSON, Handle: h.standing},
		{Method: http.MethodPut, Path: "/users/:userId/role", Access: web.Member, Body: web.JSON, Handle: h.role},
	}
}

func account(c *fiber.Ctx) id.Account { return id.Account(c.Params("userId")) }

func actor(c *fiber.Ctx) core.Actor {
	who, _ := web.Principal(c)
	return core.Actor{Account: who.Account, Session: who.Session}
}

// etag names a version; ifMatch reads it back.
func etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

// ifMatch gives the version that the client means: nil where it names none, or any. What is no tag of ours is a version
// that no account has.
func ifMatch(c *fiber.Ctx) *int64 {
	header := strings.TrimSpace(c.Get(fiber.HeaderIfMatch))
	if header == "" || header == "*" {
		return nil
	}
	version, err := strconv.ParseInt(strings.Trim(header, `"`), 10, 64)
	if err != nil || header != etag(version) {
		version = 0
	}
	return &version
}

// includeDeleted reads the query parameter: true or false, which it is where it is absent.
func includeDeleted(c *fiber.Ctx) (bool, error) {
	text, err := web.Query(c, "includeDeleted")
	if err != nil || text == "" && !c.Context().QueryArgs().Has("includeDeleted") {
		return false, err
	}
	if text != "true" && text != "false" {
		return false, fault.Field(fault.Malformed, "includeDeleted", fault.FieldFormat)
	}
	return text == "true", nil
}

// page reads the query parameter: a whole number from 1 to 2^31-1, 1 where it is absent.
func page(c *fiber.Ctx) (int64, error) {
	text, err := web.Query(c, "page")
	if err != nil || text == "" && !c.Context().QueryArgs().Has("page") {
		return 1, err
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 || text != strconv.FormatInt(n, 10) {
		return 0, fault.Field(fault.Malformed, "page", fault.FieldFormat)
	}
	return n, nil
}
