package page_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

// isPage demands what every page has: its headers, and a policy that lets its own style and script through and nothing else.
func isPage(t *testing.T, a webtest.Answer) {
	t.Helper()
	want := map[string]string{
		"Content-Type":    "text/html; charset=utf-8",
		"Cache-Control":   "no-store",
		"Referrer-Policy": "strict-origin",
		"Content-Security-Policy": fmt.Sprintf(
			"default-src 'none'; style-src '%s'; script-src '%s'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			hash(t, a.Body, "style"), hash(t, a.Body, "script")),
	}
	got := map[string]string{}
	for name := range want {
		got[name] = a.Header.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	for _, part := range []string{`<html lang="`, "<title>", "<h1>", "</main>"} {
		if strings.Count(a.Body, part) != 1 {
			t.Errorf("not one %s in %s", part, a.Body)
		}
	}
	for _, outside := range []string{"http:", "https:", `src="`, "//"} {
		if strings.Contains(a.Body, outside) {
			t.Errorf("the page has %q: %s", outside, a.Body)
		}
	}
}

// hash names the one inline element of a kind.
func hash(t *testing.T, body, element string) string {
	t.Helper()
	found := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(body, -1)
	if len(found) != 1 {
		t.Fatalf("%d inline %s in %s", len(found), element, body)
	}
	sum := sha256.Sum256([]byte(found[0][1]))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func TestPagesKeepTheTokenIn(t *testing.T) {
	t.Parallel()
	s := serve(t, ada)
	for _, a := range []webtest.Answer{
		s.Do(t, http.MethodGet, "/verify?token="+s.token(t, code.Verify, "ada@example.com"), ""),
		s.Do(t, http.MethodGet, "/verify?token="+s.token(t, code.Undo, "ada@example.com"), ""),
		s.Do(t, http.MethodGet, "/reset?token="+s.token(t, code.Reset, "ada@example.com"), ""),
	} {
		a.Has(t, 200, `history.replaceState(null,"",location.pathname)`)
		isPage(t, a)
	}
}

// Nothing that a person chose is ever markup.
func TestTextIsEscaped(t *testing.T) {
	t.Parallel()
	const name, address = `<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>@example.com`
	s := serve(t, userscontract.Person{Username: name, Email: address})
	pages := []webtest.Answer{
		s.Do(t, http.MethodGet, "/verify?token="+s.token(t, code.Verify, address), ""),
		s.Do(t, http.MethodGet, "/verify?token="+s.token(t, code.Undo, address), ""),
		s.Do(t, http.MethodGet, "/reset?token="+s.token(t, code.Reset, address), ""),
		s.submit(t, "/verify", "token="+s.token(t, code.Verify, address), "action=confirm"),
		s.submit(t, "/reset", "token="+s.token(t, code.Reset, address)+`"><b>`, "password=short"),
		s.Do(t, http.MethodGet, `/verify?token=%22%3E%3Cb%3E`, ""),
	}
	for _, a := range pages {
		for _, markup := range []string{"<img", "<script>alert", "<b>"} {
			if strings.Contains(a.Body, markup) {
				t.Errorf("%s in %s", markup, a.Body)
			}
		}
	}
	pages[0].Has(t, 200, "&lt;img src=x onerror=alert(1)&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;@example.com")
}
