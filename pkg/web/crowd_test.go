package web

import (
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// queue is a listener that gives connections from given addresses.
type queue chan net.Conn

func (q queue) Accept() (net.Conn, error) {
	c, ok := <-q
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (q queue) Close() error   { close(q); return nil }
func (q queue) Addr() net.Addr { return &net.TCPAddr{} }

type from struct {
	net.Conn
	addr string
}

func (f from) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(f.addr), 1))
}
func (f from) Close() error { return nil }

// accepted opens connections from addrs and gives those that are let in.
func accepted(t *testing.T, l *uncrowded, addrs ...string) []net.Conn {
	t.Helper()
	q := make(queue, len(addrs))
	for _, a := range addrs {
		q <- from{addr: a}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	l.Listener = q
	var in []net.Conn
	for {
		c, err := l.Accept()
		if err != nil {
			return in
		}
		in = append(in, c)
	}
}

func times(n int, addr string) []string {
	addrs := make([]string, n)
	for i := range addrs {
		addrs[i] = addr
	}
	return addrs
}

func crowd() *uncrowded {
	return &uncrowded{trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, refused: newRefusedConnections(), open: map[string]int{}}
}

func TestOneAddressHasABoundOfConnections(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		one, another string
		shared       bool // the two count together
	}{
		"IPv4":             {"192.0.2.1", "192.0.2.2", false},
		"one IPv6 network": {"2001:db8::1", "2001:db8::2:0:0:1", true},
		"two of them":      {"2001:db8::1", "2001:db8:0:1::1", false},
		"IPv4 in IPv6":     {"192.0.2.1", "::ffff:192.0.2.1", true},
	} {
		l := crowd()
		in := accepted(t, l, times(maxPerAddress+3, tc.one)...)
		others := accepted(t, l, tc.another)
		if len(in) != maxPerAddress || (len(others) == 0) != tc.shared {
			t.Errorf("%s: %d and %d are in", name, len(in), len(others))
		}
		want := 3.0
		if tc.shared {
			want++
		}
		if got := testutil.ToFloat64(l.refused); got != want {
			t.Errorf("%s: %v refused, want %v", name, got, want)
		}
	}
}

func TestProxiesAndThisMachineAreNotCounted(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1", "::1", "10.1.2.3", "::ffff:10.1.2.3"} {
		if n := len(accepted(t, crowd(), times(maxPerAddress+1, addr)...)); n != maxPerAddress+1 {
			t.Errorf("%s: %d are in", addr, n)
		}
	}
}

func TestAClosedConnectionMakesRoomOnce(t *testing.T) {
	t.Parallel()
	l := crowd()
	in := accepted(t, l, times(maxPerAddress, "192.0.2.1")...)
	for range 2 {
		if err := in[0].Close(); err != nil {
			t.Fatal(err)
		}
	}
	again := accepted(t, l, times(2, "192.0.2.1")...)
	if len(again) != 1 {
		t.Errorf("room for %d", len(again))
	}
	for _, c := range append(in[1:], again...) {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]int{}, l.open); diff != "" {
		t.Errorf("left behind: %s", diff)
	}
}
