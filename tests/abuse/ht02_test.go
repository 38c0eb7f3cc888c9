package abuse

import (
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

// Clients that send a byte now and then hold nobody up, and are hung up on.
func TestHT02(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	auth := s.Services["auth"].Public
	host := address(t, auth)
	slow := []string{
		"GET /csrf-token HTTP/1.1\r\nHost: " + host + "\r\nX-A: ",
		"POST /users/login HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
		"POST /users/login HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\n" + chunked + "\r\n1\r\n",
		"", // connects and says nothing
	}
	const count = 60
	conns := make([]net.Conn, count)
	for i := range conns {
		conns[i] = dial(t, auth)
		defer conns[i].Close()
	}
	hungUp := make(chan struct{}, count)
	for i, conn := range conns {
		head := slow[i%len(slow)]
		go func() {
			defer func() { hungUp <- struct{}{} }()
			_, _ = io.Copy(io.Discard, conn) // until the service ends it
		}()
		go func() {
			text := head
			for err := error(nil); err == nil && head != ""; time.Sleep(300 * time.Millisecond) {
				_, err = io.WriteString(conn, text)
				text = "a"
			}
		}()
	}
	c := s.From(t, "203.0.113.20")
	deadline := time.After(2 * kit.Patience)
	for left := count; left > 0; {
		c.Get("/csrf-token").Want(http.StatusOK)
		select {
		case <-hungUp:
			left--
		case <-deadline:
			t.Fatalf("%d slow clients are still connected", left)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
