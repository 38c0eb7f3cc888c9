package web_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

func TestHandlersSeeDeadlineTraceAndRequestID(t *testing.T) {
	t.Parallel()
	var deadline time.Time
	var id string
	var over error
	s := start(t, func(cfg *web.Config) { cfg.Timeout = time.Minute }, dialect("d", nil,
		route(http.MethodGet, "/x", func(c *fiber.Ctx) error {
			deadline, _ = web.Context(c).Deadline()
			over = web.Context(c).Err()
			id = web.RequestID(web.Context(c))
			return ok(c)
		})))
	before := time.Now()
	got := s.send(t, "GET", "/x", "")
	if id == "" || id != got.header.Get("X-Request-Id") {
		t.Errorf("id %q, header %q", id, got.header.Get("X-Request-Id"))
	}
	if over != nil {
		t.Error("the context ended ahead of the handler:", over)
	}
	if deadline.Before(before.Add(time.Minute)) || deadline.After(time.Now().Add(time.Minute)) {
		t.Errorf("deadline %s", deadline)
	}
}

func TestDrainClosesConnectionsWithTheirNextAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, nil, everyStatus())
	request := "GET /ok HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
	if answers, closed := s.raw(t, request); len(answers) != 1 || answers[0].last || closed {
		t.Fatalf("before: %v, closed %t", answers, closed)
	}
	s.app.Drain()
	for _, path := range []string{"/ok", "/nowhere", "/broken", "/panic"} {
		answers, closed := s.raw(t, strings.Replace(request, "/ok", path, 1)+request)
		if len(answers) != 1 || !answers[0].last || !closed {
			t.Errorf("%s: %v, closed %t", path, answers, closed)
		}
	}
}

func TestShutdownWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/x", func(c *fiber.Ctx) error {
		close(entered)
		<-leave
		return ok(c)
	})))
	answered := make(chan int, 1)
	go func() { answered <- s.send(t, "GET", "/x", "").status }()
	select {
	case <-entered:
	case status := <-answered:
		t.Fatal("not handled:", status)
	}
	s.app.Drain()
	done := make(chan error, 1)
	go func() { done <- s.app.Shutdown(context.Background()) }()
	select {
	case err := <-done:
		t.Fatal("it did not wait:", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(leave)
	if status := <-answered; status != http.StatusOK {
		t.Error(status)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestKeptStringsDoNotChange(t *testing.T) {
	t.Parallel()
	var kept []string
	note := func(c *fiber.Ctx) error {
		q, err := web.Query(c, "q")
		kept = append(kept, c.Params("id"), q, web.Bearer(c), web.Locale(c))
		return err
	}
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/users/:id", note)))
	request := func(x string) string {
		return fmt.Sprintf("GET /users/%[1]s?q=%[1]s HTTP/1.1\r\nHost: %[2]s\r\nAuthorization: Bearer %[1]s\r\nAccept-Language: %[1]s\r\n\r\n", x, host)
	}
	s.raw(t, request("aaaa")+request("bbbb")+request("cccc"))
	if got := strings.Join(kept, ""); got != strings.Repeat("a", 16)+strings.Repeat("b", 16)+strings.Repeat("c", 16) {
		t.Error(got)
	}
}

func TestShutdownBeforeServe(t *testing.T) {
	t.Parallel()
	s, err := build(t, nil, everyStatus())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.app.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.app.Serve(ln); err != nil {
		t.Error(err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Error("the listener stays open:", err)
	}
}

func TestARenderThatFailsIsAnswered(t *testing.T) {
	t.Parallel()
	for name, render := range map[string]func(*fiber.Ctx, *fault.Fault) error{
		"error": func(c *fiber.Ctx, _ *fault.Fault) error {
			c.Status(http.StatusNotFound)
			return errors.New("no template")
		},
		"panic": func(*fiber.Ctx, *fault.Fault) error { panic("no template") },
	} {
		d := everyStatus()
		d.Render = render
		s := start(t, nil, d)
		for range 2 {
			got := s.send(t, "GET", "/nowhere", "")
			if got.status != http.StatusInternalServerError || got.body != "" || got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if n := strings.Count(s.log.String(), "no template"); n != 2 {
			t.Errorf("%s: logged %d times", name, n)
		}
	}
}
