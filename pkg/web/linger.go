package web

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// What is still read of a body that was refused unread: most photographs that are too large, on most lines.
const (
	lingerBytes = 16 << 20
	lingerTime  = 5 * time.Second
)

// lingering makes connections that can be closed in a way that lets the client read the last answer: one closed while the
// client still sends is reset, and the answer is lost with it.
type lingering struct{ net.Listener }

// Accept wraps the connection.
func (l lingering) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lingeringConn{Conn: c}, nil
}

type lingeringConn struct {
	net.Conn
	unread atomic.Bool // a refused body is still on its way
}

// refuse gets the connection ready for a refusal that is its last answer. The time to write it begins now: fasthttp leaves
// that of the answer before standing, which may be long past.
func (c *lingeringConn) refuse() {
	c.unread.Store(true)
	_ = c.SetWriteDeadline(time.Now().Add(writeTimeout)) // a connection that is gone can't be told anyway
}

// Close closes; where a body is left unread, it ends our side first and reads on for a while.
func (c *lingeringConn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.unread.Swap(false) {
		if half.CloseWrite() == nil && c.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes) // however it ends, the connection is closed
		}
	}
	return c.Conn.Close()
}
