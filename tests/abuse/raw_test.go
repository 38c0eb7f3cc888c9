package abuse

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// raw is what came back for bytes on a socket.
type raw struct {
	statuses []int // of the final answers, in order
	closed   bool  // the server ended the connection
	garbled  error // what came and is no answer
}

func (r raw) String() string {
	return fmt.Sprintf("answers %v, closed %t, garbled %v", r.statuses, r.closed, r.garbled)
}

// first is the first answer's status, 0 without one.
func (r raw) first() int {
	if len(r.statuses) == 0 {
		return 0
	}
	return r.statuses[0]
}

// send writes bytes to a listener and reads answers until it closes the connection, or is silent for idle.
func send(t testing.TB, listener, text string, idle time.Duration) raw {
	t.Helper()
	conn := dial(t, listener)
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, text) }() // it may well be refused halfway
	var got raw
	reader := bufio.NewReader(quiet{conn, idle})
	for {
		if _, err := reader.Peek(1); err != nil {
			got.closed = !errors.Is(err, os.ErrDeadlineExceeded)
			return got
		}
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			got.garbled = err
			return got
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			got.garbled = err
			return got
		}
		if res.StatusCode >= http.StatusOK { // not 100 Continue
			got.statuses = append(got.statuses, res.StatusCode)
		}
	}
}

func dial(t testing.TB, listener string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address(t, listener))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// address is the host and port of a base URL.
func address(t testing.TB, base string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// quiet gives up a read after some silence.
type quiet struct {
	net.Conn
	idle time.Duration
}

func (q quiet) Read(p []byte) (int, error) {
	if err := q.SetReadDeadline(time.Now().Add(q.idle)); err != nil {
		return 0, err
	}
	return q.Conn.Read(p)
}

// fill puts values in the place of names in braces.
func fill(text string, values ...string) string {
	return strings.NewReplacer(values...).Replace(text)
}
