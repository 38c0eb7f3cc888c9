package web_test

import (
	"net/http"
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

func bind(hosts map[string]string) func(*web.Config) {
	return func(cfg *web.Config) { cfg.DialectHosts = hosts }
}

func TestAHostIsBoundToOneDialect(t *testing.T) {
	t.Parallel()
	j, f := pair()
	off := dialect("off", []string{"/off"}, told("off", "GET", "/off", web.NoBody))
	off.Off = true
	other := dialect("other", []string{"/other"}, told("other", "GET", "/other", web.NoBody))
	s := start(t, bind(map[string]string{
		"J.example.com": "j", "f.example.com": "f", "f2.example.com": "f", "off.example.com": "off", "elsewhere.example.com": "elsewhere",
	}), other, j, f, off)
	const large = 64<<10 + 1
	for host, visits := range map[string][]visit{
		"j.example.com": {
			{"POST", "/auth/login", "{}", jsonType, "j", ""},
			{"POST", "/auth/login", "a=b", formType, "j", fault.MediaUnsupported},
			{"POST", "/auth/refresh", "a=b", formType, "j", fault.RouteUnknown},
			{"GET", "/auth/refresh", "", "", "j", fault.RouteUnknown},
			{"GET", "/other", "", "", "j", fault.RouteUnknown},
			{"POST", "/other", string(make([]byte, large)), formType, "j", fault.TooLarge},
		},
		"F.Example.com:8443": {
			{"POST", "/auth/login", "a=b", formType, "f", ""},
			{"POST", "/auth/login", "{}", jsonType, "f", fault.MediaUnsupported},
			{"POST", "/auth/login", "", "", "f", ""},
			{"DELETE", "/auth/totp", "", "", "f", fault.RouteUnknown},
			{"PUT", "/auth/totp", "{}", jsonType, "f", fault.RouteUnknown},
			{"PUT", "/auth/login", "{}", jsonType, "f", fault.MethodRefused},
		},
		"f2.example.com":  {{"POST", "/auth/login", "a=b", formType, "f", ""}},
		"off.example.com": {{"GET", "/off", "", "", "off", fault.RouteUnknown}},
		"elsewhere.example.com": {
			{"GET", "/other", "", "", "other", fault.RouteUnknown},
			{"POST", "/auth/login", "a=b", formType, "f", fault.RouteUnknown},
		},
		host: {
			{"POST", "/auth/login", "{}", jsonType, "j", ""},
			{"POST", "/auth/login", "a=b", formType, "f", ""},
			{"GET", "/other", "", "", "other", ""},
		},
		"x.example.com":       {{"GET", "/other", "", "", "other", fault.Misdirected}},
		"f.example.com:99999": {{"GET", "/other", "", "", "other", fault.Misdirected}},
	} {
		for _, v := range visits {
			v.check(t, s, "Host: "+host)
		}
	}
	got := s.send(t, "BREW", "/auth/login", "", "Host: f.example.com")
	if f := got.fault(t); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "POST" || f.Dialect != "f" {
		t.Errorf("%d %q %+v", got.status, got.header.Get("Allow"), f)
	}
}

func TestABoundHostsOriginIsOurOwn(t *testing.T) {
	t.Parallel()
	for public, own := range map[string]string{
		publicOrigin:              "https://s.example.com",
		"http://a.localhost:8080": "http://s.example.com:8080",
	} {
		s := start(t, func(cfg *web.Config) {
			cfg.PublicOrigin, cfg.Hosts, cfg.DialectHosts = public, []string{host}, map[string]string{"s.example.com": "d"}
		}, dialect("d", nil, route(http.MethodPost, "/change", ok)))
		for origin, want := range map[string]int{own: 200, public: 200, own + ".evil.example": 403, "ftp://s.example.com": 403, own + "0": 403} {
			if got := s.send(t, http.MethodPost, "/change", "", "Host: s.example.com", "Origin: "+origin); got.status != want {
				t.Errorf("Origin %s: %d", origin, got.status)
			}
		}
		if got := s.send(t, http.MethodGet, "/change", "", "Origin: "+own); got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("our own origin is listed for CORS")
		}
	}
}

func TestNewRefusesBindingsThatHideHosts(t *testing.T) {
	t.Parallel()
	d := dialect("d", nil, route(http.MethodGet, "/x", ok))
	for _, name := range []string{"", "[]", host, "ACCOUNTS.example.com"} {
		if _, err := build(t, bind(map[string]string{name: "d"}), d); err == nil {
			t.Errorf("%q passes", name)
		}
	}
}
