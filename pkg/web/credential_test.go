package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

// cookieDialects are one whose routes take the cookie "token", and one whose routes don't.
func cookieDialects() (with, without web.Dialect) {
	who := func(c *fiber.Ctx) error {
		p, _ := web.Principal(c)
		return c.SendString("account " + string(p.Account))
	}
	member := func(method, path string, access web.Access) web.Route {
		r := route(method, path, who)
		r.Access = access
		return r
	}
	logout := member("GET", "/with/logout", web.Member)
	logout.Unsafe = true
	with = dialect("with", nil, member("GET", "/with", web.Member), member("POST", "/with", web.Member), logout,
		member("GET", "/with/optional", web.Optional), member("GET", "/with/open", web.Open))
	with.Cookie = "token"
	return with, dialect("without", nil, member("GET", "/without", web.Member), member("GET", "/without/optional", web.Optional))
}

func TestACookieStandsInForABearerToken(t *testing.T) {
	t.Parallel()
	with, without := cookieDialects()
	s := start(t, nil, with, without)
	const refused, nobody, a = "unauthenticated", "account ", "account A"
	for _, tc := range []struct{ path, cookie, authorization, want string }{
		{"/with", "token=good", "", a},
		{"/with", "a=b; token=good; c=d", "", a},
		{"/with", "token=bad", "", refused},
		{"/with", "token=down", "", "unavailable"},
		{"/with", "token=", "", refused},
		{"/with", "Token=good", "", refused},
		{"/with", "token=good; token=good", "", refused},
		{"/with", "token=bad; token=good", "", refused},
		{"/with", "xtoken=good", "", refused},
		{"/with", "", "", refused},
		{"/with", "token=bad", "Bearer good", a},
		{"/with", "token=good", "Bearer bad", refused},
		{"/with", "token=good", "Basic good", refused},
		{"/with/optional", "token=good", "", a},
		{"/with/optional", "token=bad", "", refused},
		{"/with/optional", "other=good", "", nobody},
		{"/with/open", "token=good", "", nobody},
		{"/with/open", "token=bad", "", nobody},
		{"/without", "token=good", "", refused},
		{"/without/optional", "token=good", "", nobody},
		{"/without/optional", "token=bad", "", nobody},
	} {
		var headers []string
		if tc.cookie != "" {
			headers = append(headers, "Cookie: "+tc.cookie)
		}
		if tc.authorization != "" {
			headers = append(headers, "Authorization: "+tc.authorization)
		}
		got := s.send(t, http.MethodGet, tc.path, "", headers...)
		if f := got.body; f != tc.want && !strings.Contains(f, `"`+tc.want+`"`) {
			t.Errorf("%+v: %d %s", tc, got.status, got.body)
		}
	}
	answers, _ := s.raw(t, "GET /with HTTP/1.1\r\nHost: "+host+"\r\nAuthorization:\r\nCookie: token=good\r\nConnection: close\r\n\r\n")
	if len(answers) != 1 || answers[0].status != http.StatusUnauthorized {
		t.Errorf("an empty Authorization beside the cookie: %v", answers)
	}
}

// A browser sends cookies along whoever asks it to: what changes something has to come from our own pages, or from those
// of a listed origin. A client that is no browser is not asked.
func TestTheSameOriginRuleHoldsForCookies(t *testing.T) {
	t.Parallel()
	with, without := cookieDialects()
	s := start(t, nil, with, without)
	for _, target := range []string{"POST /with", "GET /with/logout"} {
		method, path, _ := strings.Cut(target, " ")
		for want, senders := range map[int][][]string{
			http.StatusForbidden: {
				{"Sec-Fetch-Site: cross-site"},
				{"Sec-Fetch-Site: same-site", "Origin: https://sibling.example.com"},
				{"Origin: https://evil.example"},
				{"Origin: null"},
			},
			http.StatusOK: {
				{"Sec-Fetch-Site: same-origin", "Origin: " + publicOrigin},
				{"Sec-Fetch-Site: none"},
				{"Sec-Fetch-Site: cross-site", "Origin: " + listed},
				{"Origin: " + publicOrigin},
				nil,
			},
		} {
			for _, sender := range senders {
				got := s.send(t, method, path, "", append([]string{"Cookie: token=good"}, sender...)...)
				if got.status != want || want == http.StatusForbidden && got.fault(t).Reason != fault.OriginRefused {
					t.Errorf("%s, %v: %d %s", target, sender, got.status, got.body)
				}
			}
		}
		if got := s.send(t, method, path, "", "Authorization: Bearer good"); got.status != http.StatusOK {
			t.Errorf("%s with a Bearer token alone: %d", target, got.status)
		}
	}
}
