package web_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/web"
)

// keeping hands its one connection out, to be treated as time would.
type keeping struct {
	net.Listener
	accepted chan net.Conn
}

func (l keeping) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.accepted <- c
	}
	return c, err
}

// A refusal is told on a connection whose last answer was long ago as well: the deadline of that one has passed.
func TestBodyLimitOnAConnectionThatWasQuiet(t *testing.T) {
	t.Parallel()
	r := route(http.MethodPost, "/x", ok)
	r.Body = web.JSON
	s, err := build(t, nil, dialect("d", nil, r))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	kept := keeping{ln, make(chan net.Conn, 1)}
	served := make(chan error, 1)
	go func() { served <- s.app.Serve(kept) }()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	ask := func(body string) int {
		head := "POST /x HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nContent-Length: "
		if _, err := io.WriteString(conn, head+strconv.Itoa(len(body))+"\r\n\r\n"+body); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		return read(t, res).status
	}
	if got := ask("{}"); got != http.StatusOK {
		t.Fatalf("status %d", got)
	}
	if err := (<-kept.accepted).SetWriteDeadline(time.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := ask(strings.Repeat(" ", 64<<10+1)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", got)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.app.Shutdown(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
