package lynx

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
)

func (h Handler) login(c *fiber.Ctx) error {
	body, err := web.Decode[loginBody](c)
	if err != nil {
		return err
	}
	login, err := named(body.Username)
	if err != nil {
		return err
	}
	out, err := h.Core.Login(web.Context(c), login, body.Password, body.Token, h.client(c))
	if err != nil {
		return err
	}
	h.signIn(c, out)
	return c.JSON(success("Successfully logged in!"))
}

// named reads what was typed as a username; an email can be told by its @, which no username has.
func named(name string) (usersapi.Login, error) {
	switch {
	case name == "":
		return usersapi.Login{}, fault.Field(fault.Malformed, "username", fault.FieldMissing)
	case strings.Contains(name, "@"):
		return usersapi.Login{Email: name}, nil
	}
	return usersapi.Login{Username: name}, nil
}

// signIn sets the cookie of the session that begins, for as long as that lasts.
func (h Handler) signIn(c *fiber.Ctx, out core.SignedIn) {
	web.NoStore(c)
	h.Device.Write(c, out.Device)
	web.SetCookie(c, Cookie, out.Access.Reveal(), "/", lifetime)
}

func (h Handler) register(c *fiber.Ctx) error {
	body, err := web.Decode[registerBody](c)
	if err != nil {
		return err
	}
	in := usersapi.Create{
		Username: body.Username, Email: body.Email, Password: usersapi.Secret{String: body.Password}, WhileEmpty: true,
	}
	if _, err := h.Core.CreateAccount(web.Context(c), in, h.client(c)); err != nil {
		return err
	}
	return c.JSON(result("Account created"))
}

func (h Handler) logout(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	if err := h.Core.Logout(web.Context(c), who); err != nil {
		return err
	}
	web.SetCookie(c, Cookie, "", "/", 0)
	return c.JSON(success("Successfully logged out"))
}

// me answers a session's cookie or Bearer token, and an API key as it is.
func (h Handler) me(c *fiber.Ctx) error {
	given, bearer := strings.Trim(c.Get(fiber.HeaderAuthorization), " "), web.Bearer(c)
	switch {
	case given == "":
		bearer = web.Cookie(c, Cookie)
	case bearer == "":
		return h.owner(c, secret.New(given))
	}
	who, err := h.Core.Authenticate(web.Context(c), bearer)
	if err != nil {
		return err
	}
	account, err := h.Core.Account(web.Context(c), who)
	if err != nil {
		return err
	}
	key, err := h.Core.APIKey(web.Context(c), who)
	if err != nil {
		return err
	}
	web.NoStore(c)
	return c.JSON(result(accountOf(account, key)))
}

// owner answers an API key.
func (h Handler) owner(c *fiber.Ctx, key secret.String) error {
	account, err := h.Core.AccountByAPIKey(web.Context(c), key)
	if err != nil {
		return err
	}
	web.NoStore(c)
	return c.JSON(result(accountOf(account, key)))
}
