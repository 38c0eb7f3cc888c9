package web

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// hosts are the names this service answers to. Forwarded ones are never looked at.
type hosts struct {
	names    map[string]bool
	dialects map[string]string // those bound to a dialect, and its name
	loopback bool
}

func newHosts(publicOrigin string, names []string, bound map[string]string) (hosts, error) {
	h := hosts{names: map[string]bool{}, dialects: map[string]string{}}
	if u, err := url.Parse(publicOrigin); err == nil && u.Host != "" {
		names = append([]string{u.Hostname()}, names...)
	}
	for _, name := range names {
		name = plainName(name)
		if name == "" {
			return hosts{}, errors.New("web: an empty name in Hosts")
		}
		h.names[name] = true
		h.loopback = h.loopback || isLoopback(name)
	}
	for name, dialect := range bound {
		name = plainName(name)
		if name == "" || h.names[name] {
			return hosts{}, fmt.Errorf("web: %q in DialectHosts is empty, or a host of all dialects", name)
		}
		h.dialects[name] = dialect
	}
	if len(h.names) == 0 {
		return hosts{}, errors.New("web: neither PublicOrigin nor Hosts")
	}
	return h, nil
}

// allow takes a Host header's value, with or without a port.
func (h hosts) allow(value []byte) bool {
	name, ok := hostName(value)
	_, bound := h.dialects[name]
	return ok && (h.names[name] || bound || h.loopback && isLoopback(name))
}

// dialect is the name of the one that a Host header's value is bound to.
func (h hosts) dialect(value []byte) (name string, bound bool) {
	if len(h.dialects) == 0 {
		return "", false
	}
	host, ok := hostName(value)
	name, bound = h.dialects[host]
	return name, ok && bound
}

// hostName is a Host header's value without its port; ok false where that is none.
func hostName(value []byte) (name string, ok bool) {
	name = string(value)
	if host, port, err := net.SplitHostPort(name); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", false
		}
		name = host
	}
	return plainName(name), true
}

func plainName(name string) string { return strings.ToLower(strings.Trim(name, "[]")) }

func isLoopback(name string) bool {
	addr, err := netip.ParseAddr(name)
	if err != nil {
		return name == "localhost" || strings.HasSuffix(name, ".localhost")
	}
	return addr.IsLoopback()
}
