package legion

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	legion "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
)

// The refresh cookie, as the document prints it: it goes after 27 days, while its token lives for 30.
const (
	refreshCookie = "refreshToken"
	refreshPath   = "/users/auth/refresh"
	refreshMaxAge = 2332800 * time.Second
)

func (h Handler) csrfToken(c *fiber.Ctx) error {
	token, err := h.CSRF.Issue(c)
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "CSRF token issued successfully!", csrfData{CSRFToken: token})
}

func (h Handler) login(c *fiber.Ctx) error {
	body, err := web.Decode[loginBody](c)
	if err != nil {
		return err
	}
	login, err := body.login()
	if err != nil {
		return err
	}
	out, err := h.Core.Login(web.Context(c), login, body.Password, body.Token, h.client(c))
	if err != nil {
		return err
	}
	return h.answer(c, "User authenticated successfully!", out)
}

func (h Handler) otpLogin(c *fiber.Ctx) error {
	body, err := web.Decode[otpLoginBody](c)
	if err != nil {
		return err
	}
	login, err := body.login()
	if err != nil {
		return err
	}
	out, err := h.Core.OTPLogin(web.Context(c), login, body.Token, body.Challenge, h.client(c))
	if err != nil {
		return err
	}
	return h.answer(c, "User authenticated successfully!", out)
}

func (h Handler) refresh(c *fiber.Ctx) error {
	refresh := secret.New(web.Cookie(c, refreshCookie))
	out, err := h.Core.Refresh(web.Context(c), refresh, secret.New(web.Bearer(c)), session.Legion)
	if err != nil {
		return err
	}
	return h.answer(c, "Token refreshed successfully", out)
}

// answer hands a session's tokens out.
func (h Handler) answer(c *fiber.Ctx, message string, out core.SignedIn) error {
	web.NoStore(c)
	maxAge := min(refreshMaxAge, out.SessionExpires.Sub(h.Core.Now()))
	web.SetCookie(c, refreshCookie, out.Refresh.Reveal(), refreshPath, maxAge)
	h.Device.Write(c, out.Device)
	return legion.OK(c, http.StatusOK, message, signedIn(out))
}

func (h Handler) logout(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	if err := h.Core.Logout(web.Context(c), who); err != nil {
		return err
	}
	web.SetCookie(c, refreshCookie, "", refreshPath, 0)
	return legion.OK(c, http.StatusOK, "User logged out successfully!", endedData{ID: who.Session})
}

func (h Handler) sessions(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	list, err := h.Core.ListSessions(web.Context(c), who)
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "Sessions list retrieved successfully!", sessions(list, who.Session))
}

func (h Handler) endSession(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	sid := id.Session(c.Params("sessionId"))
	if err := h.Core.EndSession(web.Context(c), who, sid); err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "Session ended successfully!", endedData{ID: sid})
}

func (h Handler) endOthers(c *fiber.Ctx) error {
	who, _ := web.Principal(c)
	n, err := h.Core.EndOtherSessions(web.Context(c), who)
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "Other sessions ended successfully!", endedOthersData{Ended: n})
}

func (h Handler) forgot(c *fiber.Ctx) error {
	body, err := web.Decode[emailBody](c)
	if err != nil {
		return err
	}
	if err := h.Core.Forgot(web.Context(c), body.Email, h.client(c)); err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "If the email belongs to a user, a link to reset the password was sent.", nil)
}

func (h Handler) reset(c *fiber.Ctx) error {
	body, err := web.Decode[resetBody](c)
	if err != nil {
		return err
	}
	if err := h.Core.ResetPassword(web.Context(c), body.Token, body.Password, h.client(c)); err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "Password reset successfully!", nil)
}

func (h Handler) verify(c *fiber.Ctx) error {
	body, err := web.Decode[verifyBody](c)
	if err != nil {
		return err
	}
	account, err := h.Core.Verify(web.Context(c), body.Token, body.Password, h.client(c))
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "Email verified successfully!",
		verifiedData{ID: account.ID, Email: account.Email, EmailVerified: account.EmailVerified})
}

func (h Handler) resend(c *fiber.Ctx) error {
	body, err := web.Decode[emailBody](c)
	if err != nil {
		return err
	}
	if err := h.Core.ResendVerification(web.Context(c), body.Email, h.client(c)); err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "If the email waits to be verified, a new link was sent.", nil)
}
