package legion

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	legion "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/core"
)

func (h Handler) create(c *fiber.Ctx) error {
	body, err := web.Decode[createBody](c)
	if err != nil {
		return err
	}
	made, err := h.Core.Create(web.Context(c), body.create(c))
	if err != nil {
		return err
	}
	web.NoStore(c) // it may carry an authenticator's secret
	return legion.OK(c, http.StatusCreated, "User created successfully!", created(made.Account, made.URI))
}

func (b createBody) create(c *fiber.Ctx) core.Create {
	return core.Create{
		Name:          b.Name,
		Username:      b.Username,
		Email:         b.Email,
		Password:      b.Password,
		Authenticator: bool(b.IsTotpEnable),
		Policy:        policy,
		Locale:        web.Locale(c),
		Address:       limit.AddressKey(web.Address(c)),
	}
}

func (h Handler) list(c *fiber.Ctx) error {
	v, err := h.viewer(c)
	if err != nil {
		return err
	}
	n, err := page(c)
	if err != nil {
		return err
	}
	withDeleted, err := includeDeleted(c)
	if err != nil {
		return err
	}
	p, err := h.Core.List(web.Context(c), n, withDeleted, v.who.Role)
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "Users list retrieved successfully!", list(p, v))
}

func (h Handler) get(c *fiber.Ctx) error {
	v, err := h.viewer(c)
	if err != nil {
		return err
	}
	withDeleted, err := includeDeleted(c)
	if err != nil {
		return err
	}
	a, err := h.Core.Find(web.Context(c), account(c), withDeleted)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, etag(a.Version))
	if a.Deleted() && !v.admin() {
		return legion.OK(c, http.StatusOK, "User retrieved successfully!", deleted(a))
	}
	return legion.OK(c, http.StatusOK, "User retrieved successfully!", user(a, v))
}

func (h Handler) update(c *fiber.Ctx) error {
	body, err := web.Decode[updateBody](c)
	if err != nil {
		return err
	}
	a, err := h.Core.Update(web.Context(c), body.update(c))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, etag(a.Version))
	return legion.OK(c, http.StatusOK, "User updated successfully!", created(a, secret.String{}))
}

func (b updateBody) update(c *fiber.Ctx) core.Update {
	return core.Update{
		Actor:     actor(c),
		Account:   account(c),
		Name:      b.Name,
		Username:  b.Username,
		SetEmail:  b.Email.given,
		Email:     b.Email.value,
		Code:      b.Token,
		IfVersion: ifMatch(c),
		Address:   limit.AddressKey(web.Address(c)),
	}
}

func (h Handler) remove(c *fiber.Ctx) error {
	a, err := h.Core.Delete(web.Context(c), actor(c), account(c), ifMatch(c))
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "User deleted successfully!", user(a, viewer{directory: Open}))
}

func (h Handler) enrol(c *fiber.Ctx) error {
	uri, err := h.Core.Enrol(web.Context(c), actor(c), account(c), policy)
	if err != nil {
		return err
	}
	web.NoStore(c)
	return legion.OK(c, http.StatusOK, "Otp url generated successfully", enrolledData{OTPAuthURL: uri.Reveal()})
}

func (h Handler) confirm(c *fiber.Ctx) error {
	body, err := web.Decode[confirmBody](c)
	if err != nil {
		return err
	}
	if _, err := h.Core.ConfirmAuthenticator(web.Context(c), body.confirm(c)); err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "User OTP enable successfully", nil)
}

func (b confirmBody) confirm(c *fiber.Ctx) core.Confirm {
	return core.Confirm{
		Account: account(c),
		Code:    b.Token,
		Require: b.TwoFactor,
		Policy:  policy,
		Address: limit.AddressKey(web.Address(c)),
	}
}

func (h Handler) disable(c *fiber.Ctx) error {
	body, err := web.Decode[disableBody](c)
	if err != nil {
		return err
	}
	a, err := h.Core.RemoveAuthenticator(web.Context(c), actor(c), account(c), body.Token, ifMatch(c))
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "User OTP disabled successfully!", changedData{ID: a.ID})
}

func (h Handler) password(c *fiber.Ctx) error {
	body, err := web.Decode[passwordBody](c)
	if err != nil {
		return err
	}
	a, err := h.Core.ChangePassword(web.Context(c), core.ChangePassword{
		Actor:     actor(c),
		Account:   account(c),
		Password:  body.Password,
		Fresh:     body.NewPassword,
		Code:      body.Token,
		IfVersion: ifMatch(c),
	})
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "Password changed successfully!", changedData{ID: a.ID})
}

func (h Handler) restore(c *fiber.Ctx) error {
	a, err := h.Core.Restore(web.Context(c), actor(c), account(c), ifMatch(c))
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "User restored successfully!",
		restoredData{ID: a.ID, IsActive: true, RestoredAt: optionalTime(a.RestoredAt)})
}

func (h Handler) standing(c *fiber.Ctx) error {
	body, err := web.Decode[standingBody](c)
	if err != nil {
		return err
	}
	if body.Kats == nil && !body.Rank.given {
		return fault.Field(fault.Malformed, "kats", fault.FieldMissing)
	}
	a, err := h.Core.SetStanding(web.Context(c), body.standing(c))
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "User standing updated successfully!", standingData{ID: a.ID, Kats: a.Kats, Rank: a.Rank})
}

func (b standingBody) standing(c *fiber.Ctx) core.Standing {
	in := core.Standing{Actor: actor(c), Account: account(c), SetRank: b.Rank.given, Rank: b.Rank.value, IfVersion: ifMatch(c)}
	if b.Kats != nil {
		in.Kats = *b.Kats
	}
	return in
}

func (h Handler) role(c *fiber.Ctx) error {
	body, err := web.Decode[roleBody](c)
	if err != nil {
		return err
	}
	a, err := h.Core.SetRole(web.Context(c), actor(c), account(c), body.Role, ifMatch(c))
	if err != nil {
		return err
	}
	return legion.OK(c, http.StatusOK, "User role updated successfully!", roleData{ID: a.ID, Role: a.Role})
}
