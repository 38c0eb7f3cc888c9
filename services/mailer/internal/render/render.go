package render

import (
	"bytes"
	"fmt"
	html "html/template"
	"strings"
	text "text/template"

	"golang.org/x/text/language"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

// Renderer renders. Use New.
type Renderer struct {
	product string
	matcher language.Matcher
	tags    []string // in the matcher's order: the installation's own language first
	mails   map[string]map[mailapi.Template]mail
}

var _ core.Renderer = (*Renderer)(nil)

// mail is one template in one language.
type mail struct {
	html *html.Template
	text *text.Template
}

// view is what a template sees.
type view struct {
	core.Data
	Product, Language, Subject string
}

// Render uses the translation that fits locale best: the installation's language where locale is empty or not spoken,
// English where the template is not translated.
func (r *Renderer) Render(template mailapi.Template, locale string, data core.Data) (core.Content, error) {
	tag := r.match(locale)
	m, ok := r.mails[tag][template]
	if !ok {
		tag = fallback
		m, ok = r.mails[tag][template]
	}
	if !ok {
		return core.Content{}, fmt.Errorf("no template %q", template)
	}
	v := view{Data: data, Product: r.product, Language: tag}
	var err error
	if v.Subject, err = m.plain("subject", v); err != nil {
		return core.Content{}, err
	}
	content := core.Content{Language: tag, Subject: strings.TrimSpace(v.Subject)}
	if content.Text, err = m.plain("layout", v); err != nil {
		return core.Content{}, err
	}
	var page bytes.Buffer
	if err = m.html.ExecuteTemplate(&page, "layout", v); err != nil {
		return core.Content{}, err
	}
	content.HTML = page.String()
	return content, nil
}

func (m mail) plain(name string, v view) (string, error) {
	var b strings.Builder
	err := m.text.ExecuteTemplate(&b, name, v)
	return b.String(), err
}

// match finds the language for a BCP 47 tag.
func (r *Renderer) match(locale string) string {
	asked, err := language.Parse(locale)
	if err != nil {
		return r.tags[0]
	}
	_, i, _ := r.matcher.Match(asked)
	return r.tags[i]
}
