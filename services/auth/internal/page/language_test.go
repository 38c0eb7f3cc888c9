package page_test

import (
	"net/http"
	"testing"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/page"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

func TestLanguage(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	for asked, want := range map[string]string{
		"":                              "en",
		"de":                            "de",
		"de-CH, en;q=0.5":               "de",
		"fr;q=0.1, en;q=0.2, de;q=0.9":  "de",
		"fr, de;q=0.5":                  "de",
		"de;q=0.4, en-GB":               "en",
		"fr":                            "en",
		"*":                             "en",
		"not a language; q=x, \"de\"":   "en",
		"de;q=0":                        "en",
		"\xff\xfe, de-------------- ,,": "en",
	} {
		a := s.Do(t, http.MethodGet, "/verify?token=x", "", "Accept-Language: "+asked)
		a.Has(t, 422, `<html lang="`+want+`">`)
		if a.Header.Get("Vary") != "Accept-Language" {
			t.Errorf("Vary %q", a.Header.Get("Vary"))
		}
	}
}

func TestGerman(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	token := s.token(t, code.Verify, "ada@example.com")
	asked := s.Do(t, http.MethodGet, "/verify?token="+token, "", "Accept-Language: de-AT")
	asked.Has(t, 200, "<h1>Bestätigen Sie Ihre Adresse</h1>", ">ada@example.com</dd>", " Uhr (UTC)</time>", "Das war ich nicht</button>")
	isPage(t, asked)
	s.Do(t, http.MethodPost, "/verify", "action=confirm&token="+token, form, "Accept-Language: de").
		Has(t, 200, "ada@example.com ist die bestätigte Adresse des Kontos ada.")
	s.Do(t, http.MethodPost, "/reset", "password=kurz&token="+s.token(t, code.Reset, "ada@example.com"), form, "Accept-Language: de").
		Has(t, 422, "<title>Das hat nicht geklappt: Wählen Sie ein neues Passwort")
}

func TestTheLeastLengthIsToldBefore(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	s := &server{f, webtest.Serve(t, f, page.Handler{Core: f.Core, PasswordMin: 15}.Dialect()), f.Users.Add(ada)}
	s.Do(t, http.MethodGet, "/reset?token="+s.token(t, code.Reset, "ada@example.com"), "").Has(t, 200, "From 15 to 256 characters")
}
