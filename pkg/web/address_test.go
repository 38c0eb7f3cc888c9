package web_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

func TestAddressIsTheRightmostThatIsNoTrustedProxys(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"),
	}
	echo := dialect("d", nil, route(http.MethodGet, "/address", func(c *fiber.Ctx) error {
		return c.SendString(web.Address(c).String())
	}))
	behind := start(t, func(cfg *web.Config) { cfg.TrustedProxies = trusted }, echo)
	direct := start(t, nil, echo)
	const peer = "127.0.0.1"
	for name, tc := range map[string]struct {
		headers        []string
		behind, direct string
	}{
		"no header":               {nil, peer, peer},
		"one":                     {[]string{"X-Forwarded-For: 192.0.2.1"}, "192.0.2.1", peer},
		"forged on the left":      {[]string{"X-Forwarded-For: 198.51.100.7, 192.0.2.1"}, "192.0.2.1", peer},
		"through two proxies":     {[]string{"X-Forwarded-For: 198.51.100.7, 192.0.2.1, 10.1.2.3"}, "192.0.2.1", peer},
		"two lines":               {[]string{"X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: 192.0.2.1, 10.1.2.3"}, "192.0.2.1", peer},
		"second line is a proxy":  {[]string{"X-Forwarded-For: 198.51.100.7, 192.0.2.1", "X-Forwarded-For: 10.1.2.3"}, "192.0.2.1", peer},
		"all trusted":             {[]string{"X-Forwarded-For: 10.9.9.9, 10.1.2.3"}, "10.9.9.9", peer},
		"a port":                  {[]string{"X-Forwarded-For: 192.0.2.1:4711"}, "192.0.2.1", peer},
		"IPv6":                    {[]string{"X-Forwarded-For: 2001:db8::1"}, "2001:db8::1", peer},
		"IPv6 in brackets":        {[]string{"X-Forwarded-For: [2001:db8::1]"}, "2001:db8::1", peer},
		"IPv6 with a port":        {[]string{"X-Forwarded-For: [2001:db8::1]:4711"}, "2001:db8::1", peer},
		"IPv6 with a zone":        {[]string{"X-Forwarded-For: fe80::1%eth0"}, "fe80::1", peer},
		"IPv6 proxy":              {[]string{"X-Forwarded-For: 2001:db8::1, fd00::5"}, "2001:db8::1", peer},
		"IPv4-mapped":             {[]string{"X-Forwarded-For: ::ffff:192.0.2.1"}, "192.0.2.1", peer},
		"IPv4-mapped proxy":       {[]string{"X-Forwarded-For: 192.0.2.1, ::ffff:10.1.2.3"}, "192.0.2.1", peer},
		"garbage":                 {[]string{"X-Forwarded-For: '; drop--"}, peer, peer},
		"garbage before a proxy":  {[]string{"X-Forwarded-For: 192.0.2.1, unknown, 10.1.2.3"}, "10.1.2.3", peer},
		"empty":                   {[]string{"X-Forwarded-For: "}, peer, peer},
		"an empty entry":          {[]string{"X-Forwarded-For: 192.0.2.1, , 10.1.2.3"}, "10.1.2.3", peer},
		"no space":                {[]string{"X-Forwarded-For: 198.51.100.7,192.0.2.1,10.1.2.3"}, "192.0.2.1", peer},
		"other headers":           {[]string{"X-Real-Ip: 192.0.2.1", "Forwarded: for=192.0.2.1", "Cf-Connecting-Ip: 192.0.2.1", "True-Client-Ip: 192.0.2.1"}, peer, peer},
		"name in another case":    {[]string{"x-forwarded-for: 192.0.2.1"}, "192.0.2.1", peer},
		"leading zeros are wrong": {[]string{"X-Forwarded-For: 192.000.002.001"}, peer, peer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := behind.send(t, http.MethodGet, "/address", "", tc.headers...).body; got != tc.behind {
				t.Errorf("behind a proxy: %s, want %s", got, tc.behind)
			}
			if got := direct.send(t, http.MethodGet, "/address", "", tc.headers...).body; got != tc.direct {
				t.Errorf("direct: %s, want %s", got, tc.direct)
			}
		})
	}
}

// reads refuses one key.
type reads struct{ full string }

func (r reads) Take(key string) error {
	if key == r.full {
		return fault.Throttle(1)
	}
	return nil
}

func TestReadLimitCountsByNetwork(t *testing.T) {
	t.Parallel()
	exempt := route(http.MethodGet, "/exempt", ok)
	exempt.Exempt = true
	d := dialect("d", nil, route(http.MethodGet, "/read", ok), route(http.MethodPost, "/read", ok), exempt)
	for _, tc := range []struct {
		full, from, method, path string
		status                   int
	}{
		{"192.0.2.1", "192.0.2.1", "GET", "/read", 429},
		{"192.0.2.1", "192.0.2.1", "HEAD", "/read", 429},
		{"192.0.2.1", "192.0.2.2", "GET", "/read", 200},
		{"192.0.2.1", "192.0.2.1", "POST", "/read", 200},
		{"192.0.2.1", "192.0.2.1", "GET", "/exempt", 200},
		{"2001:db8:1:2::", "2001:db8:1:2:aaaa::1", "GET", "/read", 429},
		{"2001:db8:1:2::", "2001:db8:1:3::1", "GET", "/read", 200},
	} {
		s := start(t, func(cfg *web.Config) {
			cfg.Reads = reads{tc.full}
			cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		}, d)
		got := s.send(t, tc.method, tc.path, "", "X-Forwarded-For: "+tc.from)
		if got.status != tc.status {
			t.Errorf("%+v: %d", tc, got.status)
		}
		if got.status == 429 && got.header.Get("Retry-After") != "1" {
			t.Errorf("%+v: Retry-After %q", tc, got.header.Get("Retry-After"))
		}
	}
}
