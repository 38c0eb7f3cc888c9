package ild

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	dialect "github.com/watchword/watchword/pkg/dialect/ild"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
)

// The refresh cookie.
const (
	refreshCookie = "refreshToken"
	refreshPath   = "/sign"
	refreshMaxAge = 2592000 * time.Second
)

func (h Handler) login(c *fiber.Ctx) error {
	body, err := web.Decode[loginBody](c)
	if err != nil {
		return err
	}
	if body.Email == "" {
		return fault.Field(fault.Malformed, "email", fault.FieldMissing)
	}
	login := usersapi.Login{Email: body.Email}
	out, err := h.Core.Login(web.Context(c), login, body.Password, body.Code, h.client(c))
	if err != nil {
		return err
	}
	user, err := h.Core.Profile(web.Context(c), out.Account.ID)
	if err != nil {
		return err
	}
	h.Device.Write(c, out.Device)
	hand(c, out, refreshMaxAge)
	return c.JSON(loginAnswer{Token: out.Access.Reveal(), User: dialect.NewUser(user)})
}

// hand sets the refresh cookie beside an answer that carries an access token.
func hand(c *fiber.Ctx, out core.SignedIn, maxAge time.Duration) {
	web.NoStore(c)
	web.SetCookie(c, refreshCookie, out.Refresh.Reveal(), refreshPath, maxAge)
}

func (h Handler) register(c *fiber.Ctx) error {
	body, err := web.Decode[registerBody](c)
	if err != nil {
		return err
	}
	user, err := h.Core.CreateAccount(web.Context(c), body.create(), h.client(c))
	if err != nil {
		return err
	}
	return c.Status(http.StatusCreated).JSON(dialect.NewUser(user))
}

func (h Handler) refresh(c *fiber.Ctx) error {
	out, err := h.Core.RefreshAlone(web.Context(c), refreshToken(c), session.ILD)
	if err != nil {
		return err
	}
	hand(c, out, min(refreshMaxAge, out.SessionExpires.Sub(h.Core.Now())))
	return c.JSON(tokenAnswer{Token: out.Access.Reveal()})
}

// logout takes a Bearer token where there is an Authorization header, else the cookie.
func (h Handler) logout(c *fiber.Ctx) error {
	var err error
	if authorized(c) {
		err = h.end(c, web.Bearer(c))
	} else {
		err = h.Core.LogoutByRefresh(web.Context(c), refreshToken(c), session.ILD)
	}
	if err != nil {
		return err
	}
	web.SetCookie(c, refreshCookie, "", refreshPath, 0)
	return dialect.Done(c, "Logged out.")
}

func (h Handler) end(c *fiber.Ctx, bearer string) error {
	who, err := h.Core.Authenticate(web.Context(c), bearer)
	if err != nil {
		return err
	}
	return h.Core.Logout(web.Context(c), who)
}

func refreshToken(c *fiber.Ctx) secret.String { return secret.New(web.Cookie(c, refreshCookie)) }

func (h Handler) verify(c *fiber.Ctx) error {
	body, err := web.Decode[verifyBody](c)
	if err != nil {
		return err
	}
	if _, err := h.Core.Verify(web.Context(c), body.Token, body.Password, h.client(c)); err != nil {
		return err
	}
	return dialect.Done(c, "The email is verified.")
}

func (h Handler) forgot(c *fiber.Ctx) error {
	body, err := web.Decode[emailBody](c)
	if err != nil {
		return err
	}
	if err := h.Core.Forgot(web.Context(c), body.Email, h.client(c)); err != nil {
		return err
	}
	return dialect.Done(c, "If the email belongs to a user, a link to reset the password was sent.")
}

func (h Handler) reset(c *fiber.Ctx) error {
	body, err := web.Decode[resetBody](c)
	if err != nil {
		return err
	}
	if err := h.Core.ResetPassword(web.Context(c), secret.New(c.Params("token")), body.Password, h.client(c)); err != nil {
		return err
	}
	return dialect.Done(c, "The password was reset.")
}
