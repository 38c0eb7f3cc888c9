package render

import (
	"embed"
	"errors"
	"fmt"
	html "html/template"
	"io/fs"
	"slices"
	text "text/template"
	"time"

	"golang.org/x/text/language"

	"github.com/watchword/watchword/pkg/mailapi"
)

//go:embed templates
var embedded embed.FS

// fallback is the language that has every template.
const fallback = "en"

// formats writes a time as each language does; the keys are the languages there are.
var formats = map[string]func(time.Time) string{
	"en": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
	"de": func(t time.Time) string {
		t = t.UTC()
		return fmt.Sprintf("%d. %s %d, %s Uhr (UTC)", t.Day(), monate[t.Month()-1], t.Year(), t.Format("15:04"))
	},
}

var monate = [...]string{
	"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
}

// New reads the templates. product is what the mails call the installation; locale is its own language.
func New(product, locale string) (*Renderer, error) {
	folder, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	return load(folder, product, locale)
}

func load(folder fs.FS, product, locale string) (*Renderer, error) {
	own, err := language.Parse(locale)
	if err != nil {
		return nil, errors.New("the language is not a BCP 47 tag such as en or de")
	}
	r := &Renderer{product: product, mails: map[string]map[mailapi.Template]mail{}}
	for tag, format := range formats {
		if r.mails[tag], err = translation(folder, tag, format); err != nil {
			return nil, fmt.Errorf("mails in %s: %w", tag, err)
		}
		r.tags = append(r.tags, tag)
	}
	// The first tag is what a matcher gives where none fits.
	slices.Sort(r.tags)
	_, first, confidence := language.NewMatcher(tags(r.tags)).Match(own)
	if confidence == language.No {
		return nil, fmt.Errorf("there are no mails in the language %s", own)
	}
	r.tags[0], r.tags[first] = r.tags[first], r.tags[0]
	r.matcher = language.NewMatcher(tags(r.tags))
	return r, nil
}

// translation reads the templates there are in a language.
func translation(folder fs.FS, tag string, format func(time.Time) string) (map[mailapi.Template]mail, error) {
	mails := map[mailapi.Template]mail{}
	for _, template := range mailapi.Templates() {
		name := tag + "/" + string(template)
		if _, err := fs.Stat(folder, name+".txt"); errors.Is(err, fs.ErrNotExist) && tag != fallback {
			continue
		}
		funcs := map[string]any{"time": format}
		page, err := html.New("").Funcs(funcs).ParseFS(folder, "layout.html", tag+"/parts.html", name+".html")
		if err != nil {
			return nil, err
		}
		plain, err := text.New("").Funcs(funcs).ParseFS(folder, "layout.txt", tag+"/parts.txt", name+".txt")
		if err != nil {
			return nil, err
		}
		mails[template] = mail{page, plain}
	}
	return mails, nil
}

func tags(names []string) []language.Tag {
	parsed := make([]language.Tag, len(names))
	for i, name := range names {
		parsed[i] = language.Make(name)
	}
	return parsed
}
