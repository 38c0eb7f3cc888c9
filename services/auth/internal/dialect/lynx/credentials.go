package lynx

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/web"
)

func (h Handler) enrol(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	enrolled, err := h.Core.Enrol(web.Context(c), who, algorithm, true)
	err = says(err, fault.AuthenticatorActive, "2FA already enabled")
	if err = says(err, fault.DemoMode, noDemoTOTP); err != nil {
		return err
	}
	web.NoStore(c)
	return c.JSON(answerBody{Success: true, Message: "TOTP secret successfully generated", Result: totpOf(enrolled)})
}

func (h Handler) enable(c *fiber.Ctx) error {
	body, err := web.Decode[enableBody](c)
	if err != nil {
		return err
	}
	if !isCode(body.Token) {
		return fault.Field(fault.ValueRefused, "token", fault.FieldFormat)
	}
	who, _ := web.Principal(c)
	codes, err := h.Core.ConfirmFactor(web.Context(c), who, body.Token, backupCodes, h.client(c))
	err = says(err, fault.AuthenticatorActive, "2FA already enabled, no need to verify")
	err = says(err, fault.AuthenticatorNone, "2FA process hasn't been started")
	if err = says(err, fault.DemoMode, noDemoTOTP); err != nil {
		return err
	}
	web.NoStore(c)
	return c.JSON(answerBody{Success: true, Message: "2FA successfully enabled", Result: codesOf(codes)})
}

// isCode tells whether text is six digits.
func isCode(text string) bool { return len(text) == 6 && strings.Trim(text, "0123456789") == "" }

func (h Handler) disable(c *fiber.Ctx) error {
	body, err := web.Decode[disableBody](c)
	if err != nil {
		return err
	}
	who, _ := web.Principal(c)
	if err := h.Core.RemoveFactor(web.Context(c), who, body.Token); err != nil {
		return err
	}
	return c.JSON(success("2FA has been successfully disabled"))
}

func (h Handler) recover(c *fiber.Ctx) error {
	body, err := web.Decode[recoverBody](c)
	if err != nil {
		return err
	}
	login, err := named(body.Username)
	if err != nil {
		return err
	}
	out, err := h.Core.Recover(web.Context(c), login, body.Password, body.BackupCode, h.client(c))
	if err != nil {
		return err
	}
	h.signIn(c, out)
	return c.JSON(success("2FA has been disabled and you have been logged in"))
}

func (h Handler) email(c *fiber.Ctx) error {
	body, err := web.Decode[emailBody](c)
	if err != nil {
		return err
	}
	return h.change(c, body.proof, usersapi.Change{Email: &body.NewEmail}, "Email successfully updated")
}

func (h Handler) password(c *fiber.Ctx) error {
	body, err := web.Decode[passwordBody](c)
	if err != nil {
		return err
	}
	return h.change(c, body.proof, usersapi.Change{NewPassword: &usersapi.Secret{String: body.NewPassword}}, "Password successfully updated")
}

func (h Handler) username(c *fiber.Ctx) error {
	body, err := web.Decode[usernameBody](c)
	if err != nil {
		return err
	}
	return h.change(c, body.proof, usersapi.Change{Username: &body.NewUsername}, "Username successfully updated")
}

// change makes a change that the password, and the code where a second factor is on, confirms.
func (h Handler) change(c *fiber.Ctx, p proof, in usersapi.Change, done string) error {
	who, _ := web.Principal(c)
	in.Password, in.Code = usersapi.Secret{String: p.Password}, p.Token
	if _, err := h.Core.ChangeAccount(web.Context(c), who, in, h.client(c)); err != nil {
		return err
	}
	return c.JSON(result(done))
}

func (h Handler) newSecret(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	key, err := h.Core.ReplaceAPIKey(web.Context(c), who)
	if err != nil {
		return err
	}
	web.NoStore(c)
	return c.JSON(result(secretBody{Secret: key.Reveal()}))
}
