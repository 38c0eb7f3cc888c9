// Package openapitest checks that a document in OpenAPI 3.1 and the Go structs that it describes are the same.
package openapitest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// Operation is a POST at Path that takes In and answers Status with Out. In and Out are samples with every field set, so
// that every field is compared.
type Operation struct {
	Path    string
	Status  int
	In, Out any
}

// Check demands that the document describes the paths that source's constants Path… name and no others, and that each
// operation's samples fit their schemas and leave out nothing that is described.
func Check(t *testing.T, document []byte, source string, operations []Operation) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var described, sampled []string
	for path := range doc.Paths.Map() {
		described = append(described, path)
	}
	for _, op := range operations {
		sampled = append(sampled, op.Path)
	}
	want := constants(t, source)
	for what, got := range map[string][]string{"described": described, "sampled": sampled} {
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("paths %s (-want +got):\n%s", what, diff)
		}
	}
	for _, op := range operations {
		t.Run(strings.Trim(op.Path, "/"), func(t *testing.T) {
			described := doc.Paths.Value(op.Path).GetOperation(http.MethodPost)
			if described == nil {
				t.Fatal("no POST is described")
			}
			compare(t, described.RequestBody.Value.Content, op.In)
			answer := described.Responses.Status(op.Status)
			if answer == nil {
				t.Fatalf("no answer %d is described", op.Status)
			}
			compare(t, answer.Value.Content, op.Out)
		})
	}
}

// constants gives the values of the constants named Path… in a Go file, sorted.
func constants(t *testing.T, source string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Path") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
		return false
	})
	slices.Sort(values)
	return values
}

func compare(t *testing.T, content openapi3.Content, sample any) {
	t.Helper()
	complete(t, reflect.ValueOf(sample), reflect.TypeOf(sample).Name())
	text, err := json.Marshal(sample)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	schema := content.Get("application/json").Schema.Value
	if err := schema.VisitJSON(value); err != nil {
		t.Errorf("%T does not fit: %v", sample, err)
	}
	covered(t, schema, value, reflect.TypeOf(sample).Name())
}

// complete demands that every field of a sample is set.
func complete(t *testing.T, v reflect.Value, at string) {
	t.Helper()
	switch {
	case v.IsZero() && v.Type() != reflect.TypeFor[struct{}]():
		t.Errorf("the sample leaves %s out", at)
	case v.Kind() == reflect.Pointer:
		complete(t, v.Elem(), at)
	case v.Kind() == reflect.Slice && v.Len() > 0:
		complete(t, v.Index(0), at)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "" {
				complete(t, v.Field(i), at+"."+f.Name)
			}
		}
	}
}

// covered demands that every property that is described is in value, and no other where any is.
func covered(t *testing.T, schema *openapi3.Schema, value any, at string) {
	t.Helper()
	if len(schema.OneOf) > 0 {
		covered(t, schema.OneOf[0].Value, value, at)
		return
	}
	switch value := value.(type) {
	case []any:
		covered(t, schema.Items.Value, value[0], at)
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			member, ok := value[name]
			if !ok {
				t.Errorf("%s.%s is described and not there", at, name)
				continue
			}
			covered(t, schema.Properties[name].Value, member, at+"."+name)
		}
		for name := range value {
			if schema.Properties[name] == nil && len(schema.Properties) > 0 {
				t.Errorf("%s.%s is there and not described", at, name)
			}
		}
	}
}
