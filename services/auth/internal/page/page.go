// Package page serves the plain pages that mailed links open: /verify and /reset. A GET only shows what a button will do;
// the button's POST does it, so scanners that follow links spend nothing. They work without JavaScript; a script of one
// line takes the token out of the address bar.
//
// Words are in english.go and german.go, the form of a page in templates. What can be mended or tried again is told on the
// form itself, which comes back with its token; all else is a page that says what to do next.
package page

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
)

const (
	verifyPath = "/verify"
	resetPath  = "/reset"
)

// pages tells on which page a token is used.
var pages = map[code.Purpose]string{
	code.Verify:  verifyPath,
	code.Pending: verifyPath,
	code.Undo:    verifyPath,
	code.Reset:   resetPath,
}

// Handler serves the pages.
type Handler struct {
	Core        *core.Core
	PasswordMin int // the least length of a password, as users demands it; less than 8 counts as 8
}

// Dialect is the pages; their refusals are pages too.
func (h Handler) Dialect() web.Dialect {
	return web.Dialect{
		Name:     "page",
		Prefixes: []string{verifyPath, resetPath},
		Render:   h.refuse,
		Routes: []web.Route{
			{Method: http.MethodGet, Path: verifyPath, Access: web.Open, Body: web.NoBody, HTML: true, Exempt: true, Handle: h.ask},
			{Method: http.MethodPost, Path: verifyPath, Access: web.Open, Body: web.Form, HTML: true, Handle: h.verify},
			{Method: http.MethodGet, Path: resetPath, Access: web.Open, Body: web.NoBody, HTML: true, Exempt: true, Handle: h.ask},
			{Method: http.MethodPost, Path: resetPath, Access: web.Open, Body: web.Form, HTML: true, Handle: h.reset},
		},
	}
}

// form is what a page's form sends.
type form struct {
	Token    secret.String `form:"token" required:"true"`
	Action   string        `form:"action"`
	Password secret.String `form:"password"`
}

// sentKey is where a request keeps its form, for refuse.
type sentKey struct{}

// ask shows what a mailed token would do.
func (h Handler) ask(c *fiber.Ctx) error {
	text, err := web.Query(c, "token")
	if err != nil {
		return err
	}
	token := secret.New(text)
	mailed, err := h.Core.Look(web.Context(c), token)
	if err != nil {
		return err
	}
	if pages[mailed.Purpose] != c.Path() {
		return fault.New(fault.LinkInvalid)
	}
	return render(c, http.StatusOK, "ask.html", h.question(c, token, mailed))
}

func (h Handler) verify(c *fiber.Ctx) error {
	f, err := submitted(c)
	if err != nil {
		return err
	}
	switch f.Action {
	case "confirm":
		return h.confirm(c, f)
	case "disown":
		return h.disown(c, f)
	}
	return fault.Field(fault.Malformed, "action", fault.FieldFormat)
}

func (h Handler) confirm(c *fiber.Ctx, f form) error {
	account, err := h.Core.Verify(web.Context(c), f.Token, f.Password, client(c))
	if err != nil {
		return err
	}
	return tell(c, speak(c).Asks[code.PurposeOf(f.Token)].Done.about(account))
}

func (h Handler) disown(c *fiber.Ctx, f form) error {
	if err := h.Core.Disown(web.Context(c), f.Token, client(c)); err != nil {
		return err
	}
	return tell(c, speak(c).Asks[code.PurposeOf(f.Token)].Disowned)
}

func (h Handler) reset(c *fiber.Ctx) error {
	f, err := submitted(c)
	if err != nil {
		return err
	}
	if err := h.Core.ResetPassword(web.Context(c), f.Token, f.Password, client(c)); err != nil {
		return err
	}
	return tell(c, speak(c).Asks[code.Reset].Done)
}

// submitted reads the form, and keeps it for refuse.
func submitted(c *fiber.Ctx) (form, error) {
	f, err := web.DecodeForm[form](c)
	if err == nil {
		c.Locals(sentKey{}, f)
	}
	return f, err
}

// client is who asks, as far as a mailed token cares.
func client(c *fiber.Ctx) core.Client {
	return core.Client{Address: limit.AddressKey(web.Address(c)), Locale: web.Locale(c)}
}
