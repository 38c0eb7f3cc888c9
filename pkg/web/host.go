package web

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// hosts are the names this service answers to. Forwarded ones are never looked at.
type hosts struct {
	names    map[string]bool
	loopback bool
}

func newHosts(publicOrigin string, names []string) (hosts, error) {
	h := hosts{names: map[string]bool{}}
	if u, err := url.Parse(publicOrigin); err == nil && u.Host != "" {
		names = append([]string{u.Hostname()}, names...)
	}
	for _, name := range names {
		name = strings.ToLower(strings.Trim(name, "[]"))
		if name == "" {
			return hosts{}, errors.New("web: an empty name in Hosts")
		}
		h.names[name] = true
		h.loopback = h.loopback || isLoopback(name)
	}
	if len(h.names) == 0 {
		return hosts{}, errors.New("web: neither PublicOrigin nor Hosts")
	}
	return h, nil
}

// allow takes a Host header's value, with or without a port.
func (h hosts) allow(value string) bool {
	name := value
	if host, port, err := net.SplitHostPort(value); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		name = host
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	return h.names[name] || h.loopback && isLoopback(name)
}

func isLoopback(name string) bool {
	addr, err := netip.ParseAddr(name)
	if err != nil {
		return name == "localhost" || strings.HasSuffix(name, ".localhost")
	}
	return addr.IsLoopback()
}
