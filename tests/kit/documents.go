package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
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

// check holds an exchange against the documents. Whatever is not described may only be answered as such.
func (d *Documents) check(req *http.Request, body []byte, a *Answer) error {
	ops := d.find(req.URL.Path)
	if only, bound := d.hosts[req.Host]; bound {
		ops = slices.DeleteFunc(ops, func(op Operation) bool { return op.Document != only })
	}
	method := req.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	at := slices.IndexFunc(ops, func(op Operation) bool {
		return op.Method == method && (op.takes(req) || a.Status == http.StatusUnsupportedMediaType) && (req.Method != http.MethodHead || !op.changes())
	})
	if at < 0 {
		return undescribed(req, len(ops) > 0, a)
	}
	op := ops[at]
	err := op.checkAnswer(req.Method, a)
	if a.Status < http.StatusMultipleChoices {
		err = errors.Join(err, op.checkRequest(req, body))
	}
	if err != nil {
		return fmt.Errorf("%s.yaml, %s %s: %w", op.Document, op.Method, op.Path, err)
	}
	return nil
}

// takes tells which of two dialects that share a path a request is for: the one of forms gets forms, the other the rest.
func (op Operation) takes(req *http.Request) bool {
	if op.Document != "wolf" && op.Document != "lynx" || op.described.RequestBody == nil {
		return true
	}
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	return (media == mediaForm) == (op.Document == "wolf")
}

// undescribed allows the refusals of what no route serves, and preflights.
func undescribed(req *http.Request, known bool, a *Answer) error {
	switch {
	case req.Method == http.MethodOptions && a.Status == http.StatusNoContent,
		a.Status == http.StatusBadRequest, a.Status == http.StatusMisdirectedRequest, a.Status == http.StatusForbidden,
		a.Status == http.StatusRequestEntityTooLarge,
		a.Status == http.StatusNotFound, known && a.Status == http.StatusMethodNotAllowed && a.Header.Get("Allow") != "":
		return nil
	}
	return fmt.Errorf("%s %s is not described and answers %d", req.Method, req.URL.Path, a.Status)
}

func (op Operation) checkAnswer(method string, a *Answer) error {
	response := op.described.Responses.Status(a.Status)
	if response == nil {
		response = op.described.Responses.Default()
	}
	if response == nil {
		return fmt.Errorf("status %d is not described; body %.200s", a.Status, a.Body)
	}
	for name, header := range response.Value.Headers {
		value := a.Header.Get(name)
		if value == "" && header.Value.Required {
			return fmt.Errorf("status %d lacks the header %s", a.Status, name)
		}
		if value == "" || header.Value.Schema == nil {
			continue
		}
		if err := op.checkText(header.Value.Schema.Value, value); err != nil {
			return fmt.Errorf("status %d, header %s: %w", a.Status, name, err)
		}
	}
	if method == http.MethodHead {
		if len(a.Body) > 0 {
			return errors.New("a HEAD has a body")
		}
		return nil
	}
	return op.checkContent(response.Value.Content, a.Header.Get("Content-Type"), a.Body)
}

// checkRequest holds a request that was granted against its description.
func (op Operation) checkRequest(req *http.Request, body []byte) error {
	for name, values := range req.URL.Query() {
		parameter := op.parameter("query", name)
		if parameter == nil {
			continue // unknown ones are ignored
		}
		if err := op.checkText(parameter.Schema.Value, values[0]); err != nil {
			return fmt.Errorf("query %s: %w", name, err)
		}
	}
	if op.described.RequestBody == nil || len(body) == 0 {
		if op.described.RequestBody != nil && op.described.RequestBody.Value.Required {
			return errors.New("a request without the required body is granted")
		}
		return nil
	}
	if err := op.checkContent(op.described.RequestBody.Value.Content, req.Header.Get("Content-Type"), body); err != nil {
		return fmt.Errorf("granted request: %w", err)
	}
	return nil
}

func (op Operation) parameter(in, name string) *openapi3.Parameter {
	if p := op.described.Parameters.GetByInAndName(in, name); p != nil {
		return p
	}
	return op.item.Parameters.GetByInAndName(in, name)
}

func (op Operation) checkContent(content openapi3.Content, contentType string, body []byte) error {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("content type %q: %w", contentType, err)
	}
	described := content[media]
	if described == nil {
		return fmt.Errorf("content type %s is not described", media)
	}
	if described.Schema == nil {
		return nil // bytes
	}
	value, err := parse(media, params["boundary"], body)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if err := op.doc.ValidateSchemaJSON(described.Schema.Value, value); err != nil {
		return fmt.Errorf("body %.300s: %w", body, err)
	}
	return nil
}

// parse reads a body as its schema sees it.
func parse(media, boundary string, body []byte) (any, error) {
	switch {
	case strings.HasSuffix(media, "json"):
		var value any
		err := json.Unmarshal(body, &value)
		return value, err
	case media == mediaForm:
		values, err := url.ParseQuery(string(body))
		object := map[string]any{}
		for name := range values {
			object[name] = values.Get(name)
		}
		return object, err
	case media == mediaMultipart:
		form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(int64(len(body)))
		object := map[string]any{}
		if err == nil {
			for name, texts := range form.Value {
				object[name] = texts[0]
			}
			for name := range form.File {
				object[name] = "bytes"
			}
		}
		return object, err
	}
	return string(body), nil
}

// checkText holds the text of a header or a query parameter against a schema, as a number where the schema wants one.
func (op Operation) checkText(schema *openapi3.Schema, text string) error {
	var value any = text
	if schema.Type.Is("integer") {
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return err
		}
	}
	return op.doc.ValidateSchemaJSON(schema, value)
}
