package site_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/services/auth/internal/coretest"
	"github.com/watchword/watchword/services/auth/internal/site"
	"github.com/watchword/watchword/services/auth/internal/webtest"
)

func serve(t *testing.T) (*coretest.Fixture, *webtest.Server) {
	t.Helper()
	f := coretest.New(t)
	h := site.Handler{Keys: f.Keys.JWKS, Documents: map[string]string{"legion": "openapi: 3.1.0 # legion", "ild": "openapi: 3.1.0 # ild"}}
	return f, webtest.Serve(t, f, h.Dialect())
}

func TestKeys(t *testing.T) {
	t.Parallel()
	f, s := serve(t)
	for _, accept := range []string{"*/*", "application/json", "application/jwk-set+json", "text/html"} {
		a := s.Do(t, http.MethodGet, "/.well-known/jwks.json", "", "Accept: "+accept)
		a.Has(t, 200)
		var got struct{ Keys []map[string]string }
		if err := json.Unmarshal([]byte(a.Body), &got); err != nil {
			t.Fatal(err)
		}
		key := f.Keys.JWKS().Keys[0]
		want := map[string]string{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": key.KeyID, "x": got.Keys[0]["x"], "y": got.Keys[0]["y"]}
		if diff := cmp.Diff([]map[string]string{want}, got.Keys); diff != "" { // and so nothing private
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		headers(t, a, map[string]string{"Content-Type": "application/jwk-set+json", "Cache-Control": "public, max-age=300"})
	}
}

func headers(t *testing.T, a webtest.Answer, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for name := range want {
		got[name] = a.Header.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	_, s := serve(t)
	a := s.Do(t, http.MethodGet, "/openapi/legion.yaml", "")
	a.Is(t, 200, "openapi: 3.1.0 # legion")
	headers(t, a, map[string]string{"Content-Type": "application/yaml", "X-Content-Type-Options": "nosniff"})
	for _, path := range []string{
		"/openapi/wolf.yaml", "/openapi/legion", "/openapi/legion.json", "/openapi/.yaml", "/openapi/..%2flegion.yaml", "/openapi", "/openapi/legion.yaml/x",
		"/docs/x", "/.well-known/openid-configuration",
	} {
		s.Do(t, http.MethodGet, path, "").Is(t, 404, `{"error":"route_unknown"}`)
	}
	s.Do(t, http.MethodPost, "/openapi/legion.yaml", "").Is(t, 405, `{"error":"method_not_allowed"}`)
}

func TestDocs(t *testing.T) {
	t.Parallel()
	_, s := serve(t)
	for path, document := range map[string]string{"/docs": "ild", "/docs?of=legion": "legion", "/docs?of=ild": "ild"} {
		a := s.Do(t, http.MethodGet, path, "", "Accept: text/html")
		a.Has(t, 200, `spec-url="/openapi/`+document+`.yaml"`, `<a href="/docs?of=ild">ild</a>`, `<a href="/docs?of=legion">legion</a>`)
		headers(t, a, map[string]string{"Content-Type": "text/html; charset=utf-8"})
		for _, reference := range regexp.MustCompile(`(?:src|href|spec-url)="([^"]*)"`).FindAllStringSubmatch(a.Body, -1) {
			if !strings.HasPrefix(reference[1], "/") || strings.HasPrefix(reference[1], "//") {
				t.Errorf("%s leads elsewhere", reference[1])
			}
		}
		if strings.Contains(a.Body, "{{") || strings.Contains(a.Body, "://") {
			t.Errorf("page %s", a.Body)
		}
		for directive := range strings.SplitSeq(a.Header.Get("Content-Security-Policy"), "; ") {
			if strings.Contains(directive, "*") || strings.Contains(directive, "http") || strings.Contains(directive, "eval") {
				t.Errorf("the policy lets more through than this host: %s", directive)
			}
		}
	}
	for _, of := range []string{"wolf", "%22%3E%3Cscript%3E", "legion&of=ild"} {
		a := s.Do(t, http.MethodGet, "/docs?of="+of, "", "Accept: text/html")
		a.Is(t, 400, `{"error":"malformed"}`)
		headers(t, a, map[string]string{"Content-Type": "application/json"})
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	_, s := serve(t)
	plain := s.Do(t, http.MethodGet, "/docs/redoc.js", "", "Accept-Encoding: identity")
	plain.Has(t, 200, "Redoc")
	packed := s.Do(t, http.MethodGet, "/docs/redoc.js", "", "Accept-Encoding: br, gzip")
	headers(t, packed, map[string]string{"Content-Encoding": "gzip", "Content-Type": "text/javascript; charset=utf-8", "Vary": "Accept-Encoding"})
	r, err := gzip.NewReader(strings.NewReader(packed.Body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != plain.Body {
		t.Error("the two are not the same")
	}
	headers(t, plain, map[string]string{"Content-Encoding": "", "Vary": "Accept-Encoding"})
}
