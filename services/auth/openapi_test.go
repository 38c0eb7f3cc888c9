package auth

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// described lists the operations of auth in its documents, as "METHOD /path/:parameter".
func described(t *testing.T) []string {
	t.Helper()
	var all []string
	for name, text := range Documents() {
		doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := doc.Validate(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for path, item := range doc.Paths.Map() {
			for method, operation := range item.Operations() {
				if !slices.Contains(operation.Tags, "auth") {
					continue
				}
				for _, base := range doc.Servers {
					path := strings.TrimSuffix(base.URL, "/") + path
					all = append(all, method+" "+strings.NewReplacer("{", ":", "}", "").Replace(path))
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// A route that is not described, or a description without its route, fails the build.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	s, err := New(t.Context(), config(t, "redis://127.0.0.1:1"), Listeners{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	var routes []string
	for _, r := range s.app.Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	slices.Sort(routes)
	if diff := cmp.Diff(routes, described(t)); diff != "" {
		t.Errorf("routes (-) and descriptions (+) differ:\n%s", diff)
	}
}
