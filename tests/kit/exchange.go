package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

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
	serves := func(op Operation) bool {
		return op.Method == method && (req.Method != http.MethodHead || !op.changes())
	}
	at := slices.IndexFunc(ops, func(op Operation) bool { return serves(op) && op.takes(req) })
	if at < 0 && a.Status == http.StatusUnsupportedMediaType { // one of the two alone is served here
		at = slices.IndexFunc(ops, serves)
	}
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
