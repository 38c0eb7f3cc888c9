package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
)

//go:embed templates/*.html
var files embed.FS

var templates = template.Must(template.ParseFS(files, "templates/*.html"))

const script = `history.replaceState(null,"",location.pathname)`

// policy lets in the page's own style and script and nothing else.
var policy = fmt.Sprintf(
	"default-src 'none'; style-src '%s'; script-src '%s'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	hash(style), hash(script))

// view is what a template may show.
type view struct {
	message
	Words  *words
	Style  template.CSS
	Script template.JS
	Page   string // where its form goes, without the slash
	Token  string

	// Of a page with a question alone.
	Ask     ask
	Mailed  core.Mailed
	Field   *field // nil: no password is asked for
	Hint    string
	Problem string // why it comes back
	AtField bool   // the problem is what was typed
}

// question is the page about a token: what it is about, and what may be done.
func (h Handler) question(c *fiber.Ctx, token secret.String, mailed core.Mailed) view {
	words := speak(c)
	v := view{Words: words, Page: page(c), Token: token.Reveal(), Ask: words.Asks[mailed.Purpose], Mailed: mailed}
	v.Title = v.Ask.Title
	if f := v.Ask.Field; f != nil && (mailed.NeedPassword || !f.AtNeed) {
		v.Field, v.Hint = f, fill(f.Hint, h.passwordMin())
	}
	return v
}

// passwordMin is the least length of a password.
func (h Handler) passwordMin() int {
	const least = 8
	return max(h.PasswordMin, least)
}

func tell(c *fiber.Ctx, m message) error {
	return render(c, http.StatusOK, "message.html", view{message: m, Words: speak(c)})
}

func page(c *fiber.Ctx) string { return strings.TrimPrefix(c.Path(), "/") }

func render(c *fiber.Ctx, status int, name string, v view) error {
	v.Style, v.Script = style, script
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, v); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	// The token stays in all the same, as only the origin is ever sent. With no-referrer the Origin of a form is null, which
	// the same-origin rule refuses where a browser sends no Sec-Fetch-Site (plain HTTP).
	c.Set(fiber.HeaderReferrerPolicy, "strict-origin")
	c.Vary(fiber.HeaderAcceptLanguage)
	web.NoStore(c)
	return c.Status(status).Send(out.Bytes())
}

// hash names an inline text for a Content-Security-Policy.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
