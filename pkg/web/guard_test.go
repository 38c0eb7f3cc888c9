package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/web"
)

// followUp is a whole request: where a body's end is misjudged, it is answered too.
const followUp = "GET /smuggled HTTP/1.1\r\nHost: " + host + "\r\n\r\n"

func TestMalformedRequestsAreRefusedAndTheConnectionCloses(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil,
		route(http.MethodPost, "/thing", ok),
		route(http.MethodGet, "/thing", ok),
		route(http.MethodGet, "/smuggled", ok),
	))
	post := "POST /thing HTTP/1.1\r\nHost: " + host + "\r\n"
	get := "GET /thing HTTP/1.1\r\nHost: " + host + "\r\n"
	for name, request := range map[string]string{
		"length beside chunked":             post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"chunked beside length":             post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
		"two lengths":                       post + "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
		"two equal lengths":                 post + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
		"list of lengths":                   post + "Content-Length: 0, 0\r\n\r\n",
		"signed length":                     post + "Content-Length: +5\r\n\r\nhello",
		"negative length":                   post + "Content-Length: -1\r\n\r\n",
		"hex length":                        post + "Content-Length: 0x5\r\n\r\nhello",
		"huge length":                       post + "Content-Length: 99999999999999999999\r\n\r\n",
		"empty length":                      post + "Content-Length:\r\n\r\n",
		"identity":                          post + "Transfer-Encoding: identity\r\n\r\n",
		"gzip, chunked":                     post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"chunked, identity":                 post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
		"two encodings":                     post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"Chunked in capitals":               post + "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n",
		"chunked with a vertical tab":       post + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
		"space before the colon":            post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
		"encoding in a folded line":         post + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n",
		"folded encoding":                   post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
		"folded header":                     get + "X-A: b\r\n\tc\r\n\r\n",
		"first line folded":                 "GET /thing HTTP/1.1\r\n X: y\r\nHost: " + host + "\r\n\r\n",
		"bare LF line ends":                 "GET /thing HTTP/1.1\nHost: " + host + "\n\n",
		"one bare LF":                       get + "X-A: b\nX-C: d\r\n\r\n",
		"bare LF before the end":            get + "X-A: b\n\r\n\r\n",
		"bare CR in a value":                get + "X-A: b\rX-C: d\r\n\r\n",
		"NUL in a value":                    get + "X-A: b\x00c\r\n\r\n",
		"control in a value":                get + "X-A: b\x01c\r\n\r\n",
		"NUL in a name":                     get + "X\x00A: b\r\n\r\n",
		"space in a name":                   get + "X A: b\r\n\r\n",
		"slash in a name":                   get + "X/A: b\r\n\r\n",
		"no name":                           get + ": b\r\n\r\n",
		"no colon":                          get + "X-A\r\n\r\n",
		"LF in a chunk extension":           post + "Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n45\r\n0\r\n\r\n",
		"chunk size 0x1":                    post + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
		"negative chunk size":               post + "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
		"chunk longer than its size":        post + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
		"chunk ended by LF":                 post + "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
		"trailer announced":                 post + "Transfer-Encoding: chunked\r\nTrailer: Origin\r\n\r\n0\r\nOrigin: x\r\n\r\n",
		"trailer with a length":             post + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
		"trailer not announced":             post + "Transfer-Encoding: chunked\r\n\r\n0\r\nOrigin: x\r\n\r\n",
		"trailer repeats a header":          post + "Transfer-Encoding: chunked\r\nX-A: b\r\n\r\n0\r\nX-A: c\r\n\r\n",
		"trailer forwards":                  post + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
		"HTTP/1.0":                          "GET /thing HTTP/1.0\r\nHost: " + host + "\r\n\r\n",
		"HTTP/1.0 kept alive":               "GET /thing HTTP/1.0\r\nHost: " + host + "\r\nConnection: keep-alive\r\n\r\n",
		"chunked on HTTP/1.0":               "POST /thing HTTP/1.0\r\nHost: " + host + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/9.9":                          "GET /thing HTTP/9.9\r\nHost: " + host + "\r\n\r\n",
		"HTTP/1.1 in lower case":            "GET /thing http/1.1\r\nHost: " + host + "\r\n\r\n",
		"HTTP/2 preface":                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"no version":                        "GET /thing\r\nHost: " + host + "\r\n\r\n",
		"no Host":                           "GET /thing HTTP/1.1\r\nX-A: b\r\n\r\n",
		"no header":                         "GET /thing HTTP/1.1\r\n\r\n",
		"two Hosts":                         get + "Host: evil.example\r\n\r\n",
		"empty Host":                        "GET /thing HTTP/1.1\r\nHost:\r\n\r\n",
		"space in the target":               "GET /thing x HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"control in the target":             "GET /thing\x01 HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"absolute target":                   "GET http://evil.example/thing HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"absolute target of ours":           "GET http://" + host + "/thing HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"target that begins with two slash": "GET //evil.example/thing HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"fragment in the target":            "GET /thing#x HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"asterisk":                          "OPTIONS * HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"CONNECT":                           "CONNECT evil.example:443 HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"two Authorizations":                get + "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
		"two Cookies":                       get + "Cookie: a=b\r\nCookie: a=c\r\n\r\n",
		"two Origins":                       get + "Origin: " + listed + "\r\nOrigin: https://evil.example\r\n\r\n",
		"two Content-Types":                 post + "Content-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n",
		"encoded body":                      post + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers, closed := s.raw(t, request+followUp)
			if len(answers) != 1 || answers[0].status != http.StatusBadRequest {
				t.Fatalf("answers %v, want one 400", answers)
			}
			if !closed || !answers[0].last {
				t.Error("the connection stays open")
			}
			if answers[0].header.Get("X-Content-Type-Options") != "nosniff" || len(answers[0].header.Get("X-Request-Id")) != 26 {
				t.Errorf("headers %v", answers[0].header)
			}
			if got := answers[0].fault(t); got.Reason != "malformed" {
				t.Errorf("reason %s", got.Reason)
			}
		})
	}
}

