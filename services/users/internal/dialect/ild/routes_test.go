package ild

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	ild "github.com/watchword/watchword/pkg/dialect/ild"
)

// A route that is not described, or a description without its route, fails the build.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(ild.OpenAPI()))
	if err != nil {
		t.Fatal(err)
	}
	var described, routes []string
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if slices.Contains(operation.Tags, "users") {
				described = append(described, method+" "+strings.NewReplacer("{", ":", "}", "").Replace(path))
			}
		}
	}
	for _, r := range (Handler{}).routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	slices.Sort(described)
	slices.Sort(routes)
	if diff := cmp.Diff(routes, described); diff != "" {
		t.Errorf("routes (-) and descriptions (+) differ:\n%s", diff)
	}
}
