package contract

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestTheDocsPageNeedsNoOutsideHost(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	refers := regexp.MustCompile(`(?:src|href|action|spec-url)="([^"]*)"`)
	for _, name := range append([]string{""}, kit.DocumentNames...) {
		path := "/docs"
		if name != "" {
			path += "?of=" + name
		}
		a := c.Get(path).Want(http.StatusOK)
		found := refers.FindAllStringSubmatch(string(a.Body), -1)
		if len(found) == 0 {
			t.Fatalf("%s refers to nothing: %s", path, a.Body)
		}
		for _, m := range found {
			if !strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//") {
				t.Errorf("%s refers to %s", path, m[1])
				continue
			}
			c.Get(m[1]).Want(http.StatusOK)
		}
		csp := a.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "http:") || strings.Contains(csp, "https:") || strings.Contains(csp, "*") {
			t.Errorf("%s: policy %q lets it fetch from elsewhere", path, csp)
		}
	}
	c.Get("/docs?of=nonsense").Want(http.StatusBadRequest)
}

func TestDocumentsAreServed(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for _, name := range kit.DocumentNames {
		a := c.Get("/openapi/" + name + ".yaml").Want(http.StatusOK)
		if got := a.Header.Get("Content-Type"); got != "application/yaml" {
			t.Errorf("%s: Content-Type %q", name, got)
		}
		if !strings.HasPrefix(string(a.Body), "openapi: 3.1.") {
			t.Errorf("%s: begins %.20q", name, a.Body)
		}
	}
	for _, path := range []string{"/openapi/legion.json", "/openapi/legion", "/openapi/..%2f..%2fetc.yaml", "/openapi/nothing.yaml"} {
		if a := c.Get(path); a.Status != http.StatusNotFound && a.Status != http.StatusBadRequest {
			t.Errorf("%s: status %d", path, a.Status)
		}
	}
}