func TestWellFormedRequestsShareAConnection(t *testing.T) {
	t.Parallel()
	var got []string
	s := start(t, nil, dialect("d", nil,
		web.Route{Method: http.MethodPost, Path: "/thing", Access: web.Open, Body: web.JSON, Handle: func(c *fiber.Ctx) error {
			got = append(got, string(c.Body()))
			return ok(c)
		}},
		route(http.MethodGet, "/smuggled", ok),
	))
	post := "POST /thing HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\n"
	answers, _ := s.raw(t, post+"Content-Length: 2\r\n\r\n{}"+
		post+"transfer-encoding:chunked\r\n\r\n2;ext=1\r\n[]\r\n0\r\n\r\n"+
		post+"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+
		post+"Content-Length: 1\r\nExpect: 100-continue\r\nX-Empty:\r\nCookie: a=b; c=d\r\n\r\n1"+followUp)
	var statuses []int
	for _, a := range answers {
		if a.status != http.StatusContinue {
			statuses = append(statuses, a.status)
		}
	}
	if len(statuses) != 5 || strings.Join(got, " ") != "{} []  1" {
		t.Errorf("statuses %v, bodies %q", statuses, got)
	}
}

func TestLongHeaders(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/thing", ok)))
	head := "GET /thing HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nX-A: "
	if answers, _ := s.raw(t, head+strings.Repeat("a", 15<<10)+"\r\n\r\n"); len(answers) != 1 || answers[0].status != http.StatusOK {
		t.Errorf("15 KiB: %v", answers)
	}
	answers, _ := s.raw(t, head+strings.Repeat("a", 17<<10)+"\r\n\r\n")
	if len(answers) != 1 || answers[0].status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("17 KiB: %v", answers)
	}
}
