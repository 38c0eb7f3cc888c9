package chart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oasdiff/yaml3"
)

func chartFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(chartDir(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// leaves are the paths of values: maps that hold values of their own are gone through, all else is a leaf.
func leaves(prefix string, v map[string]any) map[string]bool {
	out := map[string]bool{}
	for key, value := range v {
		path := prefix + key
		if below := fields(value); len(below) > 0 && key != "resources" {
			for leaf := range leaves(path+".", below) {
				out[leaf] = true
			}
			continue
		}
		out[path] = true
	}
	return out
}

// allowed are the paths that the schema lets be set.
func allowed(prefix string, schema, defs map[string]any) map[string]bool {
	out := map[string]bool{}
	for key, value := range fields(schema["properties"]) {
		path, below := prefix+key, fields(value)
		if ref := text(below["$ref"]); ref != "" {
			below = fields(defs[strings.TrimPrefix(ref, "#/$defs/")])
		}
		if below["properties"] == nil || key == "resources" {
			out[path] = true
			continue
		}
		for leaf := range allowed(path+".", below, defs) {
			out[leaf] = true
		}
	}
	return out
}

func TestValuesSchemaAndReadmeHaveTheSameKeys(t *testing.T) {
	t.Parallel()
	var values, schema map[string]any
	if err := yaml.Unmarshal([]byte(chartFile(t, "values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(chartFile(t, "values.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	have, may := leaves("", values), allowed("", schema, fields(schema["$defs"]))
	delete(may, "global") // helm's own
	readme := chartFile(t, "README.md")
	for leaf := range have {
		if !may[leaf] {
			t.Errorf("the schema has no %s", leaf)
		}
		if !strings.Contains(readme, "| "+leaf+" |") {
			t.Errorf("README.md has no %s: run helm-docs", leaf)
		}
	}
	for leaf := range may {
		if !have[leaf] {
			t.Errorf("values.yaml has no %s", leaf)
		}
	}
	if strings.Contains(chartFile(t, "values.schema.json"), `"$ref": "http`) {
		t.Error("the schema needs another document")
	}
}

func TestFilesStayShort(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]int{"values.yaml": 700, "values-production.yaml": 40} {
		if n := strings.Count(chartFile(t, name), "\n"); n > most {
			t.Errorf("%s has %d lines, %d are allowed", name, n, most)
		}
	}
}
