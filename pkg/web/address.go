package web

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress is the peer's address or, where the peer is a trusted proxy, the right-most of the X-Forwarded-For lines
// that is not: what stands left of it was written by whoever stands behind it. An entry that is no address ends the
// walk at the proxy that wrote it.
func clientAddress(peer net.Addr, forwarded [][]byte, trusted []netip.Prefix) netip.Addr {
	addr := peerAddress(peer)
	entries := strings.Split(string(bytes.Join(forwarded, []byte(","))), ",")
	for _, entry := range slices.Backward(entries) {
		if !contains(trusted, addr) {
			break
		}
		next, ok := parseAddress(strings.Trim(entry, " \t"))
		if !ok {
			break
		}
		addr = next
	}
	return addr
}

// peerAddress is the other end of the connection; unspecified where it has no address (a pipe, a UNIX socket).
func peerAddress(peer net.Addr) netip.Addr {
	if tcp, ok := peer.(*net.TCPAddr); ok {
		if addr, ok := netip.AddrFromSlice(tcp.IP); ok {
			return addr.Unmap()
		}
	}
	return netip.IPv4Unspecified()
}

// parseAddress reads an address, in brackets or not, with a port or not.
func parseAddress(s string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		s = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(s)
	return addr.Unmap().WithZone(""), err == nil
}

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}
