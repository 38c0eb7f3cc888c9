package smtp

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/wneessen/go-mail"
)

// dialing makes connections that break when the letter's time is over: go-mail itself minds a context only while dialing.
func (s *Sender) dialing(letter context.Context) mail.DialContextFunc {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, s.server.address())
		if err != nil {
			return nil, err
		}
		bound := &boundConn{Conn: conn, release: context.AfterFunc(letter, func() { _ = conn.Close() })}
		if !s.server.implicitTLS {
			return bound, nil
		}
		secured := tls.Client(bound, s.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = bound.Close()
			return nil, err
		}
		return secured, nil
	}
}

// boundConn is closed when its letter's context ends.
type boundConn struct {
	net.Conn
	release func() bool
}

// Close closes it before that.
func (c *boundConn) Close() error {
	c.release()
	return c.Conn.Close()
}
