package render

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func sample() core.Data {
	return core.Data{
		Username: "ada",
		Link:     "https://accounts.example.com/verify?token=01JDZ5-q3W_8x&x=1",
		Token:    "01JDZ5-q3W_8x",
		Email:    "a***@example.org",
		At:       time.Date(2026, 3, 1, 14, 5, 0, 0, time.FixedZone("", 3600)),
		Expires:  time.Date(2026, 3, 2, 13, 5, 0, 0, time.UTC),
	}
}

func renderer(t *testing.T, locale string) *Renderer {
	t.Helper()
	r, err := New("Watchword", locale)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryTemplateInEveryLanguage(t *testing.T) {
	t.Parallel()
	r := renderer(t, "en")
	for tag := range formats {
		for _, template := range mailapi.Templates() {
			t.Run(tag+"/"+string(template), func(t *testing.T) {
				t.Parallel()
				got, err := r.Render(template, tag, sample())
				if err != nil {
					t.Fatal(err)
				}
				if got.Language != tag {
					t.Errorf("language %q", got.Language)
				}
				name := filepath.Join("testdata", tag, string(template))
				golden(t, name+".txt", "Subject: "+got.Subject+"\n\n"+got.Text)
				golden(t, name+".html", got.HTML)
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// What a mail must say in both its forms, whatever its words.
func TestBothFormsSayTheSame(t *testing.T) {
	t.Parallel()
	r := renderer(t, "en")
	for tag, format := range formats {
		for _, template := range mailapi.Templates() {
			got, err := r.Render(template, tag, sample())
			if err != nil {
				t.Fatal(err)
			}
			must := []string{"ada", "Watchword"}
			switch template {
			case mailapi.Verification, mailapi.EmailChanged, mailapi.Reset:
				must = append(must, sample().Token, "accounts.example.com/verify?token=", format(sample().Expires))
			}
			if template != mailapi.Reset {
				must = append(must, format(sample().At))
			}
			for _, s := range must {
				if !strings.Contains(got.Text, s) || !strings.Contains(got.HTML, s) {
					t.Errorf("%s in %s does not say %q in both forms", template, tag, s)
				}
			}
			if !strings.Contains(got.HTML, `<html lang="`+tag+`">`) {
				t.Errorf("%s in %s does not name its language", template, tag)
			}
		}
	}
}

func TestValuesAreShownLiterally(t *testing.T) {
	t.Parallel()
	r := renderer(t, "en")
	d := sample()
	d.Username = `<a href=//evil>x</a><img src=x onerror=alert(1)>"'&`
	d.Email = `<b>b</b>`
	for tag := range formats {
		for _, template := range mailapi.Templates() {
			got, err := r.Render(template, tag, d)
			if err != nil {
				t.Fatal(err)
			}
			for _, markup := range []string{"<a href=//", "<img", "<b>"} {
				if strings.Contains(got.HTML, markup) {
					t.Errorf("%s in %s has the name's %s as markup", template, tag, markup)
				}
			}
			if !strings.Contains(got.HTML, "&lt;a href=//evil&gt;") {
				t.Errorf("%s in %s does not show the name", template, tag)
			}
			if !strings.Contains(got.Text, d.Username) {
				t.Errorf("%s in %s: the text does not show the name as it is", template, tag)
			}
		}
	}
}

func TestLinkThatIsNoLinkDoesNotBecomeOne(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Link = "javascript:alert(1)"
	got, err := renderer(t, "en").Render(mailapi.Reset, "en", d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.HTML, `href="javascript:`) {
		t.Error("a script became a link")
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ own, asked, want string }{
		{"en", "de", "de"},
		{"en", "de-CH", "de"},
		{"en", "en-GB", "en"},
		{"en", "", "en"},
		{"en", "fr", "en"},
		{"en", "not a tag", "en"},
		{"de", "", "de"},
		{"de", "ja", "de"},
		{"de-AT", "", "de"},
		{"de", "en-US", "en"},
	} {
		got, err := renderer(t, test.own).Render(mailapi.Reset, test.asked, sample())
		if err != nil {
			t.Fatal(err)
		}
		if got.Language != test.want {
			t.Errorf("%q asked of an installation in %s: %s", test.asked, test.own, got.Language)
		}
	}
	for _, own := range []string{"", "ja", "not a tag"} {
		if _, err := New("Watchword", own); err == nil {
			t.Errorf("an installation in %q is made", own)
		}
	}
}

func TestTemplateWithoutTranslationComesInEnglish(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{}
	err := fs.WalkDir(embedded, "templates", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, "templates/de/reset.") {
			return err
		}
		content, err := fs.ReadFile(embedded, path)
		folder[strings.TrimPrefix(path, "templates/")] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := load(folder, "Watchword", "de")
	if err != nil {
		t.Fatal(err)
	}
	for template, want := range map[mailapi.Template]string{mailapi.Reset: "en", mailapi.Verification: "de"} {
		got, err := r.Render(template, "de", sample())
		if err != nil {
			t.Fatal(err)
		}
		if got.Language != want || !strings.Contains(got.HTML, `lang="`+want+`"`) {
			t.Errorf("%s came in %s", template, got.Language)
		}
	}
	if _, err := r.Render("greeting", "de", sample()); err == nil {
		t.Error("a template that does not exist was rendered")
	}
}

func TestEmailRemoved(t *testing.T) {
	t.Parallel()
	r := renderer(t, "en")
	d := sample()
	d.Email = ""
	if got, _ := r.Render(mailapi.EmailChanged, "en", d); !strings.Contains(got.Text, "removed") {
		t.Errorf("a removed address is told as\n%s", got.Text)
	}
}
