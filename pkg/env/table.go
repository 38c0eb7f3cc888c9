package env

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Setting is one row of the table.
type Setting struct {
	Name, Default, Doc string
	Secret             bool
	Services           []string
}

// Settings describes the fields of the configurations, by service, merged by variable and sorted. Where services have
// different defaults for a variable, Default names them all with their service.
func Settings(configs map[string]any) []Setting {
	rows := map[string]*Setting{}
	defaults := map[string][]string{} // by variable, one for each of its services
	for _, service := range slices.Sorted(maps.Keys(configs)) {
		for _, f := range fields(configs[service]) {
			row := rows[f.variable]
			if row == nil {
				row = &Setting{Name: f.variable, Doc: f.doc}
				rows[f.variable] = row
			}
			row.Doc = cmp.Or(row.Doc, f.doc)
			row.Secret = row.Secret || f.secret
			if !slices.Contains(row.Services, service) {
				row.Services = append(row.Services, service)
				defaults[f.variable] = append(defaults[f.variable], f.fallback)
			}
		}
	}
	var settings []Setting
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row := rows[name]
		row.Default = merge(row.Services, defaults[name])
		settings = append(settings, *row)
	}
	return settings
}

func merge(services, defaults []string) string {
	if len(slices.Compact(slices.Sorted(slices.Values(defaults)))) == 1 {
		return defaults[0]
	}
	var named []string
	for i, d := range defaults {
		if d != "" {
			named = append(named, d+" ("+services[i]+")")
		}
	}
	return strings.Join(named, ", ")
}

// WriteTable writes them as a Markdown table.
func WriteTable(w io.Writer, settings []Setting) error {
	var b strings.Builder
	b.WriteString("| variable | default | used by | meaning |\n|---|---|---|---|\n")
	for _, s := range settings {
		name := "`" + s.Name + "`"
		if s.Secret {
			name += " or `…_FILE`"
		}
		fallback := ""
		if s.Default != "" {
			fallback = "`" + cell(s.Default) + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, fallback, strings.Join(s.Services, ", "), cell(s.Doc))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell keeps a text from ending its cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
