package nerdcult

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
)

func (h Handler) register(c *fiber.Ctx) error {
	body, err := web.Decode[registerBody](c)
	if err != nil {
		return err
	}
	in := core.Registration{Username: body.Username, Email: body.Email, Password: body.Password}
	if err := h.Core.Register(web.Context(c), in, linkLifetime, h.client(c)); err != nil {
		return err
	}
	return c.JSON(emptyBody{})
}

func (h Handler) verify(c *fiber.Ctx) error {
	body, err := web.Decode[verifyBody](c)
	if err != nil {
		return err
	}
	if _, err := h.Core.Verify(web.Context(c), body.Token, body.Password, h.client(c)); err != nil {
		return err
	}
	return c.JSON(emptyBody{})
}

func (h Handler) authenticate(c *fiber.Ctx) error {
	body, err := web.Decode[authenticateBody](c)
	if err != nil {
		return err
	}
	if body.Username == "" {
		return fault.Field(fault.Malformed, "username", fault.FieldMissing)
	}
	login := usersapi.Login{Username: body.Username}
	out, err := h.Core.Login(web.Context(c), login, body.Password, body.Code, h.client(c))
	if err != nil {
		return err
	}
	web.NoStore(c)
	h.Device.Write(c, out.Device)
	return c.JSON(tokenBody{Token: out.Access.Reveal()})
}

func (h Handler) remove(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	if err := h.Core.DeleteAccount(web.Context(c), who); err != nil {
		return err
	}
	return c.JSON(emptyBody{})
}

func (h Handler) tokens(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	list, err := h.Core.ListSessions(web.Context(c), who)
	if err != nil {
		return err
	}
	web.NoStore(c)
	return c.JSON(tokens(list, who.Session, web.Bearer(c)))
}

func (h Handler) endToken(c *fiber.Ctx) error {
	body, err := web.Decode[endTokenBody](c)
	if err != nil {
		return err
	}
	who, _ := web.Principal(c)
	sid, err := named(body.Token.Reveal(), who, web.Bearer(c))
	if err != nil {
		return err
	}
	if err := h.Core.EndSession(web.Context(c), who, sid); err != nil {
		return err
	}
	return c.JSON(emptyBody{})
}

// named is the session that text names: the token asked with, another one whole, or the id part of one.
func named(text string, who session.Principal, bearer string) (id.Session, error) {
	if text == bearer {
		return who.Session, nil
	}
	text, _, _ = strings.Cut(text, ".")
	account, sid, _ := strings.Cut(text, "-")
	if account != string(who.Account) {
		return "", fault.New(fault.SessionUnknown)
	}
	return id.Session(sid), nil
}
