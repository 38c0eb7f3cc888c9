package kit

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// Operations lists all that the suite's documents describe.
func (s *Suite) Operations() []Operation { return s.docs.Operations() }

// Described are the methods that the documents have for a path.
func (s *Suite) Described(path string) []string { return s.docs.Described(path) }

// NeedsBearer tells whether the operation is for signed-in people only.
func (op Operation) NeedsBearer() bool {
	if op.described.Security == nil {
		return false
	}
	for _, requirement := range *op.described.Security {
		if _, ok := requirement["bearer"]; ok {
			return len(*op.described.Security) == 1
		}
	}
	return false
}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// Example is a path of the operation, of a thing that isn't there.
func (op Operation) Example() string {
	if strings.HasPrefix(op.Path, "/openapi/") {
		return "/openapi/legion.yaml"
	}
	return parameter.ReplaceAllString(op.Path, "01JEVAG858D9NP6A1NMTKXPRRA")
}

// ExampleBody is an empty object where the operation wants a body in JSON, else nil.
func (op Operation) ExampleBody() any {
	if op.described.RequestBody == nil || op.described.RequestBody.Value.Content["application/json"] == nil {
		return nil
	}
	return map[string]any{}
}

// PostInternal posts to a service's internal listener and gives the status.
func (s *Suite) PostInternal(t testing.TB, service, path, bearer string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Services[service].Internal+path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := s.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}
