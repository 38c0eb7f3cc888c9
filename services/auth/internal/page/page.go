// Package page serves the plain pages that mailed links open: /verify and /reset. A GET only shows what a button will do;
// the button's POST does it, so scanners that follow links spend nothing. They work without JavaScript; a script of one
// line takes the token out of the address bar.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
)

//go:embed templates/*.html
var files embed.FS

var templates = template.Must(template.ParseFS(files, "templates/*.html"))

const (
	style  = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}button{font:inherit;padding:.6rem 1.2rem;margin:.3rem .5rem .3rem 0;border:1px solid #1a1a1a;border-radius:.3rem;background:#fff;color:#1a1a1a}button.main{background:#1a1a1a;color:#fff}input{font:inherit;display:block;width:100%;box-sizing:border-box;padding:.5rem;margin:.3rem 0 1rem}`
	script = `history.replaceState(null,"",location.pathname)`
)

// Handler serves the pages.
type Handler struct{ Core *core.Core }

// Dialect is the pages; their refusals are pages too.
func (h Handler) Dialect() web.Dialect {
	return web.Dialect{
		Name:     "page",
		Prefixes: []string{"/verify", "/reset"},
		Render:   renderFault,
		Routes: []web.Route{
			{Method: http.MethodGet, Path: "/verify", Access: web.Open, Body: web.NoBody, HTML: true, Exempt: true, Handle: h.askVerify},
			{Method: http.MethodPost, Path: "/verify", Access: web.Open, Body: web.Form, HTML: true, Handle: h.verify},
			{Method: http.MethodGet, Path: "/reset", Access: web.Open, Body: web.NoBody, HTML: true, Exempt: true, Handle: h.askReset},
			{Method: http.MethodPost, Path: "/reset", Access: web.Open, Body: web.Form, HTML: true, Handle: h.reset},
		},
	}
}

// view is what a template may show.
type view struct {
	Title   string
	Style   template.CSS
	Script  template.JS
	Message string
	Token   string
	Mailed  core.Mailed
	Undo    bool
}

type verifyForm struct {
	Token  string `form:"token" required:"true"`
	Action string `form:"action" required:"true"`
}

type resetForm struct {
	Token    string        `form:"token" required:"true"`
	Password secret.String `form:"password" required:"true"`
}

func (h Handler) askVerify(c *fiber.Ctx) error {
	return h.ask(c, "verify.html", code.Verify, code.Undo)
}
func (h Handler) askReset(c *fiber.Ctx) error { return h.ask(c, "reset.html", code.Reset) }

// ask shows what a mailed token would do.
func (h Handler) ask(c *fiber.Ctx, name string, purposes ...code.Purpose) error {
	token, err := web.Query(c, "token")
	if err != nil {
		return err
	}
	mailed, err := h.Core.Look(web.Context(c), secret.New(token))
	if err != nil {
		return err
	}
	for _, p := range purposes {
		if p == mailed.Purpose {
			return render(c, http.StatusOK, name, view{Title: titles[p], Token: token, Mailed: mailed, Undo: p == code.Undo})
		}
	}
	return fault.New(fault.LinkInvalid)
}

func (h Handler) verify(c *fiber.Ctx) error {
	form, err := web.DecodeForm[verifyForm](c)
	if err != nil {
		return err
	}
	switch form.Action {
	case "confirm":
		account, err := h.Core.Verify(web.Context(c), secret.New(form.Token), client(c))
		if err != nil {
			return err
		}
		return done(c, fmt.Sprintf("%s is the confirmed address of the account %s.", account.Email, account.Username))
	case "disown":
		if err := h.Core.Disown(web.Context(c), secret.New(form.Token), client(c)); err != nil {
			return err
		}
		return done(c, "Your address was taken off that account, and everybody who was signed in to it is signed out.")
	}
	return fault.Field(fault.Malformed, "action", fault.FieldFormat)
}

func (h Handler) reset(c *fiber.Ctx) error {
	form, err := web.DecodeForm[resetForm](c)
	if err != nil {
		return err
	}
	err = h.Core.ResetPassword(web.Context(c), secret.New(form.Token), form.Password, client(c))
	if fault.Has(err, fault.PasswordRefused) {
		return render(c, http.StatusUnprocessableEntity, "reset.html", view{
			Title:   titles[code.Reset],
			Token:   form.Token,
			Message: "This password can't be used: it is too short or too long, one of the most common ones, or your name or address.",
		})
	}
	if err != nil {
		return err
	}
	return done(c, "The new password is set, and everybody who was signed in to the account is signed out.")
}

// client is who asks, as far as a mailed token cares.
func client(c *fiber.Ctx) core.Client {
	return core.Client{Address: limit.AddressKey(web.Address(c))}
}

func done(c *fiber.Ctx, message string) error {
	return render(c, http.StatusOK, "message.html", view{Title: "Done", Message: message})
}

func renderFault(c *fiber.Ctx, f *fault.Fault) error {
	row, ok := refusals[f.Reason]
	if !ok {
		row = refusals[fault.Internal]
	}
	return render(c, row.status, "message.html", view{Title: "This did not work", Message: row.message})
}

func render(c *fiber.Ctx, status int, name string, v view) error {
	v.Style, v.Script = style, script
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, v); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	c.Set(fiber.HeaderContentSecurityPolicy, fmt.Sprintf(
		"default-src 'none'; style-src '%s'; script-src '%s'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		hash(style), hash(script)))
	web.NoStore(c)
	return c.Status(status).Send(out.Bytes())
}

// hash names an inline text for a Content-Security-Policy.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
