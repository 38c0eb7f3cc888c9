package kit

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// DocumentNames are those of the API documents that a suite serves.
var DocumentNames = []string{"legion", "nerdcult", "ild", "wolf", "lynx", "watchword"}

const (
	mediaForm      = "application/x-www-form-urlencoded"
	mediaMultipart = "multipart/form-data"
)

// Documents are the API documents, by name.
type Documents struct {
	byName map[string]*openapi3.T
	off    map[string]bool   // those of dialects that are switched off
	hosts  map[string]string // those bound to one dialect, and its name
}

// Operation is one that a document describes.
type Operation struct {
	Document  string
	Method    string
	Path      string // with its parameters in braces
	Service   string // its tag
	described *openapi3.Operation
	item      *openapi3.PathItem
	doc       *openapi3.T
}

// FetchDocuments loads the documents that are served under base, to whoever calls it host ("": by its address), by a suite
// with the settings in env.
func FetchDocuments(client *http.Client, base, host string, env map[string]string) (*Documents, error) {
	d := &Documents{byName: map[string]*openapi3.T{}}
	d.choose(env)
	for _, name := range d.names() {
		req, err := http.NewRequest(http.MethodGet, base+"/openapi/"+name+".yaml", nil)
		if err != nil {
			return nil, err
		}
		req.Host = host
		res, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			return nil, err
		}
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("document %s: status %d", name, res.StatusCode)
		}
		if d.byName[name], err = openapi3.NewLoader().LoadFromData(text); err != nil {
			return nil, fmt.Errorf("document %s: %w", name, err)
		}
	}
	return d, nil
}

// Operations lists all that is described, but for dialects that are off.
func (d *Documents) Operations() []Operation {
	var out []Operation
	for _, name := range d.names() {
		for path, item := range d.byName[name].Paths.Map() {
			for method, op := range item.Operations() {
				service := ""
				if len(op.Tags) == 1 {
					service = op.Tags[0]
				}
				out = append(out, Operation{
					Document: name, Method: method, Path: path, Service: service,
					described: op, item: item, doc: d.byName[name],
				})
			}
		}
	}
	slices.SortFunc(out, func(a, b Operation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	return out
}

// find gives the operations described for a path, which may be below a document's second base; a template without
// parameters wins over one with them.
func (d *Documents) find(path string) []Operation {
	if rest, ok := strings.CutPrefix(path, "/api"); ok && strings.HasPrefix(rest, "/auth/") {
		path = rest
	}
	var literal, templated []Operation
	for _, op := range d.Operations() {
		switch {
		case op.Path == path:
			literal = append(literal, op)
		case matches(op.Path, path):
			templated = append(templated, op)
		}
	}
	if literal == nil {
		return templated
	}
	for _, op := range templated { // a method that only the template has, in the same service
		if op.Service == literal[0].Service && !slices.ContainsFunc(literal, func(l Operation) bool { return l.Method == op.Method }) {
			literal = append(literal, op)
		}
	}
	return literal
}

// Described are the methods of a path, as it stands or by a template that it fits; HEAD goes with GET.
func (d *Documents) Described(path string) []string {
	var methods []string
	for _, op := range d.find(path) {
		methods = append(methods, op.Method)
		if op.Method == http.MethodGet && !op.changes() {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// changes tells of a GET that changes something, and so answers no HEAD.
func (op Operation) changes() bool { return op.described.Extensions["x-unsafe"] == true }

// matches tells whether path fits a template.
func matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, segment := range want {
		if segment != got[i] && (!strings.HasPrefix(segment, "{") || got[i] == "") {
			return false
		}
	}
	return true
}
