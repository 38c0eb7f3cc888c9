package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Client is a browser, or the like, that speaks legion: it fetches a CSRF token when it needs one, and keeps cookies by
// itself, as they are Secure and the suite is on plain HTTP here. It is not for several goroutines at once; Clone it.
type Client struct {
	Bearer  string            // sent as the access token where it isn't empty
	Cookies map[string]string // by name
	Header  map[string]string // sent with every request
	// Impatient takes a 503 for an answer. Else what the suite sheds is asked again, as a client should: on a busy machine
	// a hash or a store may take too long, which is no test's subject here but those of faults and floods.
	Impatient bool

	t       testing.TB
	suite   *Suite
	address string // who it says it is, to the services themselves; "": it goes through the gateway
	csrf    string
}

// Client makes one for a test, without any cookie.
func (s *Suite) Client(t testing.TB) *Client {
	return &Client{t: t, suite: s, Cookies: map[string]string{}, Header: map[string]string{}, Impatient: s.Gateway == ""}
}

// From is a client behind an ingress: its requests go to the services' own listeners and name its address.
func (s *Suite) From(t testing.TB, address string) *Client {
	c := s.Client(t)
	c.address = address
	return c
}

// Clone is the same browser once more.
func (c *Client) Clone() *Client {
	clone := *c
	clone.Cookies, clone.Header = maps.Clone(c.Cookies), maps.Clone(c.Header)
	return &clone
}

// Request is one to send. Body is marshalled to JSON, but []byte is sent as it is. Header goes over what the client sends
// by itself; a value of "" takes a header away.
type Request struct {
	Method string
	Path   string // with the query
	Body   any
	Header map[string]string
	Host   string
}

// Get, Post, Put, Patch and Delete send one request.
func (c *Client) Get(path string) *Answer {
	c.t.Helper()
	return c.Do(Request{Method: "GET", Path: path})
}

// Post sends a POST.
func (c *Client) Post(path string, body any) *Answer {
	c.t.Helper()
	return c.Do(Request{Method: "POST", Path: path, Body: body})
}

// Put sends a PUT.
func (c *Client) Put(path string, body any) *Answer {
	c.t.Helper()
	return c.Do(Request{Method: "PUT", Path: path, Body: body})
}

// Patch sends a PATCH.
func (c *Client) Patch(path string, body any) *Answer {
	c.t.Helper()
	return c.Do(Request{Method: "PATCH", Path: path, Body: body})
}

// Delete sends a DELETE.
func (c *Client) Delete(path string, body any) *Answer {
	c.t.Helper()
	return c.Do(Request{Method: "DELETE", Path: path, Body: body})
}

// Do sends r, keeps the cookies of the answer, and fails the test where the documents don't describe what came.
func (c *Client) Do(r Request) *Answer {
	c.t.Helper()
	for tries := 1; ; tries++ {
		a, err := c.Try(r)
		if err != nil {
			c.t.Fatalf("%s %s: %v", r.Method, r.Path, err)
		}
		if a.Status != http.StatusServiceUnavailable || c.Impatient || tries == maxTries {
			return a
		}
		time.Sleep(time.Duration(a.Waits()) * time.Second)
	}
}

// maxTries is how often a request that is shed is sent.
const maxTries = 4

// Try is Do where nothing may answer at all.
func (c *Client) Try(r Request) (*Answer, error) {
	c.t.Helper()
	if isUnsafe(r.Method) && c.csrf == "" && r.Path != "/csrf-token" {
		if _, err := c.Try(Request{Method: "GET", Path: "/csrf-token"}); err != nil {
			return nil, err
		}
	}
	req, body, err := c.request(r)
	if err != nil {
		return nil, err
	}
	res, err := c.suite.http.Do(req)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	a := &Answer{Status: res.StatusCode, Header: res.Header, Body: text, t: c.t, what: r.Method + " " + req.URL.Path}
	c.keep(a, body)
	if err := c.suite.docs.check(req, body, a); err != nil {
		c.t.Errorf("against the documents: %v", err)
	}
	return a, nil
}

func (c *Client) request(r Request) (*http.Request, []byte, error) {
	var body []byte
	switch given := r.Body.(type) {
	case nil:
	case []byte:
		body = given
	default:
		var err error
		if body, err = json.Marshal(given); err != nil {
			return nil, nil, err
		}
	}
	req, err := http.NewRequestWithContext(c.t.Context(), r.Method, c.base(r.Path)+r.Path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if req.Host = r.Host; r.Host == "" {
		req.Host = c.suite.Host()
	}
	for name, value := range c.headers(r, len(body) > 0) {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	return req, body, nil
}

func (c *Client) headers(r Request, hasBody bool) map[string]string {
	h := map[string]string{}
	if hasBody {
		h["Content-Type"] = "application/json"
	}
	if isUnsafe(r.Method) {
		h["X-CSRF-Token"] = c.csrf
	}
	if c.Bearer != "" {
		h["Authorization"] = "Bearer " + c.Bearer
	}
	if c.address != "" {
		h["X-Forwarded-For"] = c.address
	}
	var cookies []string
	for _, name := range slices.Sorted(maps.Keys(c.Cookies)) {
		cookies = append(cookies, name+"="+c.Cookies[name])
	}
	h["Cookie"] = strings.Join(cookies, "; ")
	maps.Copy(h, c.Header)
	maps.Copy(h, r.Header)
	return h
}

// base is where a path is served: by the gateway, else by the service that the documents name.
func (c *Client) base(path string) string {
	if c.suite.Gateway != "" && c.address == "" {
		return c.suite.Gateway
	}
	path, _, _ = strings.Cut(path, "?")
	if ops := c.suite.docs.find(path); len(ops) > 0 {
		return c.suite.Services[ops[0].Service].Public
	}
	return c.suite.Services["users"].Public
}

// keep takes the cookies in, and notes what no log may hold.
func (c *Client) keep(a *Answer, sent []byte) {
	for _, cookie := range (&http.Response{Header: a.Header}).Cookies() {
		c.suite.canaries.add("cookie "+cookie.Name, cookie.Value)
		if cookie.MaxAge < 0 || cookie.Value == "" {
			delete(c.Cookies, cookie.Name)
			continue
		}
		c.Cookies[cookie.Name] = cookie.Value
		if cookie.Name == "__Host-csrf" {
			c.csrf = cookie.Value
		}
	}
	for _, body := range [][]byte{a.Body, sent} {
		var value any
		if json.Unmarshal(body, &value) == nil {
			c.suite.canaries.addBody(value)
		}
	}
}

func isUnsafe(method string) bool {
	switch method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return true
	}
	return false
}
