package wolf

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
)

func (h Handler) register(c *fiber.Ctx) error {
	body, err := web.DecodeForm[registerBody](c)
	if err != nil {
		return err
	}
	in := core.Registration{Username: body.Username, Email: body.Email, Password: body.Password}
	if err := h.Core.Register(web.Context(c), in, linkLifetime, h.client(c)); err != nil {
		return err
	}
	return c.Status(http.StatusCreated).JSON(pendingConfirmation)
}

func (h Handler) login(c *fiber.Ctx) error {
	body, err := web.DecodeForm[loginBody](c)
	if err != nil {
		return err
	}
	if body.Email == "" {
		return fault.Field(fault.Malformed, "email", fault.FieldMissing)
	}
	login := usersapi.Login{Email: body.Email}
	out, err := h.Core.Login(web.Context(c), login, body.Password, "", h.client(c))
	if f := fault.Of(err); fault.Has(err, fault.CodeRequired) && f.Challenge != nil {
		web.NoStore(c)
		return c.JSON(challenged(f.Challenge.Token))
	}
	if err != nil {
		return err
	}
	return h.answer(c, out, false)
}

func (h Handler) twoFactor(c *fiber.Ctx) error {
	body, err := web.DecodeFormFold[twoFactorBody](c)
	if err != nil {
		return err
	}
	out, err := h.Core.AnswerChallenge(web.Context(c), body.Token, body.Code, h.client(c))
	if err != nil {
		return err
	}
	return h.answer(c, out, true)
}

// answer hands a sign-in's tokens out.
func (h Handler) answer(c *fiber.Ctx, out core.SignedIn, twoFactor bool) error {
	web.NoStore(c)
	h.Device.Write(c, out.Device)
	return c.JSON(signedInBody{pairBody: pair(out), TwoFactor: twoFactor})
}

func (h Handler) refresh(c *fiber.Ctx) error {
	body, err := web.DecodeForm[refreshBody](c)
	if err != nil {
		return err
	}
	out, err := h.Core.RefreshAlone(web.Context(c), body.RefreshToken, session.Wolf)
	if err != nil {
		return err
	}
	web.NoStore(c)
	return c.JSON(pair(out))
}

func (h Handler) logout(c *fiber.Ctx) error {
	who, err := h.Core.Authenticate(web.Context(c), token(c))
	if err != nil {
		return err
	}
	if err := h.Core.Logout(web.Context(c), who); err != nil {
		return err
	}
	return c.JSON(loggedOut)
}

// token is the Authorization header's, with or without Bearer before it.
func token(c *fiber.Ctx) string {
	if bearer := web.Bearer(c); bearer != "" {
		return bearer
	}
	return strings.Trim(c.Get(fiber.HeaderAuthorization), " ")
}
