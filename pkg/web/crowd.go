package web

import (
	"errors"
	"net"
	"net/netip"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// maxPerAddress is how many connections one address may have open (an IPv6 /64 counts as one): plenty for an office
// behind one address, and too few to take all that there are.
const maxPerAddress = 256

// uncrowded closes what one address opens beyond maxPerAddress at once. Trusted proxies, and whatever runs on this
// machine, connect for many and are not counted.
type uncrowded struct {
	net.Listener
	trusted []netip.Prefix
	refused prometheus.Counter

	mu   sync.Mutex
	open map[string]int // connections by addressKey; none is absent
}

func newRefusedConnections() prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{
		Name: "http_server_refused_connections_total",
		Help: "Connections closed because their address had too many.",
	})
}

// Accept waits for a connection that is not one too many.
func (l *uncrowded) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		addr := peerAddress(c.RemoteAddr())
		if addr.IsUnspecified() || addr.IsLoopback() || contains(l.trusted, addr) {
			return c, nil
		}
		key := addressKey(addr)
		if l.enter(key) {
			return &countedConn{Conn: c, leave: sync.OnceFunc(func() { l.leave(key) })}, nil
		}
		l.refused.Inc()
		_ = c.Close() // there is nobody to tell
	}
}

func (l *uncrowded) enter(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[key] >= maxPerAddress {
		return false
	}
	l.open[key]++
	return true
}

func (l *uncrowded) leave(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[key]--; l.open[key] == 0 {
		delete(l.open, key)
	}
}

// countedConn leaves when it is closed.
type countedConn struct {
	net.Conn
	leave func()
}

// Close closes, and makes room for another.
func (c *countedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite ends our side, where the connection can.
func (c *countedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
