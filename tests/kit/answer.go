package kit

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
)

// Answer is one that came, already held against the documents.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	t    testing.TB
	what string // the request's method and path
}

// Want fails the test unless the status is this one.
func (a *Answer) Want(status int) *Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: status %d, want %d; body %.500s", a.what, a.Status, status, a.Body)
	}
	return a
}

// Says fails the test unless the answer is that success with that message.
func (a *Answer) Says(status int, message string) *Answer {
	a.t.Helper()
	if got := a.Want(status).Message(); got != message {
		a.t.Errorf("%s: message %q, want %q", a.what, got, message)
	}
	return a
}

// Refused fails the test unless the answer is legion's refusal with that status and code.
func (a *Answer) Refused(status int, code string) *Answer {
	a.t.Helper()
	if a.Status != status || a.Code() != code {
		a.t.Fatalf("%s: status %d %q, want %d %q; body %.500s", a.what, a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

// Fields fails the test unless the refusal names this member, with this word.
func (a *Answer) Field(name, word string) *Answer {
	a.t.Helper()
	if got := a.body().Error.Fields[name]; got != word {
		a.t.Errorf("%s: field %s is %q, want %q; body %.500s", a.what, name, got, word, a.Body)
	}
	return a
}

// Waits fails the test unless the answer says how many seconds to wait, and gives them.
func (a *Answer) Waits() int {
	a.t.Helper()
	seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		a.t.Errorf("%s: Retry-After is %q", a.what, a.Header.Get("Retry-After"))
	}
	return seconds
}

// envelope is legion's.
type envelope struct {
	Success bool            `json:"success"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
	Error   struct {
		Code   string            `json:"code"`
		Fields map[string]string `json:"fields"`
	} `json:"error"`
}

func (a *Answer) body() envelope {
	a.t.Helper()
	var e envelope
	if err := json.Unmarshal(a.Body, &e); err != nil {
		a.t.Fatalf("%s: status %d, body is not legion's: %.300s", a.what, a.Status, a.Body)
	}
	return e
}

// Message is the envelope's, and Code its error's.
func (a *Answer) Message() string { return a.body().Message }

// Code is the error's, "" in a success.
func (a *Answer) Code() string { return a.body().Error.Code }

// Data gives the envelope's data as a T.
func Data[T any](a *Answer) T {
	a.t.Helper()
	var out T
	if err := json.Unmarshal(a.body().Data, &out); err != nil {
		a.t.Fatalf("%s: data: %v; body %.500s", a.what, err, a.Body)
	}
	return out
}

// Cookie gives one that the answer sets; nil where it doesn't.
func (a *Answer) Cookie(name string) *http.Cookie {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}
